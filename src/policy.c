/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "policy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* The words that a rule is written with. Conditions can be nothing but equality
 * of (masked) 32-bit values, because there is no word for anything else. */
/* clang-format off: it takes these lists for blocks */
#define ANY                         \
	{                           \
		{                   \
			0, 0, 0, "" \
		}                   \
	}
#define WHEN(...)           \
	{                   \
		__VA_ARGS__ \
	}
#define IS(argument, value)                                                                  \
	{                                                                                    \
		argument, UINT32_MAX, (uint32_t)(value), "argument " #argument " is " #value \
	}
#define MASKED(argument, mask, value)                                     \
	{                                                                 \
		argument, (uint32_t)(mask), (uint32_t)(value),            \
			"argument " #argument " & (" #mask ") is " #value \
	}
/* clang-format on */
#define ALLOW(call, condition, reason) \
	{ #call, SCMP_SYS(call), POLICY_ALLOW, 0, condition, "" reason },
#define ANSWER(call, condition, result, reason) \
	{ #call, SCMP_SYS(call), POLICY_ANSWER, result, condition, "" reason },

static const struct policy_rule worker_rules[] = {
#include "../policy/worker.def"
};

static const struct policy_rule monitor_rules[] = {
#include "../policy/monitor.def"
};

const struct policy policy_worker = {
	"worker",
	worker_rules,
	sizeof(worker_rules) / sizeof(worker_rules[0]),
};

const struct policy policy_monitor = {
	"monitor",
	monitor_rules,
	sizeof(monitor_rules) / sizeof(monitor_rules[0]),
};

size_t
policy_count_calls(const struct policy *policy)
{
	size_t i, j, count = 0;

	for (i = 0; i < policy->count; i++) {
		bool counts = policy->rules[i].action == POLICY_ALLOW;

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
	for (i = 0; i < POLICY_TESTS_MAX && rule->tests[i].mask != 0; i++)
		printf("%s%s", i == 0 ? ", when " : " and ", rule->tests[i].text);
	if (rule->action == POLICY_ANSWER)
		printf(", is not run and returns %s",
		       rule->result == 0 ? "success" : strerrorname_np(rule->result));
	printf("\n        %s\n", rule->reason);
}

void
policy_print(const struct policy *policy)
{
	size_t i;

	printf("The %s may make %zu system calls; any other kills it.\n\n", policy->name,
	       policy_count_calls(policy));
	for (i = 0; i < policy->count; i++)
		print_rule(&policy->rules[i]);
}
