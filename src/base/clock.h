/* SPDX-License-Identifier: ISC */
/*
 * Time as this program uses it: microseconds of the monotonic clock, so that setting the
 * machine's clock does not move deadlines.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

#define CLOCK_MILLISECOND INT64_C(1000)
#define CLOCK_SECOND	  INT64_C(1000000)
#define CLOCK_NEVER	  INT64_MAX

/*
 * Now, in microseconds since some moment before the machine started.
 */
int64_t clock_now(void);

/*
 * The time-out for poll(2) that ends at `deadline`, in milliseconds rounded up
 * so that the wait does not end before it: 0 when it has passed, -1 (wait for
 * ever) when it is CLOCK_NEVER.
 */
int clock_poll_timeout(int64_t deadline);

/*
 * The earlier of two moments.
 */
int64_t clock_earlier(int64_t a, int64_t b);

#endif
