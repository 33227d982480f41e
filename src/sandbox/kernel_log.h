/* SPDX-License-Identifier: ISC */
/*
 * The kernel's log, in which it records the system call that a process was killed for. Reading it
 * takes privileges that are given up later, so it is opened early, and is useful only if a user
 * with these privileges started the program.
 */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Opens the log after its newest record. Returns a descriptor, or -1 when we may not read it.
 */
int kernel_log_open(void);

/*
 * Searches what has been recorded since for the system call that process `pid` was killed for, and
 * writes its name to `name`, cut at `room` bytes with the final NUL. Waits for the record for a
 * tenth of a second at most. False when there is none.
 */
bool kernel_log_find_call(int log, pid_t pid, char *name, size_t room);

#endif
