/* SPDX-License-Identifier: ISC */
#define _POSIX_C_SOURCE 200809L
#include "base/clock.h"

#include <limits.h>
#include <time.h>

int64_t
clock_now(void)
{
	struct timespec now;

	/* cannot fail: the clock exists and the address is ours */
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * CLOCK_SECOND + now.tv_nsec / 1000;
}

int
clock_poll_timeout(int64_t deadline)
{
	int64_t left;

	if (deadline == CLOCK_NEVER)
		return -1;
	left = deadline - clock_now();
	if (left <= 0)
		return 0;
	left = (left + CLOCK_MILLISECOND - 1) / CLOCK_MILLISECOND;
	return left > INT_MAX ? INT_MAX : (int)left;
}

int64_t
clock_earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}
