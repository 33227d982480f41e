/* SPDX-License-Identifier: ISC */
#include "base/throttle.h"

bool
throttle_passes(struct throttle *throttle, int64_t now, unsigned int *held)
{
	if (now - throttle->since >= THROTTLE_SPAN) {
		throttle->since = now;
		throttle->lines = 0;
	}
	if (throttle->lines >= THROTTLE_LINES) {
		throttle->held++;
		return false;
	}
	throttle->lines++;
	*held = throttle->held;
	throttle->held = 0;
	return true;
}
