/* SPDX-License-Identifier: ISC */
#include "core/breaker.h"

bool
breaker_passes(const struct breaker *breaker, int64_t now)
{
	return breaker->limit == 0 || now >= breaker->until;
}

/* The next limit: the first one, or twice the last one. */
/*@ requires limit == 0 || BREAKER_LIMIT_MIN <= limit <= BREAKER_LIMIT_MAX;
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result == (limit == 0 ? BREAKER_LIMIT_MIN : \min(2 * limit, BREAKER_LIMIT_MAX));
  @*/
static int64_t
next_limit(int64_t limit)
{
	if (limit == 0)
		return BREAKER_LIMIT_MIN;
	return limit >= BREAKER_LIMIT_MAX / 2 ? BREAKER_LIMIT_MAX : limit * 2;
}

/* `random` as a fraction of the limit. */
/*@ requires 0 <= limit <= BREAKER_LIMIT_MAX;
  @ terminates \true;
  @ assigns \nothing;
  @ ensures 0 <= \result <= limit;
  @*/
static int64_t
jittered(int64_t limit, uint32_t random)
{
	return (int64_t)((uint64_t)limit * random / ((uint64_t)1 << 32));
}

enum breaker_change
breaker_note(struct breaker *breaker, bool available, int64_t now, uint32_t random)
{
	bool was_open = breaker->limit != 0;

	if (available) {
		breaker->failures = 0;
		breaker->limit = 0;
		breaker->until = 0;
		return was_open ? BREAKER_CLOSED : BREAKER_SAME;
	}
	if (breaker->failures < BREAKER_FAILURES)
		breaker->failures++;
	if (breaker->failures < BREAKER_FAILURES)
		return BREAKER_SAME;
	breaker->limit = next_limit(breaker->limit);
	breaker->until = now + jittered(breaker->limit, random);
	return BREAKER_OPENED;
}
