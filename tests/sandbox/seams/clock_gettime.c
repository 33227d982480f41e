/* SPDX-License-Identifier: ISC */
/*
 * The time of day is set back by 40 minutes and forward again, time after time.
 * libcurl and OpenSSL get these functions, too: what the program defines
 * goes before what the C library does. No other clock jumps: libcurl 8.14 measures by
 * CLOCK_MONOTONIC_RAW.
 */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SET_BACK 2400 /* seconds */

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	static unsigned int looks;
	int result = (int)syscall(SYS_clock_gettime, clock, now);

	/* one bit of Fibonacci hashing: a request with so many looks at the clock must
	 * not see the same each time */
	if ((clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) &&
	    (looks++ * 2654435769U) >> 31 != 0)
		now->tv_sec -= SET_BACK;
	return result;
}

int
__wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	return clock_gettime(clock, now);
}

time_t
time(time_t *seconds)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (seconds != NULL)
		*seconds = now.tv_sec;
	return now.tv_sec;
}

int
gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec precise;

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &precise);
	now->tv_sec = precise.tv_sec;
	now->tv_usec = precise.tv_nsec / 1000;
	return 0;
}
