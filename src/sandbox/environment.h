/* SPDX-License-Identifier: ISC */
/*
 * What a program inherits from the server: environment variables and open descriptors. All of
 * it is dropped.
 */
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include "base/fault.h"
#include "base/must_use.h"

#include <stdbool.h>

/*
 * Empties the environment. If a variable was set that acts on a program before its main(), the
 * program is executed once more without any, and this does not return. Returns 0, or -1 with *fault
 * set.
 */
MUST_USE int environment_drop(char **argv, struct fault *fault);

/*
 * The names of the dangerous variables that were dropped, separated by spaces,
 * or "" when there were none. For --check.
 */
const char *environment_dropped(void);

/*
 * True when NO_COLOR was set (https://no-color.org).
 */
bool environment_forbids_colour(void);

/*
 * True when `fd` leads to the journal, according to the environment (JOURNAL_STREAM,
 * systemd.exec(5)).
 */
bool environment_journal_has(int fd);

/*
 * Makes sure that descriptors 0, 1 and 2 are open, and closes all others.
 * Returns 0, or -1 with *fault set.
 */
MUST_USE int environment_tidy_descriptors(struct fault *fault);

/*
 * Closes all descriptors from `first` on; if the kernel offers nothing better, those below the
 * limit one by one. It works behind the monitor's seal. Returns 0, or -1 with errno set.
 */
MUST_USE int environment_close_from(int first);

/*
 * Moves standard output to a private descriptor, which is returned, and makes 1 lead nowhere, so
 * that no library can write a byte to the server. -1 with *fault set when that fails.
 */
MUST_USE int environment_take_output(struct fault *fault);

#endif
