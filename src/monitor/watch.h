/* SPDX-License-Identifier: ISC */
/*
 * Watching the files that the settings were made of: ejabberd's reload_config
 * does not restart its helpers, so a new certificate would go unnoticed.
 */
#ifndef WATCH_H
#define WATCH_H

#include "base/clock.h"

#include <stdbool.h>
#include <stdint.h>

struct command_line;
struct settings;

#define WATCH_INTERVAL (2 * CLOCK_SECOND) /* between two looks */

/*
 * What the files were like. Zeroed memory is the beginning.
 */
struct watch {
	uint64_t in_force; /* when the worker in charge read them */
	uint64_t seen;	   /* at the last look */
	int64_t next;	   /* when to look again; clock.h */
};

/*
 * A number that stands for what a file is now, and is another one when the file has been
 * written, replaced or removed, or lent other rights.
 */
uint64_t watch_mark(const char *path);

/*
 * Notes that the files, as they are now, are being read.
 */
void watch_note(struct watch *watch, const struct settings *settings,
		const struct command_line *line);

/*
 * Looks at the files when it is time to. True when they are not what was noted,
 * and have not changed since the last look: a file may take a moment to be written. The
 * change counts as noted then.
 */
bool watch_look(struct watch *watch, const struct settings *settings,
		const struct command_line *line);

#endif
