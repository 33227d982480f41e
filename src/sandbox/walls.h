/* SPDX-License-Identifier: ISC */
/*
 * Walls: what the kernel offers besides seccomp, resource limits and Landlock to confine a
 * compromised worker or resolver. Each may be unavailable, for lack of a newer kernel or of
 * permission; the log line "serving" names those in place.
 */
#ifndef WALLS_H
#define WALLS_H

#include "base/fault.h"
#include "base/must_use.h"

#include <stdbool.h>
#include <stddef.h>

#define WALLS_TEXT_MAX 128 /* bytes for the names of all of them */

/*
 * Which process raises them. Those of the monitor also hold its children.
 */
enum walls_process {
	WALLS_MONITOR,
	WALLS_WORKER,
	WALLS_RESOLVER,
};

/*
 * Finds out, in a child that exits, which walls are available here, for walls_raise() to raise and
 * walls_list() to name. Called once, before anything is sealed; children that are forked later know
 * the result, too. Returns 0, or -1 with *fault set.
 */
MUST_USE int walls_survey(struct fault *fault);

/*
 * Raises those walls of this process that the survey has found. If its /proc/self/status is to be
 * passed on, it must be opened before: its ids cannot be read in a new user namespace. Returns 0,
 * or -1 with *fault set when one could not be raised after all; the others are no weaker without
 * it.
 */
MUST_USE int walls_raise(enum walls_process process, struct fault *fault);

/*
 * Writes the names of the walls that the survey has found, or has not found, to `text`, separated
 * by spaces; "none" when there are none. Returns their number.
 */
size_t walls_list(bool standing, char text[WALLS_TEXT_MAX]);

/*
 * Prints what each wall is for to standard output.
 */
void walls_print_all(void);

/*
 * Gives the calling process a stack canary of its own: all processes that one process forks share
 * its canary, so a correct guess in one would be correct in all. Functions that were entered before
 * must never return, because they would find the canary changed.
 */
void walls_change_canary(void);

#endif
