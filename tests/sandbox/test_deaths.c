/* SPDX-License-Identifier: ISC */
/*
 * What a policy forbids is really done, by a child that is sealed like the program, and the child
 * must die of it. The arguments would do no harm if it did not.
 */
#define _GNU_SOURCE
#include "base/fault.h"
#include "expected.h"
#include "hostile.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NUMBERS	      1024
#define X32_BIT	      0x40000000
#define SAMPLES	      60 /* of hostile arguments, for each call that has a condition */
#define SECONDS_MAX   20 /* for one call */
#define EXIT_LIVED    0
#define EXIT_UNSEALED 99

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#if defined(__x86_64__)
#define ARCH	 AUDIT_ARCH_X86_64
#define EXPECTED expected_x86_64
#elif defined(__aarch64__)
#define ARCH	 AUDIT_ARCH_AARCH64
#define EXPECTED expected_aarch64
#endif

static size_t wrong;

struct tally {
	const struct policy *policy;
	size_t calls, call_deaths;	   /* numbers without a rule */
	size_t arguments, argument_deaths; /* of calls that are allowed with other arguments */
	size_t allowed, survivors;
	bool died[NUMBERS];
};

enum end {
	LIVED,
	DIED_OF_SIGSYS,
	DIED_OTHERWISE
};

/* Runs in the child: the call is the next thing it does. */
static _Noreturn void
attempt(const struct policy *policy, const struct seccomp_data *data)
{
	const struct policy *const policies[] = { policy, policy->base, NULL };
	struct rlimit none = { 0, 0 };
	struct fault fault;
	int nowhere = open("/dev/null", O_RDWR);

	(void)setsid(); /* no terminal, and no other process in its process group */
	(void)dup2(nowhere, STDIN_FILENO);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)alarm(SECONDS_MAX);
	if (sandbox_seal(policies, &fault) < 0)
		_exit(EXIT_UNSEALED);
	(void)syscall(data->nr, data->args[0], data->args[1], data->args[2], data->args[3],
		      data->args[4], data->args[5]);
	(void)syscall(SYS_exit_group, EXIT_LIVED);
	_exit(EXIT_LIVED);
}

static enum end
await(pid_t pid)
{
	siginfo_t info = { 0 };

	if (pid < 0 || waitid(P_PID, (id_t)pid, &info, WEXITED) < 0) {
		perror("cannot create a child");
		exit(1);
	}
	if (info.si_code == CLD_EXITED && info.si_status == EXIT_UNSEALED) {
		printf("a child cannot be sealed\n");
		exit(1);
	}
	if ((info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED) && info.si_status == SIGSYS)
		return DIED_OF_SIGSYS;
	return info.si_code == CLD_EXITED && info.si_status == EXIT_LIVED ? LIVED : DIED_OTHERWISE;
}

static enum end
make_call(const struct policy *policy, const struct seccomp_data *data)
{
	pid_t pid = fork();

	if (pid == 0)
		attempt(policy, data);
	return await(pid);
}

static void
complain(const struct policy *policy, const struct seccomp_data *data, const char *what)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, data->nr);

	printf("%s: call %d (%s), arguments %llx %llx %llx %llx %llx %llx: %s\n", policy->name,
	       data->nr, name != NULL ? name : "unknown", data->args[0], data->args[1],
	       data->args[2], data->args[3], data->args[4], data->args[5], what);
	free(name);
	wrong++;
}

static bool
dies(const struct policy *policy, const struct seccomp_data *data)
{
	if (make_call(policy, data) == DIED_OF_SIGSYS)
		return true;
	complain(policy, data, "is forbidden, and the child did not die of SIGSYS");
	return false;
}

static const char *
find_call(const struct policy *policy, int number)
{
	size_t i;

	for (i = 0; i < policy->count; i++) {
		if (policy->rules[i].number == number &&
		    policy_applies(&policy->rules[i], seccomp_arch_native()))
			return policy->rules[i].call;
	}
	return policy->base != NULL ? find_call(policy->base, number) : NULL;
}

