/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "sandbox/walls.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of Linux 6.3 and 6.10: newer than Debian 12's headers. */
#ifndef PR_SET_MDWE
#define PR_SET_MDWE		 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif
#ifndef SYS_mseal
#define SYS_mseal 462 /* on every architecture */
#endif

/* A directory that is always empty (Linux, fs/proc/proc_tty.c). */
#define EMPTY_DIRECTORY "/proc/tty/ldisc"

#define CAPABILITIES_MAX 64 /* the kernel cannot have more */

/* Sockets keep the network namespace that they were made in, so a worker needs none; a resolver
 * asks name servers. A process cannot enter a pid namespace, only be created in one. */
static int
raise_namespaces(enum walls_process process)
{
	int flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;

	return unshare(process == WALLS_WORKER ? flags | CLONE_NEWNET : flags);
}

/* Landlock forbids mounting, but not this; and with no directory open and no capability, there
 * is no way back. */
static int
raise_root(enum walls_process process)
{
	(void)process;
	return chroot(EMPTY_DIRECTORY) < 0 ? -1 : chdir("/");
}

/* A new user namespace comes with all capabilities. */
static int
raise_bounding(enum walls_process process)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };
	unsigned long capability;

	(void)process;
	for (capability = 0; capability < CAPABILITIES_MAX; capability++) {
		/* EINVAL: after the last one */
		if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 && errno != EINVAL)
			return -1;
	}
	return (int)syscall(SYS_capset, &header, none);
}

/* Seals everything that is mapped from files and not writable: code, constants, and what the
 * linker has made read-only. */
static int
raise_mseal(enum walls_process process)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	int result = 0;

	(void)process;
	if (maps == NULL)
		return -1;
	while (result == 0 && fgets(line, sizeof(line), maps) != NULL) {
		/* FROM-TO rwxp ... PATH */
		char *rest;
		unsigned long from = strtoul(line, &rest, 16), to = strtoul(rest + 1, &rest, 16);

		if (strncmp(rest, " rw", 3) != 0 && strchr(rest, '/') != NULL)
			result = (int)syscall(SYS_mseal, from, to - from, 0UL);
	}
	(void)fclose(maps);
	return result;
}

static int
raise_mdwe(enum walls_process process)
{
	(void)process;
	return prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
}

/* Linux before 5.16 did this for every process with a seccomp filter. */
static int
raise_speculation(enum walls_process process)
{
	static const unsigned long kinds[] = { PR_SPEC_STORE_BYPASS, PR_SPEC_INDIRECT_BRANCH };
	size_t i;

	(void)process;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int state = prctl(PR_GET_SPECULATION_CTRL, kinds[i], 0, 0, 0);

		if (state == PR_SPEC_NOT_AFFECTED ||
		    (state > 0 && (state & (PR_SPEC_DISABLE | PR_SPEC_FORCE_DISABLE)) != 0))
			continue;
		if (prctl(PR_SET_SPECULATION_CTRL, kinds[i], PR_SPEC_FORCE_DISABLE, 0, 0) < 0)
			return -1;
	}
	return 0;
}

#define OF(process) (1U << (process))

/* In this order: the empty root has no /proc to read. */
enum wall {
	MSEAL,
	MDWE,
	SPECULATION,
	NAMESPACES,
	ROOT,
	BOUNDING,
};

static const struct {
	const char *name;
	unsigned int processes; /* a set of OF(process) */
	int (*raise)(enum walls_process process);
	const char *reason;
} walls[] = {
	[MSEAL] = { "mseal", OF(WALLS_MONITOR), raise_mseal,
		    "code and constants can be neither unmapped nor made writable" },
	[MDWE] = { "mdwe", OF(WALLS_MONITOR), raise_mdwe, "no memory becomes executable" },
	[SPECULATION] = { "speculation", OF(WALLS_MONITOR), raise_speculation,
			  "the processor does not speculate past stores and branches" },
	[NAMESPACES] = { "namespaces", OF(WALLS_WORKER) | OF(WALLS_RESOLVER), raise_namespaces,
			 "users, mounts, IPC and host name of its own; for a worker also a "
			 "network, with nothing in it" },
	[ROOT] = { "root", OF(WALLS_WORKER), raise_root, "a root directory that holds nothing" },
	[BOUNDING] = { "bounding", OF(WALLS_WORKER) | OF(WALLS_RESOLVER), raise_bounding,
		       "no capability can be gained, whichever user started the program" },
};

#define COUNT (sizeof(walls) / sizeof(walls[0]))

_Static_assert(COUNT <= 7, "the survey's answer is an exit status");

/* A set of walls, by their numbers: those that the survey found. */
static unsigned int found;

/* Tries each wall, and returns the set of those that can be raised. */
static unsigned int
try_all(void)
{
	unsigned int i, set = 0;

	for (i = 0; i < COUNT; i++) {
		if (walls[i].raise(WALLS_WORKER) == 0)
			set |= 1U << i;
	}
	/* a security module may allow the namespace but none of its capabilities */
	if ((set & 1U << BOUNDING) == 0)
		set &= ~(1U << NAMESPACES | 1U << ROOT);
	return set;
}

int
walls_survey(struct fault *fault)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit((int)try_all());
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return fault_set(fault, "cannot determine which walls the kernel offers: %s",
				 strerror(errno));
	/* killed: a sandbox around ours forbids the attempt */
	found = WIFEXITED(status) ? (unsigned int)WEXITSTATUS(status) : 0;
	return 0;
}

int
walls_raise(enum walls_process process, struct fault *fault)
{
	unsigned int i;

	for (i = 0; i < COUNT; i++) {
		if ((walls[i].processes & OF(process)) == 0 || (found & 1U << i) == 0 ||
		    walls[i].raise(process) == 0)
			continue;
		return fault_set(fault, "the wall \"%s\" (%s) is no longer available: %s",
				 walls[i].name, walls[i].reason, strerror(errno));
	}
	return 0;
}

size_t
walls_list(bool standing, char text[WALLS_TEXT_MAX])
{
	size_t i, size = 0, count = 0;

	(void)snprintf(text, WALLS_TEXT_MAX, "none");
	for (i = 0; i < COUNT; i++) {
		if (((found & 1U << i) != 0) != standing)
			continue;
		size += (size_t)snprintf(text + size, WALLS_TEXT_MAX - size, "%s%s",
					 count > 0 ? " " : "", walls[i].name);
		count++;
	}
	return count;
}

void
walls_print_all(void)
{
	size_t i;

	printf("Behind the policies, where the kernel has them:\n\n");
	for (i = 0; i < COUNT; i++)
		printf("%s\n        %s\n", walls[i].name, walls[i].reason);
}

/* In the thread's control block, where code from GCC reads it (glibc's sysdeps); on other
 * architectures it is in memory that is read-only by now. */
__attribute__((no_stack_protector)) void
walls_change_canary(void)
{
#ifdef __x86_64__
	uint64_t canary = 0;

	if (getrandom(&canary, sizeof(canary), 0) != (ssize_t)sizeof(canary))
		_exit(1);
	/* the zero byte stops string functions before they reach it */
	__asm__ volatile("movq %0, %%fs:0x28" : : "r"(canary & ~UINT64_C(0xFF)) : "memory");
#endif
}
