/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "sandbox/policy.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#define REASON_MIN 16 /* characters; "needed" is no reason */

/* 0 where the condition holds; otherwise does not compile. */
#define MUST(condition, message)                                           \
	(0 * sizeof(struct {                                               \
		 _Static_assert(condition, "a rule of policy/: " message); \
		 int unused;                                               \
	 }))

/* The macros that rules are written with. There is no macro for a condition other than equality
 * of (masked) 32-bit values. */
/* formatted by hand: clang-format takes these lists for blocks */
/* clang-format off */
#define CONDITION_ANY	    { { 0, 0, 0, "" } }, 0
#define CONDITION_WHEN(...) { __VA_ARGS__ }, TEST_COUNT((struct policy_test[]){ __VA_ARGS__ })
#define IS(argument, value)                                                                \
	{                                                                                  \
		TEST_ARGUMENT(argument, #argument), UINT32_MAX, TEST_VALUE(value, #value), \
			"argument " #argument " is " #value                                \
	}
#define MASKED(argument, mask, value)                                                        \
	{                                                                                    \
		TEST_ARGUMENT(argument, #argument), TEST_MASK(mask, #mask),                  \
			TEST_VALUE(value, #value) +                                          \
				(uint32_t)MUST(((uint32_t)(value) & ~(uint32_t)(mask)) == 0, \
					       "a value has bits outside its mask"),         \
			"argument " #argument " & (" #mask ") is " #value                    \
	}
/* clang-format on */

#define TEST_COUNT(...)                                                             \
	(sizeof(__VA_ARGS__) / sizeof(struct policy_test) +                         \
	 MUST(sizeof(__VA_ARGS__) <= POLICY_TESTS_MAX * sizeof(struct policy_test), \
	      "there is no room for so many tests"))
#define TEST_ARGUMENT(argument, text)                                                      \
	((argument) + (unsigned int)MUST((argument) >= 0 && (argument) < POLICY_ARGUMENTS, \
					 "a system call has no argument " text))
#define TEST_VALUE(value, text)                                                              \
	((uint32_t)(value) +                                                                 \
	 (uint32_t)MUST((long long)(value) >= INT32_MIN && (long long)(value) <= UINT32_MAX, \
			"a value does not fit into 32 bits: " text))
#define TEST_MASK(mask, text)                                                      \
	((uint32_t)(mask) +                                                        \
	 (uint32_t)MUST((uint32_t)(mask) != 0 && (long long)(mask) >= INT32_MIN && \
				(long long)(mask) <= UINT32_MAX,                   \
			"a mask is empty, or does not fit into 32 bits: " text))

#define RULE(instead_of, call, action, result, result_text, condition, reason)           \
	{                                                                                \
		instead_of,                                                              \
		#call,                                                                   \
		SCMP_SYS(call),                                                          \
		action,                                                                  \
		(result) + (int)MUST(sizeof("" reason) > REASON_MIN,                     \
				     "the reason for " #call " is too short to be one"), \
		result_text,                                                             \
		CONDITION_##condition,                                                   \
		"" reason,                                                               \
	},

#define ALLOW(call, condition, reason) RULE(NULL, call, POLICY_ALLOW, 0, "", condition, reason)
#define INSTEAD(absent, call, condition, reason) \
	RULE(#absent, call, POLICY_ALLOW, 0, "", condition, reason)
#define ANSWER(call, condition, result, reason) \
	RULE(NULL, call, POLICY_ANSWER, result, #result, condition, reason)

/* musl makes some calls that glibc does not. It says so by no macro; what is built for it on another
 * machine defines FOR_MUSL. */
#if !defined(__GLIBC__) || defined(FOR_MUSL)
#define WITH_MUSL 1
#else
#define WITH_MUSL 0
#endif

/* O_LARGEFILE as the kernel has it; glibc's is 0. */
#ifdef __aarch64__
#define KERNEL_LARGEFILE 0400000
#else
#define KERNEL_LARGEFILE 0100000
#endif

static const struct policy_rule worker_rules[] = {
#include "../../policy/worker.def"
#if WITH_MUSL
#include "../../policy/musl/worker.def"
#endif
};

static const struct policy_rule monitor_rules[] = {
#include "../../policy/monitor.def"
#if WITH_MUSL
#include "../../policy/musl/monitor.def"
#endif
};

static const struct policy_rule monitor_log_rules[] = {
#include "../../policy/monitor-log.def"
#if WITH_MUSL
#include "../../policy/musl/monitor-log.def"
#endif
};

static const struct policy_rule monitor_syslog_rules[] = {
#include "../../policy/monitor-syslog.def"
};

static const struct policy_rule monitor_metrics_rules[] = {
#include "../../policy/monitor-metrics.def"
};

static const struct policy_rule resolver_daemons_rules[] = {
#if WITH_MUSL
#include "../../policy/resolver-alone.def"
#else
#include "../../policy/resolver-daemons.def"
#endif
};

static const struct policy_rule resolver_alone_rules[] = {
#include "../../policy/resolver-alone.def"
};

static const struct policy_rule asker_rules[] = {
#include "../../policy/asker.def"
#if WITH_MUSL
#include "../../policy/musl/asker.def"
#endif
};

static const struct policy_rule resolver_rules[] = {
#if WITH_MUSL
#include "../../policy/musl/resolver.def"
#else
#include "../../policy/resolver.def"
#endif
};

#define RULES(list) .rules = (list), .count = sizeof(list) / sizeof((list)[0])

const struct policy policy_worker = {
	.name = "worker",
	.title = "The worker",
	RULES(worker_rules),
};

const struct policy policy_monitor = {
	.name = "monitor",
	.title = "The monitor",
	RULES(monitor_rules),
};

const struct policy policy_monitor_log = {
	.name = "monitor-log",
	.title = "A monitor whose log is a file",
	.base = &policy_monitor,
	RULES(monitor_log_rules),
};

const struct policy policy_monitor_syslog = {
	.name = "monitor-syslog",
	.title = "A monitor whose log is syslog",
	.base = &policy_monitor,
	RULES(monitor_syslog_rules),
};

const struct policy policy_monitor_metrics = {
	.name = "monitor-metrics",
	.title = "A monitor with a metrics_file",
	.base = &policy_monitor,
	RULES(monitor_metrics_rules),
};

const struct policy policy_resolver = {
	.name = "resolver",
	.title = "A resolver",
	RULES(resolver_rules),
};

const struct policy policy_resolver_daemons = {
	.name = "resolver-daemons",
	.title = "A resolver where daemons resolve names",
	.base = &policy_resolver,
	RULES(resolver_daemons_rules),
};

const struct policy policy_resolver_alone = {
	.name = "resolver-alone",
	.title = "A resolver where no daemon does",
	.base = &policy_resolver,
	RULES(resolver_alone_rules),
};

const struct policy policy_asker = {
	.name = "asker",
	.title = "A process that asks (--ask)",
	RULES(asker_rules),
};

const struct policy *const policy_list[] = {
	&policy_worker,
	&policy_monitor,
	&policy_monitor_log,
	&policy_monitor_syslog,
	&policy_monitor_metrics,
	&policy_resolver,
	&policy_resolver_daemons,
	&policy_resolver_alone,
	&policy_asker,
	NULL,
};

bool
policy_applies(const struct policy_rule *rule, uint32_t arch)
{
	if (seccomp_syscall_resolve_name_arch(arch, rule->call) < 0)
		return false;
	return rule->instead_of == NULL ||
	       seccomp_syscall_resolve_name_arch(arch, rule->instead_of) < 0;
}

size_t
policy_count_calls(const struct policy *policy)
{
	size_t i, j, count = 0;

	for (i = 0; i < policy->count; i++) {
		bool counts = policy->rules[i].action == POLICY_ALLOW &&
			      policy_applies(&policy->rules[i], seccomp_arch_native());

		for (j = 0; j < i && counts; j++)
			counts = policy->rules[j].number != policy->rules[i].number ||
				 policy->rules[j].action != POLICY_ALLOW;
		count += counts;
	}
	return count;
}

static void
print_rule(const struct policy_rule *rule)
{
	size_t i;

	printf("%s", rule->call);
	if (rule->instead_of != NULL)
		printf(", where there is no %s", rule->instead_of);
	for (i = 0; i < rule->test_count; i++)
		printf("%s%s", i == 0 ? ", when " : " and ", rule->tests[i].text);
	if (rule->action == POLICY_ANSWER)
		printf(", is not run and returns %s",
		       rule->result == 0 ? "success" : rule->result_text);
	printf("\n        %s\n", rule->reason);
}

static void
print_policy(const struct policy *policy)
{
	size_t i;

	if (policy->base != NULL)
		printf("%s may also:\n\n", policy->title);
	else
		printf("%s may make %zu system calls; any other kills it.\n\n", policy->title,
		       policy_count_calls(policy));
	for (i = 0; i < policy->count; i++)
		print_rule(&policy->rules[i]);
}

void
policy_print_all(void)
{
	size_t i;

	for (i = 0; policy_list[i] != NULL; i++) {
		if (i > 0)
			printf("\n");
		print_policy(policy_list[i]);
	}
}