/* -1 is not a descriptor, readable address, id or flag. */
static struct seccomp_data
bad_call(int number)
{
	struct seccomp_data data = { .nr = number, .arch = ARCH };

	memset(data.args, 0xFF, sizeof(data.args));
	return data;
}

/* uretprobe and uprobe, which the kernel makes itself in code that it has put there,
 * and lets past every filter from 6.14 and 6.18 on (kernel/seccomp.c). Anywhere else
 * they end with SIGILL or an error. */
static bool
is_beyond_filters(int number)
{
#ifdef __x86_64__
	return number == 335 || number == 336;
#else
	(void)number;
	return false;
#endif
}

static void
try_forbidden_calls(struct tally *tally)
{
	int number;

	for (number = 0; number < NUMBERS; number++) {
		struct seccomp_data data = bad_call(number);

		if (is_beyond_filters(number))
			continue;
		if (find_call(tally->policy, number) == NULL) {
			tally->calls++;
			tally->died[number] = dies(tally->policy, &data);
			tally->call_deaths += tally->died[number];
			continue;
		}
#ifdef __x86_64__
		data.nr |= X32_BIT; /* the same call of another ABI */
		tally->calls++;
		tally->call_deaths += dies(tally->policy, &data);
#endif
	}
}

/* Hostile arguments, of which there are more than can be tried: every `step`th. */
struct sampling {
	struct tally *tally;
	size_t seen, step;
};

static void
count_forbidden(void *context, const struct seccomp_data *data)
{
	struct sampling *sampling = context;

	sampling->seen += EXPECTED(sampling->tally->policy->name, data) == SECCOMP_RET_KILL_PROCESS;
}

static void
try_some_forbidden(void *context, const struct seccomp_data *data)
{
	struct sampling *sampling = context;

	if (EXPECTED(sampling->tally->policy->name, data) != SECCOMP_RET_KILL_PROCESS ||
	    sampling->seen++ % sampling->step != 0)
		return;
	sampling->tally->arguments++;
	sampling->tally->argument_deaths += dies(sampling->tally->policy, data);
}

static void
try_hostile_arguments(struct tally *tally)
{
	int number;

	for (number = 0; number < NUMBERS; number++) {
		const char *call = find_call(tally->policy, number);
		struct seccomp_data data = { .nr = number, .arch = ARCH };
		struct sampling sampling = { tally, 0, 0 };

		/* trying kill could do harm: it has rows of its own */
		if (call == NULL || strcmp(call, "kill") == 0)
			continue;
		hostile_each(data, tally->policy, call, count_forbidden, &sampling);
		sampling.step = sampling.seen / SAMPLES + 1;
		sampling.seen = 0;
		hostile_each(data, tally->policy, call, try_some_forbidden, &sampling);
	}
}

#define NO_PID UINT64_C(0xDEAD0000) /* above every possible one */
#define HERE   ((uint64_t)AT_FDCWD)

static const struct {
	const char *policy;
	const char *what;
	int number;
	uint64_t args[6];
} hostile[] = {
#define FORBIDDEN(policy, call, what, ...) { policy, what, SYS_##call, { __VA_ARGS__ } },
#include "forbidden.def"
};

static void
try_named_arguments(struct tally *tally)
{
	size_t i;

	for (i = 0; i < COUNT(hostile); i++) {
		struct seccomp_data data = { .nr = hostile[i].number, .arch = ARCH };

		if (strcmp(hostile[i].policy, tally->policy->name) != 0)
			continue;
		memcpy(data.args, hostile[i].args, sizeof(data.args));
		tally->arguments++;
		if (make_call(tally->policy, &data) == DIED_OF_SIGSYS)
			tally->argument_deaths++;
		else
			complain(tally->policy, &data, hostile[i].what);
	}
}

