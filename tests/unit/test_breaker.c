/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "core/breaker.h"

#define LONGEST UINT32_MAX /* the whole limit, less than a microsecond short of it */

static void
fail_times(struct breaker *breaker, int times, int64_t now)
{
	while (times-- > 0)
		(void)breaker_note(breaker, false, now, LONGEST);
}

static void
four_failures_in_a_row_are_borne(void **state)
{
	struct breaker breaker = { 0 };

	(void)state;
	fail_times(&breaker, 4, 0);
	assert_true(breaker_passes(&breaker, 0));
	assert_int_equal(breaker_note(&breaker, true, 0, LONGEST), BREAKER_SAME);
	fail_times(&breaker, 4, 0);
	assert_true(breaker_passes(&breaker, 0));
}

static void
the_fifth_opens_it_for_at_most_a_second(void **state)
{
	struct breaker breaker = { 0 };

	(void)state;
	fail_times(&breaker, 4, 0);
	assert_int_equal(breaker_note(&breaker, false, 7 * CLOCK_SECOND, LONGEST), BREAKER_OPENED);
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
		assert_int_equal(breaker_note(&breaker, false, now, LONGEST), BREAKER_OPENED);
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
	assert_int_equal(breaker_note(&breaker, true, 60 * CLOCK_SECOND, LONGEST), BREAKER_CLOSED);
	assert_true(breaker_passes(&breaker, 60 * CLOCK_SECOND));
	assert_int_equal(breaker_note(&breaker, true, 60 * CLOCK_SECOND, LONGEST), BREAKER_SAME);
	fail_times(&breaker, 4, 60 * CLOCK_SECOND);
	assert_true(breaker_passes(&breaker, 60 * CLOCK_SECOND));
	assert_int_equal(breaker_note(&breaker, false, 0, LONGEST), BREAKER_OPENED);
	assert_true(breaker_passes(&breaker, CLOCK_SECOND));
}

static void
the_time_is_spread_over_the_whole_limit(void **state)
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
		(void)breaker_note(&breaker, false, 100, rows[i].random);
		assert_int_equal(breaker.until, 100 + rows[i].wait);
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
		cmocka_unit_test(the_time_is_spread_over_the_whole_limit),
	};

	return cmocka_run_group_tests_name("breaker", tests, NULL, NULL);
}
