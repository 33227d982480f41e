/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "core/operation.h"
#include "core/request.h"

#define NONE VIEW("")

static const struct {
	struct view payload;
	enum request_result result;
	enum operation operation;
	struct view user, host, password;
} rows[] = {
	/* each operation */
	{ VIEW("auth:alice:example.org:secret"), REQUEST_VALID, OPERATION_AUTH, VIEW("alice"),
	  VIEW("example.org"), VIEW("secret") },
	{ VIEW("isuser:alice:example.org"), REQUEST_VALID, OPERATION_ISUSER, VIEW("alice"),
	  VIEW("example.org"), NONE },
	{ VIEW("setpass:alice:example.org:new"), REQUEST_VALID, OPERATION_SETPASS, VIEW("alice"),
	  VIEW("example.org"), VIEW("new") },
	{ VIEW("tryregister:alice:example.org:pw"), REQUEST_VALID, OPERATION_TRYREGISTER,
	  VIEW("alice"), VIEW("example.org"), VIEW("pw") },
	{ VIEW("removeuser:alice:example.org"), REQUEST_VALID, OPERATION_REMOVEUSER, VIEW("alice"),
	  VIEW("example.org"), NONE },
	{ VIEW("removeuser3:alice:example.org:pw"), REQUEST_VALID, OPERATION_REMOVEUSER3,
	  VIEW("alice"), VIEW("example.org"), VIEW("pw") },

	/* the password is everything after the third separator */
	{ VIEW("auth:a:b:pa:xyz"), REQUEST_VALID, OPERATION_AUTH, VIEW("a"), VIEW("b"),
	  VIEW("pa:xyz") },
	{ VIEW("auth:a:b::"), REQUEST_VALID, OPERATION_AUTH, VIEW("a"), VIEW("b"), VIEW(":") },
	{ VIEW("auth:a:b:::x::"), REQUEST_VALID, OPERATION_AUTH, VIEW("a"), VIEW("b"),
	  VIEW("::x::") },
	{ VIEW("auth:a:b: s p a c e \n"), REQUEST_VALID, OPERATION_AUTH, VIEW("a"), VIEW("b"),
	  VIEW(" s p a c e \n") },
	{ VIEW("auth:a:b:\xe2\x82\xac\"\\"), REQUEST_VALID, OPERATION_AUTH, VIEW("a"), VIEW("b"),
	  VIEW("\xe2\x82\xac\"\\") },
	{ VIEW("auth:a:b:\x01\x7f"), REQUEST_VALID, OPERATION_AUTH, VIEW("a"), VIEW("b"),
	  VIEW("\x01\x7f") },

	/* an IPv6 literal keeps its colons, nothing else may have any */
	{ VIEW("auth:a:[::1]:pw"), REQUEST_VALID, OPERATION_AUTH, VIEW("a"), VIEW("[::1]"),
	  VIEW("pw") },
	{ VIEW("auth:a:[2001:db8::192.0.2.1]:p:w"), REQUEST_VALID, OPERATION_AUTH, VIEW("a"),
	  VIEW("[2001:db8::192.0.2.1]"), VIEW("p:w") },
	{ VIEW("isuser:a:[fe80::1]"), REQUEST_VALID, OPERATION_ISUSER, VIEW("a"), VIEW("[fe80::1]"),
	  NONE },
	{ VIEW("isuser:a:example.org:5222"), REQUEST_BAD_HOST, OPERATION_ISUSER, NONE, NONE, NONE },
	{ VIEW("isuser:a:[::1]x:y"), REQUEST_BAD_HOST, OPERATION_ISUSER, NONE, NONE, NONE },
	{ VIEW("isuser:a:[xyz::1]"), REQUEST_BAD_HOST, OPERATION_ISUSER, NONE, NONE, NONE },
	{ VIEW("auth:a:[::1]"), REQUEST_FIELD_MISSING, OPERATION_AUTH, NONE, NONE, NONE },
	{ VIEW("auth:a:[abc:pw]x"), REQUEST_VALID, OPERATION_AUTH, VIEW("a"), VIEW("[abc"),
	  VIEW("pw]x") },

	/* names beyond ASCII */
	{ VIEW("isuser:\xd0\xb0\xd0\xbb:b\xc3\xbc\x63her.example"), REQUEST_VALID, OPERATION_ISUSER,
	  VIEW("\xd0\xb0\xd0\xbb"), VIEW("b\xc3\xbc\x63her.example"), NONE },
	{ VIEW("isuser:a:two words"), REQUEST_VALID, OPERATION_ISUSER, VIEW("a"), VIEW("two words"),
	  NONE },

	/* no operation */
	{ VIEW(""), REQUEST_UNKNOWN, OPERATION_AUTH, NONE, NONE, NONE },
	{ VIEW(":"), REQUEST_UNKNOWN, OPERATION_AUTH, NONE, NONE, NONE },
	{ VIEW("auth\0:a:b:c"), REQUEST_UNKNOWN, OPERATION_AUTH, NONE, NONE, NONE },
	{ VIEW("AUTH:a:b:c"), REQUEST_UNKNOWN, OPERATION_AUTH, NONE, NONE, NONE },
	{ VIEW(" auth:a:b:c"), REQUEST_UNKNOWN, OPERATION_AUTH, NONE, NONE, NONE },
	{ VIEW("aut:a:b:c"), REQUEST_UNKNOWN, OPERATION_AUTH, NONE, NONE, NONE },
	{ VIEW("authx:a:b:c"), REQUEST_UNKNOWN, OPERATION_AUTH, NONE, NONE, NONE },
	{ VIEW("certauth:a:b:\x30\x82"), REQUEST_UNKNOWN, OPERATION_AUTH, NONE, NONE, NONE },
	{ VIEW("removeuser4:a:b"), REQUEST_UNKNOWN, OPERATION_AUTH, NONE, NONE, NONE },

	/* a field is missing */
	{ VIEW("auth"), REQUEST_FIELD_MISSING, OPERATION_AUTH, NONE, NONE, NONE },
	{ VIEW("auth:"), REQUEST_FIELD_MISSING, OPERATION_AUTH, NONE, NONE, NONE },
	{ VIEW("auth:a"), REQUEST_FIELD_MISSING, OPERATION_AUTH, NONE, NONE, NONE },
	{ VIEW("auth:a:b"), REQUEST_FIELD_MISSING, OPERATION_AUTH, NONE, NONE, NONE },
	{ VIEW("isuser:a"), REQUEST_FIELD_MISSING, OPERATION_ISUSER, NONE, NONE, NONE },
	{ VIEW("setpass:a:b"), REQUEST_FIELD_MISSING, OPERATION_SETPASS, NONE, NONE, NONE },

	/* a user that nodeprep rejects */
	{ VIEW("auth::b:c"), REQUEST_BAD_USER, OPERATION_AUTH, NONE, NONE, NONE },
	{ VIEW("isuser::b"), REQUEST_BAD_USER, OPERATION_ISUSER, NONE, NONE, NONE },
	{ VIEW("isuser:a b:c"), REQUEST_BAD_USER, OPERATION_ISUSER, NONE, NONE, NONE },
	{ VIEW("isuser:a\"b:c"), REQUEST_BAD_USER, OPERATION_ISUSER, NONE, NONE, NONE },
	{ VIEW("isuser:a&b:c"), REQUEST_BAD_USER, OPERATION_ISUSER, NONE, NONE, NONE },
	{ VIEW("isuser:a'b:c"), REQUEST_BAD_USER, OPERATION_ISUSER, NONE, NONE, NONE },
	{ VIEW("isuser:a/b:c"), REQUEST_BAD_USER, OPERATION_ISUSER, NONE, NONE, NONE },
	{ VIEW("isuser:a<b:c"), REQUEST_BAD_USER, OPERATION_ISUSER, NONE, NONE, NONE },
	{ VIEW("isuser:a>b:c"), REQUEST_BAD_USER, OPERATION_ISUSER, NONE, NONE, NONE },
	{ VIEW("isuser:a@b:c"), REQUEST_BAD_USER, OPERATION_ISUSER, NONE, NONE, NONE },
	{ VIEW("isuser:a\0b:c"), REQUEST_BAD_USER, OPERATION_ISUSER, NONE, NONE, NONE },
	{ VIEW("isuser:a\nb:c"), REQUEST_BAD_USER, OPERATION_ISUSER, NONE, NONE, NONE },
	{ VIEW("isuser:a\x7f:c"), REQUEST_BAD_USER, OPERATION_ISUSER, NONE, NONE, NONE },
	{ VIEW("isuser:a\xc2\x85:c"), REQUEST_BAD_USER, OPERATION_ISUSER, NONE, NONE, NONE },
	{ VIEW("isuser:a\xff:c"), REQUEST_BAD_USER, OPERATION_ISUSER, NONE, NONE, NONE },

	/* an invalid host */
	{ VIEW("isuser:a:"), REQUEST_BAD_HOST, OPERATION_ISUSER, NONE, NONE, NONE },
	{ VIEW("auth:a::pw"), REQUEST_BAD_HOST, OPERATION_AUTH, NONE, NONE, NONE },
	{ VIEW("isuser:a:b\r\n"), REQUEST_BAD_HOST, OPERATION_ISUSER, NONE, NONE, NONE },
	{ VIEW("isuser:a:b\0c"), REQUEST_BAD_HOST, OPERATION_ISUSER, NONE, NONE, NONE },
	{ VIEW("isuser:a:\xc3"), REQUEST_BAD_HOST, OPERATION_ISUSER, NONE, NONE, NONE },

	/* a password that JSON cannot carry */
	{ VIEW("auth:a:b:"), REQUEST_BAD_PASSWORD, OPERATION_AUTH, NONE, NONE, NONE },
	{ VIEW("auth:a:b:x\0y"), REQUEST_BAD_PASSWORD, OPERATION_AUTH, NONE, NONE, NONE },
	{ VIEW("auth:a:b:\xff"), REQUEST_BAD_PASSWORD, OPERATION_AUTH, NONE, NONE, NONE },
	{ VIEW("setpass:a:b:\xed\xa0\x80"), REQUEST_BAD_PASSWORD, OPERATION_SETPASS, NONE, NONE,
	  NONE },
	{ VIEW("removeuser3:a:b:"), REQUEST_BAD_PASSWORD, OPERATION_REMOVEUSER3, NONE, NONE, NONE },
};