/* A filter that kills for everything would pass all of the above. */
static void
try_allowed_calls(struct tally *tally)
{
	size_t i;

	for (i = 0; i < tally->policy->count; i++) {
		const struct policy_rule *rule = &tally->policy->rules[i];
		struct seccomp_data data = bad_call(rule->number);
		size_t j;

		/* these do not return, least of all the allowed signal */
		if (!policy_applies(rule, seccomp_arch_native()) ||
		    strcmp(rule->call, "exit_group") == 0 ||
		    strcmp(rule->call, "rt_sigreturn") == 0 || strcmp(rule->call, "kill") == 0)
			continue;
		for (j = 0; j < rule->test_count; j++) {
			__u64 *argument = &data.args[rule->tests[j].argument];

			*argument =
				(*argument & ~(__u64)rule->tests[j].mask) | rule->tests[j].value;
		}
		if (strcmp(rule->call, "clone") == 0) /* the other three are not read */
			memset(data.args + 1, 0, sizeof(data.args) - sizeof(data.args[0]));
		tally->allowed++;
		if (make_call(tally->policy, &data) == LIVED)
			tally->survivors++;
		else
			complain(tally->policy, &data, "is allowed, and the child did not live");
	}
}

static const char *const gone[] = {
#define GONE(call) #call,
#include "gone.def"
};

static void
check_gone(const struct tally *tally)
{
	size_t i;

	for (i = 0; i < COUNT(gone); i++) {
		int number = seccomp_syscall_resolve_name_arch(SCMP_ARCH_NATIVE, gone[i]);

		if (tally->policy->base != NULL && find_call(tally->policy, number) != NULL)
			continue; /* what it adds has conditions, tried above */
		if (number < 0 || number >= NUMBERS || !tally->died[number]) {
			printf("%s: %s is not gone\n", tally->policy->name, gone[i]);
			wrong++;
		}
	}
}

/* libcurl's connect(2) is answered, and the kernel does not see it. */
static void
try_connecting_as_worker(void)
{
	const struct policy *const policies[] = { &policy_worker, NULL };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	struct fault fault;
	pid_t pid;

	if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) < 0 ||
	    listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) < 0) {
		perror("no listener");
		exit(1);
	}
	pid = fork();
	if (pid == 0) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (sandbox_seal(policies, &fault) < 0)
			_exit(EXIT_UNSEALED);
		_exit(connect(fd, (struct sockaddr *)&address, size) == 0 ? EXIT_LIVED : 1);
	}
	if (await(pid) != LIVED || accept(listener, NULL, NULL) >= 0 || errno != EAGAIN) {
		printf("worker: connect is not answered as it should be\n");
		wrong++;
	}
	(void)close(listener);
}

#ifdef __x86_64__
/* getpid of a 32-bit program: of another architecture, in every process. Where the
 * kernel has no such programs the signal is another one. */
static void
try_32_bit_call(const struct policy *policy)
{
	const struct policy *const policies[] = { policy, policy->base, NULL };
	struct fault fault;
	pid_t pid = fork();

	if (pid == 0) {
		unsigned int result = 20;

		if (sandbox_seal(policies, &fault) < 0)
			_exit(EXIT_UNSEALED);
		__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "cc");
		_exit(EXIT_LIVED);
	}
	if (await(pid) == LIVED) {
		printf("%s: a 32-bit call came back\n", policy->name);
		wrong++;
	}
}
#endif

static void
check(const struct policy *policy)
{
	static struct tally tally;

	tally = (struct tally){ .policy = policy };
	try_forbidden_calls(&tally);
	try_hostile_arguments(&tally);
	try_named_arguments(&tally);
	try_allowed_calls(&tally);
	check_gone(&tally);
#ifdef __x86_64__
	try_32_bit_call(policy);
#endif
	printf("  %-15s %3zu calls allowed, %zu of %zu rules tried and survived\n"
	       "           %4zu forbidden calls tried, %4zu deaths\n"
	       "           %4zu forbidden arguments tried, %4zu deaths\n",
	       policy->name, policy_count_calls(policy), tally.survivors, tally.allowed,
	       tally.calls, tally.call_deaths, tally.arguments, tally.argument_deaths);
}

int
main(void)
{
	size_t i;

	printf("Every forbidden call made by a sealed child, as uid %d:\n", (int)getuid());
	(void)fflush(stdout);
	for (i = 0; policy_list[i] != NULL; i++) {
		check(policy_list[i]);
		(void)fflush(stdout);
	}
	try_connecting_as_worker();
	return wrong > 0;
}
