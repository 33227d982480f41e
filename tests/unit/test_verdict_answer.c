/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "core/answer.h"
#include "core/verdict.h"
#include "core/verdict_answer.h"

/* extauth-https-api(7): which status can carry which verdict. */
static bool
may_grant(long status)
{
	return status == 200 || status == 201;
}

static bool
may_refuse(long status)
{
	static const long statuses[] = { 200, 400, 401, 403, 404, 409, 410, 422 };
	size_t i;

	for (i = 0; i < COUNT(statuses); i++) {
		if (statuses[i] == status)
			return true;
	}
	return false;
}

static void
every_status_with_every_answer_is_as_the_table_says(void **state)
{
	long status;

	(void)state;
	for (status = -1; status <= 1000; status++) {
		assert_int_equal(verdict_of(status, ANSWER_NOT_JSON), VERDICT_UNAVAILABLE);
		assert_int_equal(verdict_of(status, ANSWER_UNDECIDED), VERDICT_UNAVAILABLE);
		assert_int_equal(verdict_of(status, ANSWER_SUCCESS),
				 may_grant(status) ? VERDICT_GRANTED : VERDICT_UNAVAILABLE);
		assert_int_equal(verdict_of(status, ANSWER_FAILURE),
				 may_refuse(status) ? VERDICT_REFUSED : VERDICT_UNAVAILABLE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_with_every_answer_is_as_the_table_says),
	};

	return cmocka_run_group_tests_name("verdict_answer", tests, NULL, NULL);
}
