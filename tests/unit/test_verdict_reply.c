/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "core/operation.h"
#include "core/verdict.h"
#include "core/verdict_reply.h"
#include "core/xmpp_server.h"

/* extauth-https-api(7), "Replies to the XMPP server": granted, refused, unavailable. */
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
		cmocka_unit_test(every_reply_is_as_the_table_says),
	};

	return cmocka_run_group_tests_name("verdict_reply", tests, NULL, NULL);
}
