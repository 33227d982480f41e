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

#include "base/clock.h"

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

/*@ // closed, or open after enough failures for a time between the two limits
  @ predicate breaker_valid{L}(struct breaker *b) =
  @	(b->failures < BREAKER_FAILURES && b->limit == 0) ||
  @	(b->failures == BREAKER_FAILURES && BREAKER_LIMIT_MIN <= b->limit <= BREAKER_LIMIT_MAX);
  @
  @ predicate breaker_filled{L}(struct breaker *b) =
  @	\initialized(&b->failures) && \initialized(&b->limit) && \initialized(&b->until);
  @*/

/*
 * True when a request may be asked of the API at the moment `now`.
 */
/*@ requires \valid_read(breaker) && breaker_filled(breaker);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> breaker->limit == 0 || now >= breaker->until;
  @*/
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
/*@ requires \valid(breaker) && breaker_filled(breaker);
  @ requires breaker_valid(breaker);
  @ requires 0 <= now <= INT64_MAX - BREAKER_LIMIT_MAX;
  @ terminates \true;
  @ assigns *breaker;
  @ ensures breaker_valid(breaker);
  @ behavior available:
  @	assumes available;
  @	ensures breaker->failures == 0 && breaker->limit == 0;
  @	ensures \result == (\old(breaker->limit) != 0 ? BREAKER_CLOSED : BREAKER_SAME);
  @ behavior counted:
  @	assumes !available && breaker->failures + 1 < BREAKER_FAILURES;
  @	ensures breaker->failures == \old(breaker->failures) + 1 && breaker->limit == 0;
  @	ensures \result == BREAKER_SAME;
  @ behavior opened:
  @	assumes !available && breaker->failures + 1 >= BREAKER_FAILURES;
  @	ensures breaker->failures == BREAKER_FAILURES;
  @	ensures breaker->limit == (\old(breaker->limit) == 0 ? BREAKER_LIMIT_MIN :
  @		\min(2 * \old(breaker->limit), BREAKER_LIMIT_MAX));
  @	ensures now <= breaker->until <= now + breaker->limit;
  @	ensures \result == BREAKER_OPENED;
  @ complete behaviors;
  @ disjoint behaviors;
  @*/
enum breaker_change breaker_note(struct breaker *breaker, bool available, int64_t now,
				 uint32_t random);

#endif
