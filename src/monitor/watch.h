/* SPDX-License-Identifier: ISC */
/*
 * Watches the files that settings and trust were read from: ejabberd's reload_config does not
 * restart its helpers, so a new certificate would go unnoticed.
 */
#ifndef WATCH_H
#define WATCH_H

#include "base/clock.h"

#include <stdbool.h>
#include <stdint.h>

struct command_line;
struct settings;

#define WATCH_INTERVAL (2 * CLOCK_SECOND) /* between two checks */

/*
 * The state of the files. It starts as zeroed memory.
 */
struct watch {
	uint64_t in_force; /* when the current worker read them */
	uint64_t seen;	   /* at the last check */
	int64_t next;	   /* when to check again; clock.h */
};

/*
 * A number for the state of a file: it changes when the file is written, replaced or removed, or
 * its permissions change.
 */
uint64_t watch_mark(const char *path);

/*
 * Notes that the files, as they are now, are being read.
 */
void watch_note(struct watch *watch, const struct settings *settings,
		const struct command_line *line);

/*
 * Checks the files when it is time to. True when they are not as noted, and have not changed since
 * the last check: a file may take a moment to be written. The change then counts as noted.
 */
bool watch_look(struct watch *watch, const struct settings *settings,
		const struct command_line *line);

#endif
