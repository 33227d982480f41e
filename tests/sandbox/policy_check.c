/* SPDX-License-Identifier: ISC */
/*
 * Run while building: a policy does not build if one of its rules makes another one void,
 * contradicts it, or gives the process a power that it must not have. What a single rule shows, the
 * compiler checks (src/sandbox/policy.c).
 */
#define _GNU_SOURCE
#include "sandbox/policy.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define WORKER_CALLS_MAX 16

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum power {
	OPEN = 1 << 0,
	CREATE = 1 << 1,
	EXECUTE = 1 << 2,
	FORK = 1 << 3,
	TRACE = 1 << 4,
	SIGNAL = 1 << 5,
	IDS = 1 << 6,
	CODE = 1 << 7,
	CONNECT = 1 << 8,
	LISTEN = 1 << 9,
	MACHINE = 1 << 10,
	WALLS = 1 << 11,
	PORT = 1 << 12,
};

static const char *
power_text(enum power power)
{
	switch (power) {
	case OPEN:
		return "open files";
	case CREATE:
		return "create or change files";
	case EXECUTE:
		return "execute programs";
	case FORK:
		return "fork";
	case TRACE:
		return "trace other processes";
	case SIGNAL:
		return "signal other processes";
	case IDS:
		return "change its ids";
	case CODE:
		return "map executable memory";
	case CONNECT:
		return "make connections";
	case LISTEN:
		return "take connections";
	case PORT:
		return "take a port";
	case WALLS:
		return "move into namespaces or another root";
	case MACHINE:
		return "change the machine or get round the filter";
	}
	return "?";
}

static const struct {
	const char *call;
	enum power power;
} powers[] = {
#define POWER(call, power) { #call, power },
#define BOUND(call, argument, mask, wrong)
#include "powers.def"
#undef POWER
#undef BOUND
};

static const struct {
	const char *call;
	unsigned int argument;
	uint32_t mask;
	uint32_t wrong;
} bounds[] = {
#define POWER(call, power)
#define BOUND(call, argument, mask, wrong) { #call, argument, (uint32_t)(mask), (uint32_t)(wrong) },
#include "powers.def"
};

/* musl's resolver takes a port of its own where glibc's leaves that to the kernel. */
#ifdef FOR_MUSL
#define PORT_OF_RESOLVER PORT
#else
#define PORT_OF_RESOLVER 0
#endif

/* What each process may be allowed. The monitor's powers are each restricted by a bound or a
 * rule. */
static const struct {
	const struct policy *policy;
	unsigned int powers;
	const struct policy *outer; /* of the process that forks it: in force as well */
	const char *unbound;	    /* how calls start whose bound is not for it */
} processes[] = {
	{ &policy_monitor, OPEN | FORK | SIGNAL | CONNECT | WALLS | PORT_OF_RESOLVER, NULL, NULL },
	{ &policy_monitor_log, OPEN, NULL, "open" },
	{ &policy_monitor_syslog, CONNECT, NULL, NULL },
	{ &policy_monitor_metrics, CREATE, NULL, NULL },
	{ &policy_worker, 0, &policy_monitor, NULL },
	{ &policy_resolver, OPEN | CONNECT | PORT_OF_RESOLVER, &policy_monitor, NULL },
	{ &policy_resolver_daemons, CONNECT, &policy_monitor, NULL },
	{ &policy_resolver_alone, 0, &policy_monitor, NULL },
	{ &policy_asker, 0, NULL, NULL },
};

/* Where an architecture lacks a call, the C library makes this one. */
static const struct {
	const char *absent, *instead;
} replacements[] = {
	{ "poll", "ppoll" },	  { "alarm", "setitimer" },  { "readlink", "readlinkat" },
	{ "dup2", "dup3" },	  { "access", "faccessat" }, { "open", "openat" },
	{ "stat", "newfstatat" }, { "lstat", "newfstatat" }, { "fork", "clone" },
};

static const uint32_t architectures[] = { SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64 };

static int faults;

static void
complain(const struct policy *policy, const struct policy_rule *rule, const char *what,
	 const char *more)
{
	(void)fprintf(stderr, "policy/%s.def: %s: %s%s\n", policy->name, rule->call, what, more);
	faults++;
}

/* The bits of an argument that a rule tests, and which of them must be set. */
static uint32_t
tested_bits(const struct policy_rule *rule, unsigned int argument, uint32_t *value)
{
	uint32_t mask = 0;
	size_t i;

	*value = 0;
	for (i = 0; i < rule->test_count; i++) {
		if (rule->tests[i].argument == argument) {
			mask |= rule->tests[i].mask;
			*value |= rule->tests[i].value;
		}
	}
	return mask;
}

/* True when the rule's own tests are about the same argument twice. */
static bool
repeats_itself(const struct policy_rule *rule)
{
	size_t i, j;

	for (i = 0; i < rule->test_count; i++) {
		for (j = 0; j < i; j++) {
			if (rule->tests[i].argument == rule->tests[j].argument)
				return true;
		}
	}
	return false;
}

