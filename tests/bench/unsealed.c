/* SPDX-License-Identifier: ISC */
/*
 * For valgrind, which needs what the sandbox forbids: nothing is sealed or given
 * up, but the monitor is told that it was. Linked (ld --wrap) into a variant of
 * the program in which instructions are counted, and into nothing else.
 */
#define _GNU_SOURCE
#include "base/fault.h"
#include "sandbox/confirm.h"
#include "sandbox/environment.h"
#include "sandbox/landlock.h"
#include "sandbox/policy.h"
#include "sandbox/privileges.h"
#include "sandbox/sandbox.h"
#include "sandbox/walls.h"

#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <time.h>

int __wrap_landlock_abi(void);
int __wrap_landlock_open(struct landlock *landlock, struct fault *fault);
int __wrap_sandbox_limit(const struct sandbox_limits *limits, struct fault *fault);
int __wrap_sandbox_seal(const struct policy *policy, struct fault *fault);
int __wrap_confirm_sealed(int file, pid_t pid, bool bounded, struct fault *fault);
int __wrap_privileges_drop(const char *user, bool *bounded, struct fault *fault);
int __wrap_walls_survey(struct fault *fault);
int __wrap_walls_raise(enum walls_process process, struct fault *fault);
int __wrap_prctl(int option, unsigned long value, ...);
int __real_prctl(int option, unsigned long value, ...);
int __wrap_kill(pid_t pid, int number);
int __wrap_environment_drop(char **argv, struct fault *fault);
int __wrap_mlock2(const void *memory, size_t size, int flags);

int
__wrap_landlock_abi(void)
{
	return 0;
}

int
__wrap_landlock_open(struct landlock *landlock, struct fault *fault)
{
	(void)fault;
	*landlock = (struct landlock){ 0, -1 };
	return 0;
}

int
__wrap_sandbox_limit(const struct sandbox_limits *limits, struct fault *fault)
{
	(void)limits;
	(void)fault;
	return 0;
}

int
__wrap_sandbox_seal(const struct policy *policy, struct fault *fault)
{
	(void)policy;
	(void)fault;
	return 0;
}

int
__wrap_confirm_sealed(int file, pid_t pid, bool bounded, struct fault *fault)
{
	(void)file;
	(void)pid;
	(void)bounded;
	(void)fault;
	return 0;
}

int
__wrap_privileges_drop(const char *user, bool *bounded, struct fault *fault)
{
	(void)user;
	(void)fault;
	*bounded = false;
	return 0;
}

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

/* A worker that is killed writes no count, so it is not: it ends with the channel. */
int
__wrap_prctl(int option, unsigned long value, ...)
{
	return option == PR_SET_PDEATHSIG ? 0 : __real_prctl(option, value, 0, 0, 0);
}

int
__wrap_kill(pid_t pid, int number)
{
	(void)pid;
	(void)number;
	return 0;
}

/* valgrind is loaded through the environment, and restores that when the program
 * executes itself without it: the program would do so for ever. */
int
__wrap_environment_drop(char **argv, struct fault *fault)
{
	(void)argv;
	(void)fault;
	(void)setenv("TZ", "UTC0", 1);
	tzset();
	return 0;
}

/* valgrind 3.19 does not know this system call. */
int
__wrap_mlock2(const void *memory, size_t size, int flags)
{
	(void)memory;
	(void)size;
	(void)flags;
	return 0;
}
