/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "hostile.h"

#include <linux/prctl.h>
#include <string.h>

/* Every value from 0 on that has a meaning somewhere: commands of fcntl (to 1100)
 * and prctl (to 80), protocols (to 263), domains (to 45), signals (to 64). */
#define SMALL_MAX 1200

/* Every level and every name that sockets have options for (SOL_... to 286). */
#define LEVEL_MAX 300
#define NAME_MAX  140

/* Protections of mmap with pairs of flags: 4 bits are in use. */
#define PROTECTION_MAX 16

static const uint64_t upper[] = { 0, UINT64_C(0x100000000), UINT64_C(0xFFFFFFFF00000000) };

static const uint32_t special[] = {
	0xFFFFFFFF, 0xFFFFFF9C /* AT_FDCWD */, 0x7FFFFFFF, 0x80000001, PR_SET_PTRACER, PR_SET_VMA,
};

/* As many are enough for a call without a rule. */
#define FEW 64

struct attempts {
	hostile_try *attempt;
	void *context;
	bool thorough;
	struct seccomp_data data; /* for which a rule holds, or not */
};

static void
attempt_with(struct attempts *attempts, unsigned int argument, uint64_t value)
{
	struct seccomp_data data = attempts->data;

	data.args[argument] = value;
	attempts->attempt(attempts->context, &data);
}

/* With and without bits in the upper half, which the kernel often ignores. */
static void
attempt_low(struct attempts *attempts, unsigned int argument, uint32_t value)
{
	size_t i;

	for (i = 0; i < sizeof(upper) / sizeof(upper[0]); i++)
		attempt_with(attempts, argument, upper[i] | value);
}

static void
vary_one(struct attempts *attempts, unsigned int argument)
{
	uint64_t held = attempts->data.args[argument];
	unsigned int i, j;

	for (i = 0; i < (attempts->thorough ? SMALL_MAX : FEW); i++)
		attempt_low(attempts, argument, i);
	for (i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		attempt_low(attempts, argument, special[i]);
	for (i = 0x5400; i < 0x5480 && attempts->thorough; i++) { /* ioctls of terminals, */
		attempt_low(attempts, argument, i);
		attempt_low(attempts, argument, i + 0x3500); /* and of sockets */
	}
	/* bits added to what is held, bits alone, and all but one or two */
	for (i = 0; i < 64; i++) {
		attempt_with(attempts, argument, held ^ UINT64_C(1) << i);
		attempt_with(attempts, argument, ~(UINT64_C(1) << i));
		for (j = 0; j < i && attempts->thorough; j++)
			attempt_with(attempts, argument,
				     held ^ UINT64_C(1) << i ^ UINT64_C(1) << j);
	}
}

static void
vary(struct attempts *attempts)
{
	unsigned int i;

	for (i = 0; i < POLICY_ARGUMENTS; i++) {
		vary_one(attempts, i);
	}
	for (i = 0; i < sizeof(upper) / sizeof(upper[0]); i++) {
		struct attempts all = *attempts;
		unsigned int j;

		for (j = 0; j < POLICY_ARGUMENTS; j++)
			all.data.args[j] |= upper[i];
		all.attempt(all.context, &all.data);
	}
}

/* Every level and name of a socket's option; every family, type and protocol. */
static void
vary_options(struct attempts attempts)
{
	uint64_t level, name;

	for (level = 0; level < LEVEL_MAX; level++) {
		for (name = 0; name < NAME_MAX; name++) {
			attempts.data.args[1] = level;
			attempt_low(&attempts, 2, (uint32_t)name);
		}
	}
}

static void
vary_sockets(struct attempts attempts)
{
	uint64_t family, type;

	for (family = 0; family < 64; family++) {
		for (type = 0; type < 16; type++) {
			attempts.data.args[0] = family;
			attempts.data.args[1] = type;
			vary_one(&attempts, 2);
			attempts.data.args[1] = type | 02004000; /* SOCK_CLOEXEC, SOCK_NONBLOCK */
			attempt_low(&attempts, 2, 0);
		}
	}
}

static void
vary_mappings(struct attempts attempts)
{
	uint64_t protection;
	unsigned int i, j;

	for (protection = 0; protection < PROTECTION_MAX; protection++) {
		for (i = 0; i < 64; i++) {
			for (j = 0; j <= i; j++) {
				attempts.data.args[2] = protection | UINT64_C(1) << 32;
				attempt_with(&attempts, 3, UINT64_C(1) << i | UINT64_C(1) << j);
				attempts.data.args[2] = protection;
				attempt_with(&attempts, 3, UINT64_C(1) << i | UINT64_C(1) << j);
				attempt_with(&attempts, 3,
					     0x22 | UINT64_C(1) << i | UINT64_C(1) << j);
			}
		}
	}
}

void
hostile_each(struct seccomp_data data, const struct policy *policy, const char *call,
	     hostile_try *attempt, void *context)
{
	struct attempts attempts = { attempt, context, call != NULL, data };
	size_t i, j;

	vary(&attempts);
	memset(attempts.data.args, 0xFF, sizeof(attempts.data.args));
	vary(&attempts);
	if (call == NULL)
		return;
	for (i = 0; policy != NULL && i < policy->count; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		if (strcmp(rule->call, call) != 0 || rule->test_count == 0)
			continue;
		attempts.data = data;
		for (j = 0; j < rule->test_count; j++)
			attempts.data.args[rule->tests[j].argument] = rule->tests[j].value;
		vary(&attempts);
	}
	attempts.data = data;
	if (strcmp(call, "setsockopt") == 0 || strcmp(call, "getsockopt") == 0)
		vary_options(attempts);
	else if (strcmp(call, "socket") == 0 || strcmp(call, "socketpair") == 0)
		vary_sockets(attempts);
	else if (strcmp(call, "mmap") == 0)
		vary_mappings(attempts);
}
