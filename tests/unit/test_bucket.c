/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "base/bucket.h"
#include "base/clock.h"

#define NOW (1000 * CLOCK_SECOND)

/* How many can be taken at this moment. */
static unsigned int
takes(struct bucket *bucket, int64_t now)
{
	unsigned int count = 0;

	while (count < 1000 && bucket_take(bucket, now))
		count++;
	return count;
}

static void
ten_at_once_and_five_a_second(void **state)
{
	struct bucket bucket = { 0 };

	(void)state;
	assert_int_equal(takes(&bucket, NOW), BUCKET_BURST);
	assert_int_equal(takes(&bucket, NOW + CLOCK_SECOND / 5 - 1), 0);
	assert_int_equal(takes(&bucket, NOW + CLOCK_SECOND / 5), 1);
	assert_int_equal(takes(&bucket, NOW + CLOCK_SECOND), 4);
	assert_int_equal(takes(&bucket, NOW + 2 * CLOCK_SECOND), 5);
}

static void
no_more_than_ten_gather(void **state)
{
	struct bucket bucket = { 0 };

	(void)state;
	assert_int_equal(takes(&bucket, NOW), BUCKET_BURST);
	assert_int_equal(takes(&bucket, NOW + 3600 * CLOCK_SECOND), BUCKET_BURST);
}

static void
parts_of_a_second_are_not_lost(void **state)
{
	struct bucket bucket = { 0 };
	unsigned int i, count = 0;

	(void)state;
	(void)takes(&bucket, NOW);
	for (i = 1; i <= 100; i++)
		count += takes(&bucket, NOW + i * CLOCK_SECOND / 10);
	assert_int_equal(count, 10 * BUCKET_A_SECOND);
}

static void
a_reason_for_more_gives_more_once(void **state)
{
	struct bucket bucket = { 0 };

	(void)state;
	(void)takes(&bucket, NOW);
	bucket_fill(&bucket, 64, NOW);
	assert_int_equal(takes(&bucket, NOW), 64);
	bucket_fill(&bucket, 64, NOW);
	bucket_fill(&bucket, 64, NOW);
	assert_int_equal(takes(&bucket, NOW), 64);
	assert_int_equal(takes(&bucket, NOW), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_at_once_and_five_a_second),
		cmocka_unit_test(no_more_than_ten_gather),
		cmocka_unit_test(parts_of_a_second_are_not_lost),
		cmocka_unit_test(a_reason_for_more_gives_more_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
