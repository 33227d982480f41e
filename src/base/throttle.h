/* SPDX-License-Identifier: ISC */
/*
 * A throttle for the log: during an outage each request would log the same. A number of lines
 * passes per time span; the rest are counted.
 */
#ifndef THROTTLE_H
#define THROTTLE_H

#include "base/clock.h"

#include <stdbool.h>
#include <stdint.h>

#define THROTTLE_LINES 10
#define THROTTLE_SPAN  (10 * CLOCK_SECOND)

/*
 * Zeroed memory is the beginning.
 */
struct throttle {
	int64_t since;	    /* when the span began, clock.h */
	unsigned int lines; /* passed in it */
	unsigned int held;  /* held back since a line passed last */
};

/*
 * True when a line may be written at the moment `now`. *held is then how many
 * were held back before it; what is held back counts until then.
 */
bool throttle_passes(struct throttle *throttle, int64_t now, unsigned int *held);

#endif
