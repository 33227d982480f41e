/* SPDX-License-Identifier: ISC */
/*
 * When the program ends so that the server starts another one: a seal cannot be removed, not even
 * by executing the program again, and all workers are forked from one memory layout. Servers at
 * once restart a program that ends between two frames, and send the next one what it has not read;
 * but not a program that ended too soon (doc/protocol.md section 2.1).
 */
#ifndef AFRESH_H
#define AFRESH_H

#include "base/clock.h"
#include "base/recent.h"

#include <stdbool.h>
#include <stdint.h>

/* The server treats a program that ends sooner as one that cannot be started at all
 * (doc/protocol.md section 2.1). */
#define AFRESH_LIFE_MIN (2 * CLOCK_SECOND)

/* A seal that did not even fit at the start is renewed less often. */
#define AFRESH_LIFE_UNSERVED (10 * CLOCK_SECOND)

/* The program ends when the server has been quiet for this long; or, after the longer time,
 * between any two frames. */
#define AFRESH_QUIET	 (100 * CLOCK_MILLISECOND)
#define AFRESH_QUIET_MAX (2 * CLOCK_SECOND)

/*
 * An attacker who guesses at the one layout by crashing workers has this many tries in this time,
 * and would need a thousand.
 */
#define AFRESH_SUSPICIONS_MAX 5
#define AFRESH_HOUR	      (3600 * CLOCK_SECOND)

/*
 * Zeroed memory is a program that goes on.
 */
struct afresh {
	int64_t since; /* clock.h; since when the seal does not fit; 0: it fits */
	struct recent suspicions;
	bool guessed; /* there were too many: this layout must not be used any more */
};

/*
 * The monitor's own seal forbids what the settings name now: directories were replaced, symbolic
 * links turned, ports changed. Logs it, once.
 */
void afresh_begin(struct afresh *afresh);

/*
 * Notes the death of a worker or resolver that an attempt to take it over could have caused. When
 * there were too many, logs it, once.
 */
void afresh_suspect(struct afresh *afresh);

/*
 * True when the program may end for that reason now, between two frames: it was `started` then, has
 * `served` or not, and the server's last frame came at `heard`, all clock.h.
 */
bool afresh_is_due(const struct afresh *afresh, int64_t started, bool served, int64_t heard);

/*
 * When to call afresh_is_due() again, clock.h.
 */
int64_t afresh_wake(const struct afresh *afresh);

#endif
