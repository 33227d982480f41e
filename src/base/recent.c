/* SPDX-License-Identifier: ISC */
#include "base/recent.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool
recent_exceeds(struct recent *recent, size_t most, int64_t span, int64_t now)
{
	int64_t *oldest = &recent->times[recent->count % most];
	bool exceeds = recent->count >= most && now - *oldest < span;

	*oldest = now;
	recent->count++;
	return exceeds;
}
