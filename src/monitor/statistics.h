/* SPDX-License-Identifier: ISC */
/*
 * Counters of requests and their results, made from the outcomes.
 */
#ifndef STATISTICS_H
#define STATISTICS_H

#include "core/operation.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Latencies are counted in classes, eight to each doubling: a quantile read from
 * them is at most an eighth too high.
 */
#define STATISTICS_CLASSES_PER_DOUBLING ((size_t)8)
#define STATISTICS_DOUBLINGS		26 /* up to 67 s, above any deadline */
#define STATISTICS_CLASSES		(STATISTICS_CLASSES_PER_DOUBLING * STATISTICS_DOUBLINGS)

#define STATISTICS_VERDICTS 3

struct statistics {
	uint64_t requests[OPERATION_COUNT][STATISTICS_VERDICTS]; /* asked of an API */
	uint64_t refused_locally; /* requests refused without asking */
	uint64_t malformed;	  /* frames that were not a valid request */
	uint64_t short_circuited; /* requests that came while a breaker was open */
	uint64_t attempts;	  /* HTTP requests, repeated ones too */
	uint64_t connections;	  /* new ones */
	uint64_t latency[STATISTICS_CLASSES];
	uint64_t latency_sum; /* microseconds */
	uint64_t latency_max;
	uint64_t breakers_open;
	int64_t certificate_expiry; /* the first of all APIs; outcome.h */
	uint64_t replacements;	    /* of workers */
	uint64_t last_reload; /* when settings were read again, in seconds since 1970; 0: never */
	bool reload_failed;   /* and the old ones stayed in force */
};

/*
 * Counts one latency, in microseconds.
 */
void statistics_note_latency(struct statistics *statistics, int64_t latency);

/*
 * Notes that settings were read again just now, and whether they are in force.
 */
void statistics_note_reload(struct statistics *statistics, bool succeeded);

/*
 * The class that a latency is counted in, and the latency, in microseconds, that
 * a class ends below.
 */
size_t statistics_class(uint64_t latency);
uint64_t statistics_class_end(size_t class);

/*
 * The latency, in microseconds, that `per_mille` thousandths of all stay below;
 * 0 when there are none.
 */
uint64_t statistics_quantile(const struct statistics *statistics, unsigned int per_mille);

/*
 * Writes one line of counters to the log.
 */
void statistics_log(const struct statistics *statistics);

#endif
