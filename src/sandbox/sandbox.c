/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "sandbox/sandbox.h"

#include "base/log.h"
#include "base/log_level.h"
#include "sandbox/policy.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* What happens to a process that makes a call which no rule allows. In the development build
 * (make SANDBOX=trap) it gets a signal, and names the call. */
#ifdef SANDBOX_TRAP

#define DEFAULT_ACTION SCMP_ACT_TRAP
#define VIOLATION_TEXT "is named in the log (a development build: make SANDBOX=trap)"

static void
on_violation(int number, siginfo_t *info, void *context)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, info->si_syscall);

	(void)context;
	log_message(LOG_ERROR, "the sandbox forbids the system call %s (%d), made at %p",
		    name != NULL ? name : "unknown", info->si_syscall, info->si_call_addr);
	_exit(128 + number);
}

static void
prepare_for_violations(void)
{
	struct sigaction action = { .sa_sigaction = on_violation, .sa_flags = SA_SIGINFO };

	(void)sigaction(SIGSYS, &action, NULL);
}

#else

#define DEFAULT_ACTION SCMP_ACT_KILL_PROCESS
#define VIOLATION_TEXT "kills the process"

static void
prepare_for_violations(void)
{
	/* the kernel kills without our help */
}

#endif

/* In a rehearsal: the descriptor to which the call's number is written. */
static int audience;

static void
on_rehearsed_violation(int number, siginfo_t *info, void *context)
{
	ssize_t written = write(audience, &info->si_syscall, sizeof(info->si_syscall));

	(void)number;
	(void)context;
	_exit(written == (ssize_t)sizeof(info->si_syscall) ? 0 : 1);
}

const char *
sandbox_violation_text(void)
{
	return VIOLATION_TEXT;
}

static int
limit(int resource, rlim_t value, const char *name, struct fault *fault)
{
	const struct rlimit wanted = { value, value };

	if (setrlimit(resource, &wanted) < 0)
		return fault_set(fault, "%s cannot be set: %s", name, strerror(errno));
	return 0;
}

/* Otherwise a limit that is too low would show only when the last descriptor is used. */
static int
need_descriptors(rlim_t needed, struct fault *fault)
{
	struct rlimit now;

	if (getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_max < needed)
		return fault_set(fault,
				 "only %llu files may be open, and %llu are needed; "
				 "raise the limit (LimitNOFILE= of the unit, ulimit -n)",
				 (unsigned long long)now.rlim_max, (unsigned long long)needed);
	return 0;
}

/* The limit on the address space counts from what the process has mapped. */
static int
limit_memory(size_t more, struct fault *fault)
{
	FILE *file = fopen("/proc/self/statm", "re");
	char line[128] = "";
	rlim_t pages;

	if (file == NULL || fgets(line, sizeof(line), file) == NULL)
		*line = '\0';
	if (file != NULL)
		(void)fclose(file);
	pages = strtoul(line, NULL, 10);
	if (pages == 0)
		return fault_set(fault,
				 "/proc/self/statm cannot be read: mount /proc in the container "
				 "(mount -t proc proc /proc), which the sandbox is confirmed by");
	return limit(RLIMIT_AS, pages * (rlim_t)sysconf(_SC_PAGESIZE) + more, "RLIMIT_AS", fault);
}

int
sandbox_limit(const struct sandbox_limits *limits, struct fault *fault)
{
	if (need_descriptors(limits->descriptors, fault) < 0 ||
	    limit(RLIMIT_CORE, 0, "RLIMIT_CORE", fault) < 0 ||
	    limit(RLIMIT_NOFILE, limits->descriptors, "RLIMIT_NOFILE", fault) < 0)
		return -1;
	if (!limits->may_fork && limit(RLIMIT_NPROC, 0, "RLIMIT_NPROC", fault) < 0)
		return -1;
	if (!limits->may_write_files && limit(RLIMIT_FSIZE, 0, "RLIMIT_FSIZE", fault) < 0)
		return -1;
	if (limits->memory > 0 && limit_memory(limits->memory, fault) < 0)
		return -1;
	if (limits->cpu > 0 && limit(RLIMIT_CPU, limits->cpu, "RLIMIT_CPU", fault) < 0)
		return -1;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return fault_set(fault, "PR_SET_DUMPABLE fails: %s", strerror(errno));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fault_set(fault, "PR_SET_NO_NEW_PRIVS fails: %s", strerror(errno));
	return 0;
}

