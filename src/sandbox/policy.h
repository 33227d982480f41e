/* SPDX-License-Identifier: ISC */
/*
 * The seccomp policies as data: which system calls each process may make, under
 * which condition, and why. Written in policy/worker.def and policy/monitor.def.
 * Any other call kills the process.
 */
#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POLICY_ARGUMENTS 6 /* of a system call */
#define POLICY_TESTS_MAX 3 /* of a rule */

/*
 * A test of one argument: (argument & mask) == value, on its low 32 bits.
 */
struct policy_test {
	unsigned int argument; /* 0 is the first */
	uint32_t mask;
	uint32_t value;
	const char *text; /* as printed */
};

enum policy_action {
	POLICY_ALLOW,  /* the kernel runs it */
	POLICY_ANSWER, /* the kernel does not run it, and returns `result` */
};

struct policy_rule {
	const char *instead_of; /* applies only where no call has this name; or NULL */
	const char *call;
	int number; /* libseccomp's for the native architecture, negative when it has none */
	enum policy_action action;
	int result;				    /* POLICY_ANSWER: the errno, or 0 for success */
	const char *result_text;		    /* as printed */
	struct policy_test tests[POLICY_TESTS_MAX]; /* all must hold */
	size_t test_count;
	const char *reason;
};

struct policy {
	const char *name;	   /* of its file in policy/ */
	const char *title;	   /* of which process, and when, as printed */
	const struct policy *base; /* the policy that it adds to; or NULL */
	const struct policy_rule *rules;
	size_t count;
};

extern const struct policy policy_worker;
extern const struct policy policy_monitor;
extern const struct policy policy_monitor_log;	   /* in force when the log is a file */
extern const struct policy policy_monitor_syslog;  /* when it is syslog */
extern const struct policy policy_monitor_metrics; /* when there is a metrics_file */
extern const struct policy policy_resolver;
extern const struct policy policy_resolver_daemons; /* where daemons resolve names */
extern const struct policy policy_resolver_alone;   /* where none does */
extern const struct policy policy_asker;

/*
 * All of them; ends with NULL.
 */
extern const struct policy *const policy_list[];

/*
 * True when the rule applies to this architecture: SCMP_ARCH_... of seccomp.h.
 */
bool policy_applies(const struct policy_rule *rule, uint32_t arch);

/*
 * The number of different system calls that the kernel runs for the process, on
 * the native architecture.
 */
size_t policy_count_calls(const struct policy *policy);

/*
 * Prints all policies to standard output as tables.
 */
void policy_print_all(void);

#endif
