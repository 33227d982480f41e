/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "base/clock.h"
#include "core/breaker.h"

#define LONGEST UINT32_MAX /* the whole backoff, less than a microsecond short of it */

static void
fail_times(struct breaker *breaker, int times, int64_t now)
{
	while (times-- > 0)
		(void)breaker_note(breaker, false, 0, now, LONGEST);
}

static void
four_failures_in_a_row_are_borne(void **state)
{
	struct breaker breaker = { 0 };

	(void)state;
	fail_times(&breaker, 4, 0);
	assert_true(breaker_passes(&breaker, 0));
	assert_int_equal(breaker_note(&breaker, true, 0, 0, LONGEST), BREAKER_SAME);
	fail_times(&breaker, 4, 0);
	assert_true(breaker_passes(&breaker, 0));
}

static void
the_fifth_opens_it_for_at_most_a_second(void **state)
{
	struct breaker breaker = { 0 };

	(void)state;
	fail_times(&breaker, 4, 0);
	assert_int_equal(breaker_note(&breaker, false, 0, 7 * CLOCK_SECOND, LONGEST),
			 BREAKER_OPENED);
	assert_false(breaker_passes(&breaker, 7 * CLOCK_SECOND));
	assert_false(breaker_passes(&breaker, 8 * CLOCK_SECOND - 2));
	assert_true(breaker_passes(&breaker, 8 * CLOCK_SECOND));
}

static void
each_failed_probe_doubles_the_time_up_to_thirty_seconds(void **state)
{
	static const int64_t seconds[] = { 1, 2, 4, 8, 16, 30, 30, 30 };
	struct breaker breaker = { 0 };
	int64_t now = 0;
	size_t i;

	(void)state;
	fail_times(&breaker, 4, now);
	for (i = 0; i < COUNT(seconds); i++) {
		assert_int_equal(breaker_note(&breaker, false, 0, now, LONGEST), BREAKER_OPENED);
		assert_false(breaker_passes(&breaker, now + seconds[i] * CLOCK_SECOND - 2));
		now += seconds[i] * CLOCK_SECOND;
		assert_true(breaker_passes(&breaker, now));
	}
}

static void
a_successful_probe_closes_it_for_good(void **state)
{
	struct breaker breaker = { 0 };

	(void)state;
	fail_times(&breaker, 7, 0);
	assert_int_equal(breaker_note(&breaker, true, 0, 60 * CLOCK_SECOND, LONGEST),
			 BREAKER_CLOSED);
	assert_true(breaker_passes(&breaker, 60 * CLOCK_SECOND));
	assert_int_equal(breaker_note(&breaker, true, 0, 60 * CLOCK_SECOND, LONGEST), BREAKER_SAME);
	fail_times(&breaker, 4, 60 * CLOCK_SECOND);
	assert_true(breaker_passes(&breaker, 60 * CLOCK_SECOND));
	assert_int_equal(breaker_note(&breaker, false, 0, 0, LONGEST), BREAKER_OPENED);
	assert_true(breaker_passes(&breaker, CLOCK_SECOND));
}

static void
the_time_is_spread_over_the_whole_backoff(void **state)
{
	static const struct {
		uint32_t random;
		int64_t wait;
	} rows[] = {
		{ 0, 0 },
		{ UINT32_C(1) << 30, CLOCK_SECOND / 4 },
		{ UINT32_C(1) << 31, CLOCK_SECOND / 2 },
		{ UINT32_C(3) << 30, 3 * CLOCK_SECOND / 4 },
		{ UINT32_MAX, CLOCK_SECOND - 1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct breaker breaker = { 0 };

		fail_times(&breaker, 4, 0);
		(void)breaker_note(&breaker, false, 0, 100, rows[i].random);
		assert_int_equal(breaker.until, 100 + rows[i].wait);
	}
}

static void
only_what_says_that_the_api_is_ill_counts(void **state)
{
	static const long ill[] = { 0, 502, 503, 504 };
	size_t i;
	long status;

	(void)state;
	for (status = 0; status < 1000; status++) {
		enum breaker_sign expected = status == 429 ? BREAKER_RATE_LIMITED : BREAKER_HEALTHY;

		for (i = 0; i < COUNT(ill); i++) {
			if (status == ill[i])
				expected = BREAKER_UNHEALTHY;
		}
		assert_int_equal(breaker_sign_of(status), expected);
	}
}

static void
it_stays_open_for_as_long_as_the_api_asks(void **state)
{
	static const int64_t waits[] = { 0, CLOCK_SECOND, 7 * CLOCK_SECOND, BREAKER_BACKOFF_MAX };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(waits); i++) {
		struct breaker breaker = { 0 };

		fail_times(&breaker, 4, 0);
		(void)breaker_note(&breaker, false, waits[i], 100, UINT32_C(1) << 31);
		assert_int_equal(breaker.until,
				 100 + (waits[i] != 0 ? waits[i] : CLOCK_SECOND / 2));
	}
}

static void
a_wait_opens_nothing_by_itself(void **state)
{
	struct breaker breaker = { 0 };

	(void)state;
	assert_int_equal(breaker_note(&breaker, false, BREAKER_BACKOFF_MAX, 0, LONGEST),
			 BREAKER_SAME);
	assert_true(breaker_passes(&breaker, 0));
}

static void
retry_after_is_a_number_of_seconds(void **state)
{
	static const struct {
		const char *text;
		int64_t wait;
	} rows[] = {
		{ "0", 0 },
		{ "1", CLOCK_SECOND },
		{ "007", 7 * CLOCK_SECOND },
		{ "30", BREAKER_BACKOFF_MAX },
		{ "31", BREAKER_BACKOFF_MAX },
		{ "3600", BREAKER_BACKOFF_MAX },
		{ "99999999999999999999999999999999", BREAKER_BACKOFF_MAX },
		{ "", 0 },
		{ "-1", 0 },
		{ "1.5", 0 },
		{ "30 ", 0 },
		{ "5s", 0 },
		{ "Sat, 28 Nov 2026 08:00:00 GMT", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct view value = { (const uint8_t *)rows[i].text, strlen(rows[i].text) };

		assert_int_equal(breaker_retry_after(value), rows[i].wait);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_failures_in_a_row_are_borne),
		cmocka_unit_test(the_fifth_opens_it_for_at_most_a_second),
		cmocka_unit_test(each_failed_probe_doubles_the_time_up_to_thirty_seconds),
		cmocka_unit_test(a_successful_probe_closes_it_for_good),
		cmocka_unit_test(the_time_is_spread_over_the_whole_backoff),
		cmocka_unit_test(only_what_says_that_the_api_is_ill_counts),
		cmocka_unit_test(it_stays_open_for_as_long_as_the_api_asks),
		cmocka_unit_test(a_wait_opens_nothing_by_itself),
		cmocka_unit_test(retry_after_is_a_number_of_seconds),
	};

	return cmocka_run_group_tests_name("breaker", tests, NULL, NULL);
}
