/* SPDX-License-Identifier: ISC */
/*
 * Counters for Prometheus, in a file for node_exporter's textfile collector.
 *
 * A pool of programs has one command line, so each takes a number of its own:
 * the setting /DIR/NAME.prom becomes /DIR/NAME.0.prom for the first, and so on,
 * in the order in which programs get the lock. All files are opened before the sandbox
 * is sealed: /DIR/NAME.0.prom.next next to it is written, and then the two exchange
 * names. A reader never sees a partial file if it is done before the next but one write.
 */
#ifndef METRICS_H
#define METRICS_H

#include "base/fault.h"
#include "base/must_use.h"

#include <stdbool.h>

struct statistics;

#define METRICS_TEXT_MAX 16384 /* bytes of the whole text */
#define METRICS_NAME_MAX 256   /* bytes of a file's name with the NUL */
#define METRICS_SLOTS	 1024  /* programs with one setting; doc/protocol.md section 2.6 */

struct metrics {
	int directory; /* -1: there are no metrics */
	int files[2];  /* the one that is read, and the one that is written */
	char names[2][METRICS_NAME_MAX];
	unsigned int slot;
};

/*
 * Opens the files for `path`, or none when it is NULL. Returns 0, or -1 with
 * *fault set.
 */
MUST_USE int metrics_open(struct metrics *metrics, const char *path, struct fault *fault);

/*
 * Writes the counters as they now are. Returns 0, or -1 with *fault set.
 */
MUST_USE int metrics_write(struct metrics *metrics, const struct statistics *statistics,
			   bool serving, struct fault *fault);

/*
 * Empties the file, so that a program that has ended does not look alive, and closes everything.
 */
void metrics_close(struct metrics *metrics);

#endif
