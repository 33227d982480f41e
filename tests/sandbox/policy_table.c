/* SPDX-License-Identifier: ISC */
/* Prints the policies as JSON, by numbers, for survey.py. */
#include "sandbox/policy.h"

#include <seccomp.h>
#include <stdio.h>

static void
print_tests(const struct policy_rule *rule)
{
	size_t i;

	for (i = 0; i < rule->test_count; i++)
		printf("%s[%u, %u, %u]", i == 0 ? "" : ", ", rule->tests[i].argument,
		       rule->tests[i].mask, rule->tests[i].value);
}

/* Quotes and backslashes do not occur in the words of a policy: survey.py would not
 * read them. */
static void
print_rule(const struct policy *policy, const struct policy_rule *rule, const char *before)
{
	size_t i;

	printf("%s\n{\"policy\": \"%s\", \"number\": %d, \"call\": \"%s\", \"when\": \"", before,
	       policy->name, rule->number, rule->call);
	for (i = 0; i < rule->test_count; i++)
		printf("%s%s", i == 0 ? "" : " and ", rule->tests[i].text);
	printf("\", \"reason\": \"%s\", \"tests\": [", rule->reason);
	print_tests(rule);
	printf("]}");
}

int
main(void)
{
	const char *before = "[";
	size_t i, j;

	for (i = 0; policy_list[i] != NULL; i++) {
		for (j = 0; j < policy_list[i]->count; j++) {
			const struct policy_rule *rule = &policy_list[i]->rules[j];

			if (!policy_applies(rule, seccomp_arch_native()))
				continue;
			print_rule(policy_list[i], rule, before);
			before = ",";
		}
	}
	printf("\n]\n");
	return 0;
}
