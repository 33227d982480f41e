/* SPDX-License-Identifier: ISC */
#include "core/breaker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum breaker_sign
breaker_sign_of(long status)
{
	if (status == 429)
		return BREAKER_RATE_LIMITED;
	return status == 0 || (status >= 502 && status <= 504) ? BREAKER_UNHEALTHY
							       : BREAKER_HEALTHY;
}

int64_t
breaker_retry_after(struct view value)
{
	int64_t wait = 0;
	size_t i;

	/*@ loop invariant 0 <= i <= value.size;
	  @ loop invariant 0 <= wait <= BREAKER_BACKOFF_MAX;
	  @ loop assigns i, wait;
	  @ loop variant value.size - i;
	  @*/
	for (i = 0; i < value.size; i++) {
		if (value.data[i] < '0' || value.data[i] > '9')
			return 0;
		wait = wait * 10 + (value.data[i] - '0') * CLOCK_SECOND;
		if (wait > BREAKER_BACKOFF_MAX)
			wait = BREAKER_BACKOFF_MAX;
	}
	return wait;
}

bool
breaker_passes(const struct breaker *breaker, int64_t now)
{
	return breaker->backoff == 0 || now >= breaker->until;
}

/* The next backoff: the first one, or twice the last one. */
/*@ requires backoff == 0 || BREAKER_BACKOFF_MIN <= backoff <= BREAKER_BACKOFF_MAX;
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result ==
  @	(backoff == 0 ? BREAKER_BACKOFF_MIN : \min(2 * backoff, BREAKER_BACKOFF_MAX));
  @*/
static int64_t
next_backoff(int64_t backoff)
{
	if (backoff == 0)
		return BREAKER_BACKOFF_MIN;
	return backoff >= BREAKER_BACKOFF_MAX / 2 ? BREAKER_BACKOFF_MAX : backoff * 2;
}

/* `random` as a fraction of the backoff. */
/*@ requires 0 <= backoff <= BREAKER_BACKOFF_MAX;
  @ terminates \true;
  @ assigns \nothing;
  @ ensures 0 <= \result <= backoff;
  @*/
static int64_t
jittered(int64_t backoff, uint32_t random)
{
	return (int64_t)((uint64_t)backoff * random / ((uint64_t)1 << 32));
}

enum breaker_change
breaker_note(struct breaker *breaker, bool healthy, int64_t wait, int64_t now, uint32_t random)
{
	bool was_open = breaker->backoff != 0;
	int64_t spread;

	if (healthy) {
		breaker->failures = 0;
		breaker->backoff = 0;
		breaker->until = 0;
		return was_open ? BREAKER_CLOSED : BREAKER_SAME;
	}
	if (breaker->failures < BREAKER_FAILURES)
		breaker->failures++;
	if (breaker->failures < BREAKER_FAILURES)
		return BREAKER_SAME;
	breaker->backoff = next_backoff(breaker->backoff);
	spread = jittered(breaker->backoff, random);
	breaker->until = now + (wait > spread ? wait : spread);
	return BREAKER_OPENED;
}
