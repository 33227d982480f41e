/* SPDX-License-Identifier: ISC */
/*
 * Confirms by the kernel that a process is sealed: the monitor does not trust a worker's claim.
 */
#ifndef CONFIRM_H
#define CONFIRM_H

#include "base/fault.h"
#include "base/must_use.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * Reads what the kernel says of the process `pid` and returns 0 when it has a
 * seccomp filter of its own, on top of those it has from us, and no_new_privs, no
 * capability, our ids, no processes or core files to make, and cannot be dumped
 * or traced; and when we have no capability either. -1 with *fault set otherwise.
 *
 * `file` is /proc/self/status as the process itself has opened it, and stays the
 * caller's; -1 when there is none. We could not open it where /proc is mounted
 * with hidepid (proc(5)), which hides processes that we must not trace.
 *
 * `bounded` tells that the capability bounding set must be empty, too: only a privileged
 * process can empty it, and under no_new_privs what is left in it grants nothing.
 */
MUST_USE int confirm_sealed(int file, pid_t pid, bool bounded, struct fault *fault);

#endif
