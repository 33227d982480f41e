/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "core/contract.h"
#include "core/frame.h"
#include "core/request.h"

static const struct {
	struct view frame;
	const char *path;
	struct view body;
} rows[] = {
	/* extauth-https-api(7), row by row */
	{ VIEW("auth:U:S:P"), "login", VIEW("{\"username\":\"U@S\",\"password\":\"P\"}") },
	{ VIEW("isuser:U:S"), "exists", VIEW("{\"username\":\"U@S\"}") },
	{ VIEW("setpass:U:S:P"), "setpass", VIEW("{\"username\":\"U@S\",\"password\":\"P\"}") },
	{ VIEW("tryregister:U:S:P"), "register",
	  VIEW("{\"username\":\"U@S\",\"password\":\"P\"}") },
	{ VIEW("removeuser:U:S"), "remove", VIEW("{\"username\":\"U@S\"}") },
	{ VIEW("removeuser3:U:S:P"), "remove", VIEW("{\"username\":\"U@S\",\"password\":\"P\"}") },

	/* what JSON must escape, and what it must not */
	{ VIEW("auth:u:s:\"\\/"), "login",
	  VIEW("{\"username\":\"u@s\",\"password\":\"\\\"\\\\/\"}") },
	{ VIEW("auth:u:s:\x01\x1f\n\x7f"), "login",
	  VIEW("{\"username\":\"u@s\",\"password\":\"\\u0001\\u001f\\u000a\x7f\"}") },
	{ VIEW("auth:u:s:\xe2\x82\xac:\xf0\x9f\x94\x91"), "login",
	  VIEW("{\"username\":\"u@s\",\"password\":\"\xe2\x82\xac:\xf0\x9f\x94\x91\"}") },
	{ VIEW("isuser:a\\b:s\"t"), "exists", VIEW("{\"username\":\"a\\\\b@s\\\"t\"}") },
	{ VIEW("isuser:u:[::1]"), "exists", VIEW("{\"username\":\"u@[::1]\"}") },
};

static void
every_request_becomes_what_the_contract_says(void **state)
{
	uint8_t *body = malloc(CONTRACT_BODY_MAX);
	struct request request;
	size_t i;

	(void)state;
	assert_non_null(body);
	for (i = 0; i < COUNT(rows); i++) {
		struct view written = { body, 0 };

		assert_int_equal(request_parse(rows[i].frame, &request), REQUEST_VALID);
		assert_string_equal(contract_path(request.operation), rows[i].path);
		written.size = contract_body(&request, body);
		assert_view_equal(written, rows[i].body);
	}
	free(body);
}

static void
the_largest_request_fits(void **state)
{
	static const char head[] = "auth:u:s:";
	uint8_t *payload = malloc(FRAME_PAYLOAD_MAX), *body = malloc(CONTRACT_BODY_MAX);
	struct request request;
	size_t size;

	(void)state;
	assert_non_null(payload);
	assert_non_null(body);
	memset(payload, 1, FRAME_PAYLOAD_MAX); /* every byte becomes \u0001 */
	memcpy(payload, head, sizeof(head) - 1);
	assert_int_equal(request_parse((struct view){ payload, FRAME_PAYLOAD_MAX }, &request),
			 REQUEST_VALID);
	size = contract_body(&request, body);
	assert_true(size <= CONTRACT_BODY_MAX);
	assert_memory_equal(body + size - 8, "\\u0001\"}", 8);
	free(payload);
	free(body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_request_becomes_what_the_contract_says),
		cmocka_unit_test(the_largest_request_fits),
	};

	return cmocka_run_group_tests_name("contract", tests, NULL, NULL);
}
