/* SPDX-License-Identifier: ISC */
/*
 * Walls: what the kernel offers besides seccomp, limits and Landlock to confine a compromised
 * worker or resolver. Each can be missing, for lack of a newer kernel or of permission; the log
 * line "serving" names those in place.
 */
#ifndef WALLS_H
#define WALLS_H

#include "base/fault.h"
#include "base/must_use.h"

#include <stdbool.h>
#include <stddef.h>

#define WALLS_TEXT_MAX 128 /* bytes that hold the names of all of them */

/*
 * Who stands behind them. What the monitor raises is its children's as well.
 */
enum walls_process {
	WALLS_MONITOR,
	WALLS_WORKER,
	WALLS_RESOLVER,
};

/*
 * Finds out, in a child that ends, which walls can be had here, for walls_raise() to
 * raise and walls_list() to name. Called once, before anything is sealed; the children
 * that come later know it, too. Returns 0, or -1 with *fault set.
 */
MUST_USE int walls_survey(struct fault *fault);

/*
 * Raises around this process those of its walls that the survey has found. The
 * process must open /proc/self/status before, if it is to be shown to others: its
 * ids cannot be read in a new user namespace. Returns 0, or -1 with *fault set when
 * one could not be raised after all; what then stands is as tight as without it.
 */
MUST_USE int walls_raise(enum walls_process process, struct fault *fault);

/*
 * Writes the names of the walls that the survey has found, or has not found, to
 * `text`, separated by spaces; "none" when there are none. Returns their number.
 */
size_t walls_list(bool standing, char text[WALLS_TEXT_MAX]);

/*
 * Prints what each wall is for to standard output.
 */
void walls_print_all(void);

/*
 * Gives the calling process a stack canary of its own: successors that were forked by
 * one process share its canary, so a guess in one is a guess in all. Functions
 * that were entered before must never return, or they find their canary changed.
 */
void walls_change_canary(void);

#endif
