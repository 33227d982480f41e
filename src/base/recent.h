/* SPDX-License-Identifier: ISC */
/*
 * How often something has happened lately.
 */
#ifndef RECENT_H
#define RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECENT_MAX 5 /* times that are remembered */

/*
 * Zeroed memory has none.
 */
struct recent {
	int64_t times[RECENT_MAX]; /* clock.h */
	size_t count;
};

/*
 * Notes that it happens `now`, clock.h. True when it has happened `most` times before,
 * at most RECENT_MAX, in the last `span` microseconds. It is always called with the
 * same `most`.
 */
bool recent_exceeds(struct recent *recent, size_t most, int64_t span, int64_t now);

#endif
