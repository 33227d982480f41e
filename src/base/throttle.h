/* SPDX-License-Identifier: ISC */
/*
 * A throttle for the log: during an outage each request would log the same. A number of lines
 * passes per time span; the others are counted.
 */
#ifndef THROTTLE_H
#define THROTTLE_H

#include "base/clock.h"

#include <stdbool.h>
#include <stdint.h>

#define THROTTLE_LINES 10
#define THROTTLE_SPAN  (10 * CLOCK_SECOND)

/*
 * It starts as zeroed memory.
 */
struct throttle {
	int64_t since;	    /* when the span began, clock.h */
	unsigned int lines; /* passed in it */
	unsigned int held;  /* held back since the last line that passed */
};

/*
 * True when a line may be written at the moment `now`. *held is then the number of lines held back
 * before it; until then they are counted.
 */
bool throttle_passes(struct throttle *throttle, int64_t now, unsigned int *held);

#endif