static void
every_payload_is_read_as_the_table_says(void **state)
{
	struct request request;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct view payload = exact_copy(rows[i].payload);
		enum request_result result = request_parse(payload, &request);

		if (result != rows[i].result)
			fail_msg("row %zu: \"%s\" is \"%s\"", i, (const char *)rows[i].payload.data,
				 request_result_text(result));
		if (result != REQUEST_UNKNOWN)
			assert_int_equal(request.operation, rows[i].operation);
		if (result == REQUEST_VALID) {
			assert_view_equal(request.user, rows[i].user);
			assert_view_equal(request.host, rows[i].host);
			assert_view_equal(request.password, rows[i].password);
		}
		free((void *)payload.data);
	}
}

/* A payload "isuser:USER:SERVER" with fields of these sizes. */
static struct view
sized_payload(size_t user, size_t host)
{
	uint8_t *data = malloc(7 + user + 1 + host);

	assert_non_null(data);
	memcpy(data, "isuser:", 7);
	memset(data + 7, 'u', user);
	data[7 + user] = ':';
	memset(data + 8 + user, 's', host);
	return (struct view){ data, 8 + user + host };
}

static void
names_end_at_1023_bytes(void **state)
{
	static const struct {
		size_t user, host;
		enum request_result result;
	} sizes[] = {
		{ 1023, 1023, REQUEST_VALID },
		{ 1024, 1023, REQUEST_BAD_USER },
		{ 1023, 1024, REQUEST_BAD_HOST },
		{ 30000, 30000, REQUEST_BAD_USER },
	};
	struct request request;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(sizes); i++) {
		struct view payload = sized_payload(sizes[i].user, sizes[i].host);

		assert_int_equal(request_parse(payload, &request), sizes[i].result);
		free((void *)payload.data);
	}
}

static void
a_payload_cut_at_any_byte_is_never_valid_with_other_names(void **state)
{
	struct view whole = VIEW("auth:alice:example.org:secret");
	struct request request;
	size_t size;

	(void)state;
	for (size = 0; size < whole.size; size++) {
		struct view cut = exact_copy((struct view){ whole.data, size });

		if (request_parse(cut, &request) == REQUEST_VALID) {
			assert_view_equal(request.user, VIEW("alice"));
			assert_view_equal(request.host, VIEW("example.org"));
			assert_true(request.password.size > 0 && request.password.size < 6);
		}
		free((void *)cut.data);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_payload_is_read_as_the_table_says),
		cmocka_unit_test(names_end_at_1023_bytes),
		cmocka_unit_test(a_payload_cut_at_any_byte_is_never_valid_with_other_names),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
