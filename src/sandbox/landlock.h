/* SPDX-License-Identifier: ISC */
/*
 * Landlock: what a process may reach in the file system and by TCP, as far as the running
 * kernel supports it (Documentation/userspace-api/landlock.rst of
 * the kernel). The one layer of the sandbox that may be absent.
 */
#ifndef LANDLOCK_H
#define LANDLOCK_H

#include "base/fault.h"
#include "base/must_use.h"

#include <stdint.h>

/*
 * The kernel's Landlock ABI: 0 when it has none, else 1 and up. TCP rules need 4, scopes for
 * signals and abstract sockets 6.
 */
int landlock_abi(void);

/*
 * A set of rules under construction. Everything that the ABI knows is forbidden unless a rule
 * allows it. The descriptor is -1 when there is no Landlock; all functions then do nothing and
 * succeed.
 */
/* From this ABI on, Linux 6.7, rules restrict the ports that TCP reaches. */
#define LANDLOCK_ABI_PORTS 4

struct landlock {
	int abi;
	int ruleset;
};

/*
 * Starts a set in which nothing is allowed. Returns 0, or -1 with *fault set.
 */
MUST_USE int landlock_open(struct landlock *landlock, struct fault *fault);

/*
 * Allows reading what is beneath `path`, itself included. A path that does not
 * exist is left out. Returns 0, or -1 with *fault set.
 */
MUST_USE int landlock_allow_read(struct landlock *landlock, const char *path, struct fault *fault);

/*
 * Allows creating files in the directory `path`, and opening those in it for writing. Returns 0, or
 * -1 with *fault set.
 */
MUST_USE int landlock_allow_write(struct landlock *landlock, const char *path, struct fault *fault);

/*
 * Allows renaming files in the directory `path`. Returns 0, or -1 with *fault set.
 */
MUST_USE int landlock_allow_rename(struct landlock *landlock, const char *path,
				   struct fault *fault);

/*
 * Allows TCP connections to `port`, on every address. From ABI 4 on.
 */
MUST_USE int landlock_allow_connect(struct landlock *landlock, uint16_t port, struct fault *fault);

/*
 * Puts the set in force for the rest of the process's life and closes it.
 * Needs no_new_privs. Returns 0, or -1 with *fault set.
 */
MUST_USE int landlock_seal(struct landlock *landlock, struct fault *fault);

/*
 * Tries to open the root directory, which no rule of ours allows. Returns 0 when that is forbidden,
 * or -1 with *fault set. Only for a set without rules.
 */
MUST_USE int landlock_confirm(struct fault *fault);

#endif
