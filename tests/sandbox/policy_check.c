/* SPDX-License-Identifier: ISC */
/*
 * Run while building: a policy with a rule that has no real reason, stands there
 * twice, or is made void by another one does not build.
 */
#include "policy.h"

#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define REASON_MIN	 16 /* characters; "needed" is no reason */
#define WORKER_CALLS_MAX 24

static int faults;

static void
complain(const struct policy *policy, const struct policy_rule *rule, const char *what)
{
	(void)fprintf(stderr, "policy/%s.def: %s: %s\n", policy->name, rule->call, what);
	faults++;
}

static bool
is_unconditional(const struct policy_rule *rule)
{
	return rule->tests[0].mask == 0;
}

static bool
same_tests(const struct policy_rule *a, const struct policy_rule *b)
{
	size_t i;

	for (i = 0; i < POLICY_TESTS_MAX; i++) {
		if (a->tests[i].argument != b->tests[i].argument ||
		    a->tests[i].mask != b->tests[i].mask || a->tests[i].value != b->tests[i].value)
			return false;
	}
	return true;
}

static void
check_pair(const struct policy *policy, const struct policy_rule *a, const struct policy_rule *b)
{
	if (a->number != b->number)
		return;
	if (same_tests(a, b))
		complain(policy, a, "two rules have the same condition");
	else if (is_unconditional(a) || is_unconditional(b))
		complain(policy, a, "a condition is void beside a rule without one");
}

static void
check_policy(const struct policy *policy)
{
	size_t i, j;

	for (i = 0; i < policy->count; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		if (rule->number == __NR_SCMP_ERROR)
			complain(policy, rule, "is not a system call");
		if (strlen(rule->reason) < REASON_MIN)
			complain(policy, rule, "the reason is too short to be one");
		for (j = 0; j < i; j++)
			check_pair(policy, rule, &policy->rules[j]);
	}
}

int
main(void)
{
	size_t worker = policy_count_calls(&policy_worker);

	check_policy(&policy_worker);
	check_policy(&policy_monitor);
	if (worker > WORKER_CALLS_MAX) {
		(void)fprintf(stderr, "policy/worker.def: %zu calls, but %d are the most\n", worker,
			      WORKER_CALLS_MAX);
		faults++;
	}
	return faults > 0;
}
