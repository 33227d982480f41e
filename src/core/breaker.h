/* SPDX-License-Identifier: ISC */
/*
 * The circuit breaker: when the API has failed several times in a row, requests
 * get the reply "unavailable" at once for a while, so that a slow API does not
 * turn into a queue of logins in front of a dead one. Then one request is let
 * through as a probe, and its result decides.
 *
 *              5 failures in a row                  the time is over
 *     closed ───────────────────▶ open ─────────────────────────▶ probing
 *       ▲                          ▲ │                               │
 *       │                          └─┼── failure: twice as long ─────┤
 *       └────────────────────────────┼── healthy ────────────────────┘
 *
 * Only signs that the API, or the way to it, is unhealthy count: no connection, no
 * TLS, no whole answer in time, and the statuses by which servers and proxies say
 * so. An API that answers at all, whatever the answer, is up: were the breaker to open
 * on anything a user can type, one user could lock out all others.
 *
 * Times and randomness come from the caller: this module is pure. One request
 * is under way at a time, so the request that finds the time over is the probe.
 */
#ifndef BREAKER_H
#define BREAKER_H

#include "base/clock.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_FAILURES    5			/* in a row, before it opens */
#define BREAKER_BACKOFF_MIN (1 * CLOCK_SECOND)	/* open for at most this, the first time */
#define BREAKER_BACKOFF_MAX (30 * CLOCK_SECOND) /* and never longer than this */

/*
 * Zeroed memory is a closed breaker.
 */
struct breaker {
	unsigned int failures; /* in a row, counted up to BREAKER_FAILURES */
	int64_t backoff;       /* microseconds: the longest it stays open; 0 while it is closed */
	int64_t until;	       /* clock.h; no request passes before this while it is open */
};

#include "core/breaker_spec.h"

/*
 * What an exchange says about the API and the way to it.
 */
enum breaker_sign {
	BREAKER_HEALTHY,      /* it answers */
	BREAKER_UNHEALTHY,    /* it does not, or says that it cannot */
	BREAKER_RATE_LIMITED, /* it has had too many requests: of ours, or for one account */
};

/*
 * The sign in an HTTP status; 0 means that no whole answer came. 502, 503 and 504 come from a
 * server that cannot answer now (RFC 9110, section 15.6), 429 from one that was asked too often
 * (RFC 6585, section 4).
 */
/*@ terminates \true;
  @ assigns \nothing;
  @ ensures \result == BREAKER_RATE_LIMITED <==> status == 429;
  @ ensures \result == BREAKER_UNHEALTHY <==>
  @	status == 0 || status == 502 || status == 503 || status == 504;
  @ ensures \result == BREAKER_HEALTHY || \result == BREAKER_UNHEALTHY ||
  @	\result == BREAKER_RATE_LIMITED;
  @*/
enum breaker_sign breaker_sign_of(long status);

/*
 * The time in a Retry-After field, at most BREAKER_BACKOFF_MAX. 0 when it is not a number of
 * seconds: a date (RFC 9110, section 10.2.3) would depend on this machine's clock, and one that is
 * an hour off would close the API for half a minute each time.
 */
/*@ requires view_readable(value);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures 0 <= \result <= BREAKER_BACKOFF_MAX;
  @*/
int64_t breaker_retry_after(struct view value);

/*
 * True when the API may be asked at the moment `now`.
 */
/*@ requires \valid_read(breaker) && breaker_filled(breaker);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> breaker->backoff == 0 || now >= breaker->until;
  @*/
bool breaker_passes(const struct breaker *breaker, int64_t now);

enum breaker_change {
	BREAKER_SAME,
	BREAKER_OPENED, /* for the first time, or again after a probe */
	BREAKER_CLOSED,
};

/*
 * Notes the result of a request that was let through: whether the API is healthy. `random` is
 * uniformly distributed: the breaker stays open for that fraction of its backoff, so that many
 * programs do not probe at the same moment (full jitter); but not for less than `wait`
 * microseconds, which the API has asked for. now >= 0.
 */
/*@ requires \valid(breaker) && breaker_filled(breaker);
  @ requires breaker_valid(breaker);
  @ requires 0 <= now <= INT64_MAX - BREAKER_BACKOFF_MAX;
  @ requires 0 <= wait <= BREAKER_BACKOFF_MAX;
  @ terminates \true;
  @ assigns *breaker;
  @ ensures breaker_valid(breaker);
  @ behavior healthy:
  @	assumes healthy;
  @	ensures breaker->failures == 0 && breaker->backoff == 0;
  @	ensures \result == (\old(breaker->backoff) != 0 ? BREAKER_CLOSED : BREAKER_SAME);
  @ behavior counted:
  @	assumes !healthy && breaker->failures + 1 < BREAKER_FAILURES;
  @	ensures breaker->failures == \old(breaker->failures) + 1 && breaker->backoff == 0;
  @	ensures \result == BREAKER_SAME;
  @ behavior opened:
  @	assumes !healthy && breaker->failures + 1 >= BREAKER_FAILURES;
  @	ensures breaker->failures == BREAKER_FAILURES;
  @	ensures breaker->backoff == (\old(breaker->backoff) == 0 ? BREAKER_BACKOFF_MIN :
  @		\min(2 * \old(breaker->backoff), BREAKER_BACKOFF_MAX));
  @	ensures now + wait <= breaker->until <= now + \max(wait, breaker->backoff);
  @	ensures \result == BREAKER_OPENED;
  @ complete behaviors;
  @ disjoint behaviors;
  @*/
enum breaker_change breaker_note(struct breaker *breaker, bool healthy, int64_t wait, int64_t now,
				 uint32_t random);

#endif
