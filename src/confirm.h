/* SPDX-License-Identifier: ISC */
/*
 * What the kernel says of a process: the monitor does not take a worker's word
 * for being sealed.
 */
#ifndef CONFIRM_H
#define CONFIRM_H

#include "fault.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * Reads /proc/PID/status and returns 0 when the process has a seccomp filter of
 * its own, on top of those it has from us, and no_new_privs, no capability, our
 * ids, and cannot be dumped or traced. -1 with *fault set otherwise. `bounded` tells that the capability
 * bounding set must be empty, too: nobody but a privileged process can empty it,
 * and with no_new_privs what is left in it cannot be had.
 */
int confirm_sealed(pid_t pid, bool bounded, struct fault *fault);

#endif
