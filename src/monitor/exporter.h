/* SPDX-License-Identifier: ISC */
/*
 * The exporter: writes the counters to the log and to the metrics file, when each is due.
 */
#ifndef EXPORTER_H
#define EXPORTER_H

#include "base/clock.h"
#include "base/must_use.h"
#include "monitor/metrics.h"
#include "monitor/statistics.h"

#include <stdbool.h>
#include <stdint.h>

struct fault;
struct settings;

/* How often a metrics file is written when no interval is set: what Prometheus
 * asks for by default. */
#define EXPORTER_METRICS_INTERVAL (15 * CLOCK_SECOND)

/* The least time between two writes of a metrics file: a collector may have opened it and not
 * read it yet, and the next but one write goes to the same file. */
#define EXPORTER_METRICS_REST (1 * CLOCK_SECOND)

struct exporter {
	struct metrics metrics;
	struct statistics statistics;
	int64_t interval;		 /* between two lines in the log; 0: none */
	int64_t next_line, next_metrics; /* clock.h; CLOCK_NEVER */
	int64_t metrics_rest;		 /* no write before this */
	bool failed;			 /* the metrics file could not be written; logged once */
};

/*
 * Begins to count, and opens the metrics file that the settings name, if they do (or are NULL).
 * Must run before the sandbox is sealed. Returns 0, or -1 with *fault set; counters work in either
 * case.
 */
MUST_USE int exporter_open(struct exporter *exporter, const struct settings *settings,
			   struct fault *fault);

/*
 * Writes what is due; with `at_once` also a line in the log now, and the metrics as soon as
 * possible.
 */
void exporter_advance(struct exporter *exporter, bool at_once, bool serving);

/*
 * When something is due, clock.h.
 */
int64_t exporter_wake(const struct exporter *exporter);

void exporter_close(struct exporter *exporter);

#endif
