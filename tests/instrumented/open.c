/* SPDX-License-Identifier: ISC */
/*
 * A variant of the program for sanitizers and valgrind, which make system calls
 * of their own: its filters forbid nothing (what they answer without running it,
 * they still do), and it keeps its environment and so is executed only once. The
 * linker (--wrap) puts these functions in the place of the real ones; nothing of
 * this is in the program that is installed, and --version and --print-policy of
 * the variant say what it is.
 */
#define _GNU_SOURCE
#include "base/fault.h"
#include "sandbox/environment.h"
#include "sandbox/policy.h"
#include "sandbox/walls.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define WHAT_IT_IS "is allowed: THIS BUILD IS FOR SANITIZERS, IT IS NOT SEALED"

scmp_filter_ctx __real_seccomp_init(uint32_t action);
scmp_filter_ctx __wrap_seccomp_init(uint32_t action);
int __real_seccomp_rule_add_exact_array(scmp_filter_ctx filter, uint32_t action, int call,
					unsigned int count, const struct scmp_arg_cmp *tests);
int __wrap_seccomp_rule_add_exact_array(scmp_filter_ctx filter, uint32_t action, int call,
					unsigned int count, const struct scmp_arg_cmp *tests);
int __real_seccomp_attr_set(scmp_filter_ctx filter, enum scmp_filter_attr attribute,
			    uint32_t value);
int __wrap_seccomp_attr_set(scmp_filter_ctx filter, enum scmp_filter_attr attribute,
			    uint32_t value);
int __wrap_environment_drop(char **argv, struct fault *fault);
const char *__wrap_sandbox_violation_text(void);
void __real_policy_print_all(void);
void __wrap_policy_print_all(void);
int __real_setrlimit(__rlimit_resource_t resource, const struct rlimit *limit);
int __wrap_setrlimit(__rlimit_resource_t resource, const struct rlimit *limit);
int __wrap_walls_survey(struct fault *fault);
int __wrap_walls_raise(enum walls_process process, struct fault *fault);
int __wrap_mlock2(const void *memory, size_t size, unsigned int flags);
int __lsan_is_turned_off(void);

scmp_filter_ctx
__wrap_seccomp_init(uint32_t action)
{
	(void)action;
	return __real_seccomp_init(SCMP_ACT_ALLOW);
}

int
__wrap_seccomp_rule_add_exact_array(scmp_filter_ctx filter, uint32_t action, int call,
				    unsigned int count, const struct scmp_arg_cmp *tests)
{
	if (action == SCMP_ACT_ALLOW)
		return 0;
	return __real_seccomp_rule_add_exact_array(filter, action, call, count, tests);
}

/* valgrind 3.19 does not know seccomp(2), and prctl(2) knows no such action. */
int
__wrap_seccomp_attr_set(scmp_filter_ctx filter, enum scmp_filter_attr attribute, uint32_t value)
{
	if (attribute == SCMP_FLTATR_ACT_BADARCH)
		return 0;
	return __real_seccomp_attr_set(filter, attribute, value);
}

int
__wrap_environment_drop(char **argv, struct fault *fault)
{
	(void)argv;
	if (setenv("TZ", "UTC0", 1) != 0)
		return fault_set(fault, "the environment cannot be changed");
	tzset();
	return 0;
}

const char *
__wrap_sandbox_violation_text(void)
{
	return WHAT_IT_IS;
}

void
__wrap_policy_print_all(void)
{
	puts("Every system call " WHAT_IT_IS ".\nOf the following only what is not run is true.\n");
	__real_policy_print_all();
}

/* A sanitizer reads files when it has found something; valgrind maps memory that it
 * writes and executes. */
int
__wrap_walls_survey(struct fault *fault)
{
	(void)fault;
	return 0;
}

int
__wrap_walls_raise(enum walls_process process, struct fault *fault)
{
	(void)process;
	(void)fault;
	return 0;
}

/* valgrind, which has descriptors of its own, takes no other hard limit. Sanitizers
 * map terabytes. */
int
__wrap_setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	struct rlimit now, wanted = *limit;

	if (resource == RLIMIT_AS)
		return 0;
	if (resource == RLIMIT_NOFILE && getrlimit(resource, &now) == 0)
		wanted.rlim_max = now.rlim_max;
	return __real_setrlimit(resource, &wanted);
}

/* Nor does valgrind know this call. */
int
__wrap_mlock2(const void *memory, size_t size, unsigned int flags)
{
	(void)memory;
	(void)size;
	(void)flags;
	return 0;
}

/* LeakSanitizer traces the process, and a process that cannot be dumped cannot be
 * traced. Leaks of the program are valgrind's to find, those of its modules are
 * LeakSanitizer's in unit tests and fuzzing. */
int
__lsan_is_turned_off(void)
{
	return 1;
}
