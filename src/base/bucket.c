/* SPDX-License-Identifier: ISC */
#include "base/bucket.h"

#include "base/clock.h"

#include <stdbool.h>
#include <stdint.h>

#define INTERVAL (CLOCK_SECOND / BUCKET_A_SECOND)

/* Puts back the tokens that are due. */
static void
refill(struct bucket *bucket, int64_t now)
{
	int64_t due = (now - bucket->since) / INTERVAL;

	if (bucket->since != 0 && bucket->tokens + due < BUCKET_BURST) {
		bucket->tokens += (unsigned int)due;
		bucket->since += due * INTERVAL;
		return;
	}
	/* no more than this return on their own, but it may have been given more */
	if (bucket->tokens < BUCKET_BURST)
		bucket->tokens = BUCKET_BURST;
	bucket->since = now;
}

bool
bucket_take(struct bucket *bucket, int64_t now)
{
	refill(bucket, now);
	if (bucket->tokens == 0)
		return false;
	bucket->tokens--;
	return true;
}

void
bucket_fill(struct bucket *bucket, unsigned int tokens, int64_t now)
{
	refill(bucket, now);
	if (bucket->tokens < tokens)
		bucket->tokens = tokens;
}
