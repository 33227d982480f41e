/* SPDX-License-Identifier: ISC */
/*
 * When a program ends so that the server starts another one: a seal cannot be removed, not even
 * by executing the program again, and all workers are forked from one memory layout. Servers
 * restart a program that ends between two frames at once, and send the next one what it has not
 * read; but not a program that ended too soon (doc/protocol.md section 2.1).
 */
#ifndef AFRESH_H
#define AFRESH_H

#include "base/clock.h"
#include "base/recent.h"

#include <stdbool.h>
#include <stdint.h>

/* A program that ends sooner is taken for one that cannot be started at all
 * (doc/protocol.md section 2.1). */
#define AFRESH_LIFE_MIN (2 * CLOCK_SECOND)

/* A seal that did not even fit at the start is made anew less often. */
#define AFRESH_LIFE_UNSERVED (10 * CLOCK_SECOND)

/* It ends where the server was quiet for so long; or after the longer time between any
 * two frames. */
#define AFRESH_QUIET	 (100 * CLOCK_MILLISECOND)
#define AFRESH_QUIET_MAX (2 * CLOCK_SECOND)

/*
 * Who guesses at the one layout by crashing workers has so many tries in this time,
 * and a thousand would be needed.
 */
#define AFRESH_SUSPICIONS_MAX 5
#define AFRESH_HOUR	      (3600 * CLOCK_SECOND)

/*
 * Zeroed memory is a program that goes on.
 */
struct afresh {
	int64_t since; /* clock.h; since when the seal does not fit; 0: it does */
	struct recent suspicions;
	bool guessed; /* there were too many: the layout is not to be used any more */
};

/*
 * The monitor's own seal forbids what the settings name by now: directories were
 * replaced, links turned, ports moved. Says so, once.
 */
void afresh_begin(struct afresh *afresh);

/*
 * Takes note of the death of a worker or resolver that an attempt to take it over could
 * have led to. When there were too many, says so, once.
 */
void afresh_suspect(struct afresh *afresh);

/*
 * True when the program may end for that now, between two frames: it was `started` then,
 * has `served` or not, and the server's last frame came at `heard`, all clock.h.
 */
bool afresh_is_due(const struct afresh *afresh, int64_t started, bool served, int64_t heard);

/*
 * When to ask again, clock.h.
 */
int64_t afresh_wake(const struct afresh *afresh);

#endif
