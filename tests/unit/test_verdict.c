/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "core/verdict.h"

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

/* extauth-https-api(7), "What the XMPP server is told": granted, refused, unavailable. */
static const struct {
	enum xmpp_server server;
	enum operation operation;
	uint8_t granted, refused, unavailable;
} replies[] = {
	{ SERVER_EJABBERD, OPERATION_AUTH, 1, 0, 2 },
	{ SERVER_EJABBERD, OPERATION_ISUSER, 1, 0, 2 },
	{ SERVER_EJABBERD, OPERATION_REMOVEUSER, 1, 0, 2 },
	{ SERVER_EJABBERD, OPERATION_REMOVEUSER3, 1, 0, 2 },
	{ SERVER_EJABBERD, OPERATION_SETPASS, 1, 2, 2 },
	{ SERVER_EJABBERD, OPERATION_TRYREGISTER, 1, 2, 2 },
	{ SERVER_MONGOOSEIM, OPERATION_AUTH, 1, 0, 0 },
	{ SERVER_MONGOOSEIM, OPERATION_ISUSER, 1, 0, 0 },
	{ SERVER_MONGOOSEIM, OPERATION_REMOVEUSER, 1, 0, 0 },
	{ SERVER_MONGOOSEIM, OPERATION_REMOVEUSER3, 1, 0, 0 },
	{ SERVER_MONGOOSEIM, OPERATION_SETPASS, 1, 0, 0 },
	{ SERVER_MONGOOSEIM, OPERATION_TRYREGISTER, 1, 0, 0 },
	{ SERVER_PROSODY, OPERATION_AUTH, 1, 0, 2 },
	{ SERVER_PROSODY, OPERATION_ISUSER, 1, 0, 2 },
	{ SERVER_PROSODY, OPERATION_REMOVEUSER, 1, 0, 2 },
	{ SERVER_PROSODY, OPERATION_REMOVEUSER3, 1, 0, 2 },
	{ SERVER_PROSODY, OPERATION_SETPASS, 1, 0, 2 },
	{ SERVER_PROSODY, OPERATION_TRYREGISTER, 1, 0, 2 },
};

static void
every_reply_is_as_the_table_says(void **state)
{
	size_t i;

	(void)state;
	assert_int_equal(COUNT(replies), 3 * OPERATION_COUNT);
	for (i = 0; i < COUNT(replies); i++) {
		enum operation operation = replies[i].operation;
		enum xmpp_server server = replies[i].server;

		assert_int_equal(verdict_reply(VERDICT_GRANTED, operation, server),
				 replies[i].granted);
		assert_int_equal(verdict_reply(VERDICT_REFUSED, operation, server),
				 replies[i].refused);
		assert_int_equal(verdict_reply(VERDICT_UNAVAILABLE, operation, server),
				 replies[i].unavailable);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_with_every_answer_is_as_the_table_says),
		cmocka_unit_test(every_reply_is_as_the_table_says),
	};

	return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