/* True when `outer` holds whenever `inner` does. */
static bool
covers(const struct policy_rule *outer, const struct policy_rule *inner)
{
	uint32_t outer_mask, outer_value, inner_mask, inner_value;
	unsigned int i;

	for (i = 0; i < POLICY_ARGUMENTS; i++) {
		outer_mask = tested_bits(outer, i, &outer_value);
		inner_mask = tested_bits(inner, i, &inner_value);
		if ((outer_mask & ~inner_mask) != 0 || (inner_value & outer_mask) != outer_value)
			return false;
	}
	return true;
}

/* True when there are arguments for which both hold. */
static bool
overlap(const struct policy_rule *a, const struct policy_rule *b)
{
	uint32_t a_value, b_value, both;
	unsigned int i;

	for (i = 0; i < POLICY_ARGUMENTS; i++) {
		both = tested_bits(a, i, &a_value) & tested_bits(b, i, &b_value);
		if ((a_value & both) != (b_value & both))
			return false;
	}
	return true;
}

static bool
same_call(const struct policy_rule *a, const struct policy_rule *b)
{
	if (strcmp(a->call, b->call) != 0)
		return false;
	/* what is there instead of something is not beside it */
	return (a->instead_of == NULL) == (b->instead_of == NULL);
}

static void
check_pair(const struct policy *policy, const struct policy_rule *a, const struct policy_rule *b)
{
	if (!same_call(a, b))
		return;
	if (covers(a, b) && covers(b, a))
		complain(policy, a, "two rules have the same condition", "");
	else if (covers(a, b) || covers(b, a))
		complain(policy, a, "a condition is void beside a rule that has less of one", "");
	else if (a->action != b->action && overlap(a, b))
		complain(policy, a, "two rules with different results can both hold", "");
}

static void
check_powers(const struct policy *policy, const struct policy_rule *rule, unsigned int allowed,
	     const char *unbound)
{
	uint32_t mask, value;
	size_t i;

	for (i = 0; i < COUNT(powers); i++) {
		if (strcmp(rule->call, powers[i].call) == 0 && (powers[i].power & allowed) == 0)
			complain(policy, rule, "this process must not be able to ",
				 power_text(powers[i].power));
	}
	for (i = 0; i < COUNT(bounds); i++) {
		if (strcmp(rule->call, bounds[i].call) != 0 ||
		    (unbound != NULL && strncmp(rule->call, unbound, strlen(unbound)) == 0))
			continue;
		mask = tested_bits(rule, bounds[i].argument, &value);
		if ((bounds[i].mask & ~mask) != 0)
			complain(policy, rule, "without a test of the argument that tells ",
				 "what it does");
		else if ((value & bounds[i].wrong) != 0)
			complain(policy, rule, "the test lets through what it is to hold back", "");
	}
}

/* A parent's filter is in force in its child, too. */
static void
check_reachable(const struct policy *policy, const struct policy_rule *rule,
		const struct policy *outer)
{
	size_t i;

	for (i = 0; i < outer->count; i++) {
		if (strcmp(rule->call, outer->rules[i].call) == 0 && covers(&outer->rules[i], rule))
			return;
	}
	complain(policy, rule, "is void, because it is not allowed by the policy of the ",
		 outer->name);
}

static bool
has_call(const struct policy *policy, const char *call, uint32_t arch)
{
	size_t i;

	for (i = 0; i < policy->count; i++) {
		if (strcmp(policy->rules[i].call, call) == 0 &&
		    policy_applies(&policy->rules[i], arch))
			return true;
	}
	return false;
}

/* A call that an architecture has not must have a replacement there. */
static void
check_replaced(const struct policy *policy, const struct policy_rule *rule)
{
	size_t i, j;

	for (i = 0; i < COUNT(architectures); i++) {
		bool replaced =
			seccomp_syscall_resolve_name_arch(architectures[i], rule->call) >= 0;

		for (j = 0; j < COUNT(replacements); j++)
			replaced = replaced ||
				   (strcmp(rule->call, replacements[j].absent) == 0 &&
				    has_call(policy, replacements[j].instead, architectures[i]));
		if (!replaced)
			complain(policy, rule, "not every architecture has it; ",
				 "INSTEAD of it, what is called there?");
	}
}

static void
check_policy(const struct policy *policy, unsigned int allowed, const struct policy *outer,
	     const char *unbound)
{
	size_t i, j;

	for (i = 0; i < policy->count; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		if (repeats_itself(rule))
			complain(policy, rule, "one argument is tested twice", "");
		for (j = 0; j < i; j++)
			check_pair(policy, rule, &policy->rules[j]);
		check_replaced(policy, rule);
		if (rule->action != POLICY_ALLOW)
			continue;
		check_powers(policy, rule, allowed, unbound);
		if (outer != NULL)
			check_reachable(policy, rule, outer);
	}
}

int
main(void)
{
	size_t i, worker = policy_count_calls(&policy_worker);

	for (i = 0; i < COUNT(processes); i++)
		check_policy(processes[i].policy, processes[i].powers, processes[i].outer,
			     processes[i].unbound);
	if (worker > WORKER_CALLS_MAX) {
		(void)fprintf(stderr, "policy/worker.def: %zu calls, but %d are the most\n", worker,
			      WORKER_CALLS_MAX);
		faults++;
	}
	return faults > 0;
}
