/* SPDX-License-Identifier: ISC */
/*
 * The circuit breaker: when the API has failed several times in a row, requests
 * are answered "unavailable" at once for a while, so that a slow API does not
 * turn into a queue of logins in front of a dead one. Then one request is let
 * through as a probe; what comes of it decides.
 *
 *            5 failures in a row                 the time is over
 *     closed ───────────────────▶ open ─────────────────────────▶ probing
 *       ▲                          ▲ │                               │
 *       │                          └─┼── failure: twice as long ─────┤
 *       └────────────────────────────┼── success ────────────────────┘
 *
 * Times and randomness come from the caller: this module is pure. One request
 * is under way at a time, so the request that finds the time over is the probe.
 */
#ifndef BREAKER_H
#define BREAKER_H

#include "clock.h"

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_FAILURES  5		      /* in a row, before it opens */
#define BREAKER_LIMIT_MIN (1 * CLOCK_SECOND)  /* open for at most this, the first time */
#define BREAKER_LIMIT_MAX (30 * CLOCK_SECOND) /* and never for more than this */

/*
 * Zeroed memory is a closed breaker.
 */
struct breaker {
	unsigned int failures; /* in a row, counted up to BREAKER_FAILURES */
	int64_t limit;	       /* microseconds; 0 while it is closed */
	int64_t until;	       /* clock.h; no request passes before this while it is open */
};

/*
 * True when a request may be asked of the API at the moment `now`.
 */
bool breaker_passes(const struct breaker *breaker, int64_t now);

enum breaker_change {
	BREAKER_SAME,
	BREAKER_OPENED, /* for the first time, or again after a probe */
	BREAKER_CLOSED,
};

/*
 * Notes what became of a request that was let through: whether the API was
 * available, granting or refusing. `random` is any number, each as likely as the
 * next: the breaker stays open for that fraction of its limit, so that many
 * programs do not probe at the same moment (full jitter). now >= 0.
 */
enum breaker_change breaker_note(struct breaker *breaker, bool available, int64_t now,
				 uint32_t random);

#endif