static int
add_rule(scmp_filter_ctx filter, const struct policy_rule *rule, struct fault *fault)
{
	uint32_t action = rule->action == POLICY_ALLOW ? SCMP_ACT_ALLOW
						       : SCMP_ACT_ERRNO((unsigned int)rule->result);
	struct scmp_arg_cmp tests[POLICY_TESTS_MAX];
	unsigned int i;
	int result;

	/* always with a mask: SCMP_CMP_EQ would compare the upper 32 bits as well, where the
	 * kernel takes an int and the C library has extended its sign */
	for (i = 0; i < rule->test_count; i++) {
		const struct policy_test *test = &rule->tests[i];

		tests[i] = SCMP_CMP32(test->argument, SCMP_CMP_MASKED_EQ, test->mask, test->value);
	}
	/* exactly this rule or none; returns -errno, not -1 */
	result = seccomp_rule_add_exact_array(filter, action, rule->number, i, tests);
	if (result < 0)
		return fault_set(fault, "the seccomp rule for %s cannot be added: %s", rule->call,
				 strerror(-result));
	return 0;
}

static int
add_policy(scmp_filter_ctx filter, const struct policy *policy, uint32_t arch, struct fault *fault)
{
	size_t i;

	for (i = 0; i < policy->count; i++) {
		if (policy_applies(&policy->rules[i], arch) &&
		    add_rule(filter, &policy->rules[i], fault) < 0)
			return -1;
	}
	return 0;
}

static int
set_up(scmp_filter_ctx filter, uint32_t arch, struct fault *fault)
{
	uint32_t native = seccomp_arch_native();
	int result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	if (result == 0) /* a binary tree: fewer steps for the last calls */
		result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (result == 0 && arch != native)
		result = seccomp_arch_add(filter, arch);
	if (result == 0 && arch != native)
		result = seccomp_arch_remove(filter, native);
	if (result < 0)
		return fault_set(fault, "cannot set up the seccomp filter: %s", strerror(-result));
	return 0;
}

static scmp_filter_ctx
make_filter(const struct policy *const *policies, uint32_t arch, uint32_t otherwise,
	    struct fault *fault)
{
	scmp_filter_ctx filter = seccomp_init(otherwise);
	int result;

	if (filter == NULL) {
		(void)fault_set(fault, "cannot create a seccomp filter");
		return NULL;
	}
	result = set_up(filter, arch, fault);
	for (; result == 0 && *policies != NULL; policies++)
		result = add_policy(filter, *policies, arch, fault);
	if (result < 0) {
		seccomp_release(filter);
		return NULL;
	}
	return filter;
}

scmp_filter_ctx
sandbox_filter(const struct policy *const *policies, uint32_t arch, struct fault *fault)
{
	return make_filter(policies, arch, DEFAULT_ACTION, fault);
}

/* Puts a filter in force, and frees it. For NULL *fault is set already. */
static int
load(scmp_filter_ctx filter, const char *name, struct fault *fault)
{
	int result;

	if (filter == NULL)
		return -1;
	result = seccomp_load(filter);
	seccomp_release(filter);
	if (result < 0)
		return fault_set(fault,
				 "the kernel refuses the seccomp filter of the %s: %s; "
				 "CONFIG_SECCOMP_FILTER is needed",
				 name, strerror(-result));
	return 0;
}

int
sandbox_seal(const struct policy *const *policies, struct fault *fault)
{
	prepare_for_violations();
	return load(sandbox_filter(policies, seccomp_arch_native(), fault), policies[0]->name,
		    fault);
}

int
sandbox_rehearse(const struct policy *const *policies, int caught, struct fault *fault)
{
	struct sigaction action = { .sa_sigaction = on_rehearsed_violation,
				    .sa_flags = SA_SIGINFO };

	audience = caught;
	if (sigaction(SIGSYS, &action, NULL) < 0)
		return fault_set(fault, "SIGSYS cannot be handled: %s", strerror(errno));
	return load(make_filter(policies, seccomp_arch_native(), SCMP_ACT_TRAP, fault),
		    policies[0]->name, fault);
}
