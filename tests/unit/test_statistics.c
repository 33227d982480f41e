/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "base/clock.h"
#include "base/throttle.h"
#include "monitor/statistics.h"

static void
classes_follow_each_other_without_gap_or_overlap(void **state)
{
	uint64_t latency;
	size_t class;

	(void)state;
	assert_int_equal(statistics_class(0), 0);
	for (class = 0; class < STATISTICS_CLASSES - 1; class ++) {
		uint64_t end = statistics_class_end(class);

		assert_int_equal(statistics_class(end - 1), class);
		assert_int_equal(statistics_class(end), class + 1);
	}
	for (latency = 1; latency < 100000; latency++) {
		uint64_t end = statistics_class_end(statistics_class(latency));

		assert_true(end > latency);
		assert_true(end - latency <= latency / 8 + 1);
	}
	assert_int_equal(statistics_class(UINT64_MAX), STATISTICS_CLASSES - 1);
	assert_true(statistics_class_end(STATISTICS_CLASSES - 1) > 28 * (uint64_t)CLOCK_SECOND);
}

static void
quantiles_are_read_from_the_classes(void **state)
{
	struct statistics *statistics = calloc(1, sizeof(*statistics));
	int i;

	(void)state;
	assert_non_null(statistics);
	assert_int_equal(statistics_quantile(statistics, 500), 0);
	for (i = 0; i < 990; i++)
		statistics_note_latency(statistics, 100);
	for (i = 0; i < 10; i++)
		statistics_note_latency(statistics, 5000);
	assert_in_range(statistics_quantile(statistics, 500), 100, 112);
	assert_in_range(statistics_quantile(statistics, 990), 100, 112);
	assert_in_range(statistics_quantile(statistics, 991), 5000, 5632);
	assert_int_equal(statistics->latency_max, 5000);
	assert_int_equal(statistics->latency_sum, 990 * 100 + 10 * 5000);
	statistics_note_latency(statistics, -1);
	assert_int_equal(statistics->latency[0], 1);
	free(statistics);
}

static void
ten_lines_pass_and_the_rest_are_counted(void **state)
{
	struct throttle throttle = { 0 };
	int64_t now = 100 * CLOCK_SECOND;
	unsigned int held = 99;
	int i;

	(void)state;
	for (i = 0; i < THROTTLE_LINES; i++) {
		assert_true(throttle_passes(&throttle, now, &held));
		assert_int_equal(held, 0);
	}
	for (i = 0; i < 7; i++)
		assert_false(throttle_passes(&throttle, now + THROTTLE_SPAN - 1, &held));
	assert_true(throttle_passes(&throttle, now + THROTTLE_SPAN, &held));
	assert_int_equal(held, 7);
	assert_true(throttle_passes(&throttle, now + THROTTLE_SPAN, &held));
	assert_int_equal(held, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_follow_each_other_without_gap_or_overlap),
		cmocka_unit_test(quantiles_are_read_from_the_classes),
		cmocka_unit_test(ten_lines_pass_and_the_rest_are_counted),
	};

	return cmocka_run_group_tests_name("statistics", tests, NULL, NULL);
}
