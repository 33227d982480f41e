/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "core/answer.h"

#include <stdio.h>

#define N ANSWER_NOT_JSON
#define U ANSWER_UNDECIDED
#define F ANSWER_FAILURE
#define S ANSWER_SUCCESS

static const struct {
	struct view body;
	enum answer answer;
} bodies[] = {
	/* what the contract says */
	{ VIEW("{\"success\": true}"), S },
	{ VIEW("{\"success\":true}"), S },
	{ VIEW("{\"success\": false, \"message\": \"no\"}"), F },
	{ VIEW(" \t\r\n{ \"success\" : true } \r\n\t "), S },
	{ VIEW("{\"a\":[1,{\"success\":false}],\"success\":true,\"b\":null}"), S },
	{ VIEW("{\"\\u0073ucces\\u0073\":true}"), S },

	/* undecided, or not by a boolean */
	{ VIEW("{}"), U },
	{ VIEW("{\"message\":\"x\"}"), U },
	{ VIEW("{\"Success\":true}"), U },
	{ VIEW("{\"success \":true}"), U },
	{ VIEW("{\"success\\u0000\":true}"), U },
	{ VIEW("{\"succes\":true}"), U },
	{ VIEW("{\"result\":{\"success\":true}}"), U },
	{ VIEW("{\"success\":\"true\"}"), U },
	{ VIEW("{\"success\":\"false\"}"), U },
	{ VIEW("{\"success\":1}"), U },
	{ VIEW("{\"success\":0}"), U },
	{ VIEW("{\"success\":null}"), U },
	{ VIEW("{\"success\":[true]}"), U },
	{ VIEW("{\"success\":{\"success\":true}}"), U },
	{ VIEW("{\"success\":true,\"success\":true}"), U },
	{ VIEW("{\"success\":false,\"success\":true}"), U },
	{ VIEW("{\"success\":true,\"success\":false}"), U },
	{ VIEW("{\"success\":true,\"\\u0073uccess\":false}"), U },

	/* not one JSON object */
	{ VIEW(""), N },
	{ VIEW(" "), N },
	{ VIEW("true"), N },
	{ VIEW("\"success\""), N },
	{ VIEW("[{\"success\":true}]"), N },
	{ VIEW("<html>success</html>"), N },
	{ VIEW("{"), N },
	{ VIEW("{\"success\""), N },
	{ VIEW("{\"success\":"), N },
	{ VIEW("{\"success\":tru"), N },
	{ VIEW("{\"success\":true"), N },
	{ VIEW("{\"success\":true,}"), N },
	{ VIEW("{,\"success\":true}"), N },
	{ VIEW("{\"success\":true}}"), N },
	{ VIEW("{\"success\":true}{\"success\":true}"), N },
	{ VIEW("{\"success\":true} x"), N },
	{ VIEW("{\"success\":true}\0"), N },
	{ VIEW("{\"success\":true\0}"), N },
	{ VIEW("\xef\xbb\xbf{\"success\":true}"), N },
	{ VIEW("{\"success\":True}"), N },
	{ VIEW("{\"success\":TRUE}"), N },
	{ VIEW("{\"success\":truely}"), N },
	{ VIEW("{success:true}"), N },
	{ VIEW("{'success':true}"), N },
	{ VIEW("{\"success\"=true}"), N },
	{ VIEW("{\"success\" true}"), N },
	{ VIEW("{\"success\":true \"a\":1}"), N },
	{ VIEW("/**/{\"success\":true}"), N },
	{ VIEW("{\"success\":true}\x0b"), N },
	{ VIEW("{\"success\":true,\"a\":\"\xff\"}"), N },
	{ VIEW("{\"success\":true,\"a\":\"\xed\xa0\x80\"}"), N },
	{ VIEW("{\"success\":true,\"a\":\"\n\"}"), N },
	{ VIEW("{\"success\":true,\"a\":\"\t\"}"), N },
	{ VIEW("{\"success\":true,\"a\":\"\0\"}"), N },
	{ VIEW("{\"success\":true,\"a\":\"\\x\"}"), N },
	{ VIEW("{\"success\":true,\"a\":\"\\u12g4\"}"), N },
	{ VIEW("{\"success\":true,\"a\":\"\\u12\"}"), N },
	{ VIEW("{\"success\":true,\"a\":01}"), N },
	{ VIEW("{\"success\":true,\"a\":+1}"), N },
	{ VIEW("{\"success\":true,\"a\":-}"), N },
	{ VIEW("{\"success\":true,\"a\":1.}"), N },
	{ VIEW("{\"success\":true,\"a\":.5}"), N },
	{ VIEW("{\"success\":true,\"a\":1e}"), N },
	{ VIEW("{\"success\":true,\"a\":0x1}"), N },
	{ VIEW("{\"success\":true,\"a\":NaN}"), N },
	{ VIEW("{\"success\":true,\"a\":[1,]}"), N },
	{ VIEW("{\"success\":true,\"a\":[1 2]}"), N },
	{ VIEW("{\"success\":true,\"a\":[}"), N },
	{ VIEW("{\"success\":true,\"a\":[1}"), N },
	{ VIEW("{\"success\":true,\"a\":{]}"), N },
	{ VIEW("{\"success\":true,\"a\":}"), N },

	/* unusual, and valid */
	{ VIEW("{\"success\":true,\"a\":-0.5e+10}"), S },
	{ VIEW("{\"success\":true,\"a\":0}"), S },
	{ VIEW("{\"success\":true,\"a\":[]}"), S },
	{ VIEW("{\"success\":true,\"a\":{}}"), S },
	{ VIEW("{\"success\":true,\"a\":[[],{},[{}]]}"), S },
	{ VIEW("{\"success\":true,\"\":\"\"}"), S },
	{ VIEW("{\"success\":true,\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"}"), S },
	{ VIEW("{\"success\":true,\"a\":\"\x7f\xe2\x82\xac\"}"), S },
};

static void
every_body_is_read_as_the_table_says(void **state)
{
	struct view message;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bodies); i++) {
		struct view body = exact_copy(bodies[i].body);

		if (answer_read(body, &message) != bodies[i].answer)
			fail_msg("row %zu: %s", i, (const char *)bodies[i].body.data);
		free((void *)body.data);
	}
}

/* {"success":true,"a":[[[…]]]} with `depth` brackets. */
static enum answer
read_nested(size_t depth)
{
	static const char head[] = "{\"success\":true,\"a\":";
	size_t length = sizeof(head) - 1;
	uint8_t *data = malloc(length + 2 * depth + 1);
	struct view message;
	enum answer answer;

	assert_non_null(data);
	memcpy(data, head, length);
	memset(data + length, '[', depth);
	memset(data + length + depth, ']', depth);
	data[length + 2 * depth] = '}';
	answer = answer_read((struct view){ data, length + 2 * depth + 1 }, &message);
	free(data);
	return answer;
}

static void
deep_nesting_ends_the_reading_and_nothing_else(void **state)
{
	(void)state;
	assert_int_equal(read_nested(1), S);
	assert_int_equal(read_nested(64), S);
	assert_int_equal(read_nested(66), N);
	assert_int_equal(read_nested(100000), N);
}

static void
a_body_cut_at_any_byte_is_not_json(void **state)
{
	struct view whole = VIEW("{\"message\":\"a\\u00e9\",\"b\":[1.5e3,{}],\"success\":true}");
	struct view message;
	size_t size;

	(void)state;
	for (size = 0; size < whole.size; size++) {
		struct view cut = exact_copy((struct view){ whole.data, size });

		assert_int_equal(answer_read(cut, &message), N);
		free((void *)cut.data);
	}
	assert_int_equal(answer_read(whole, &message), S);
}

static void
the_message_is_given_as_it_stands(void **state)
{
	struct view message;

	(void)state;
	assert_int_equal(
		answer_read(VIEW("{\"success\":false,\"message\":\"no \\\"x\\\"\"}"), &message), F);
	assert_view_equal(message, VIEW("no \\\"x\\\""));
	assert_int_equal(answer_read(VIEW("{\"success\":false,\"message\":7}"), &message), F);
	assert_int_equal(message.size, 0);
	assert_int_equal(answer_read(VIEW("{\"success\":false}"), &message), F);
	assert_int_equal(message.size, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_body_is_read_as_the_table_says),
		cmocka_unit_test(deep_nesting_ends_the_reading_and_nothing_else),
		cmocka_unit_test(a_body_cut_at_any_byte_is_not_json),
		cmocka_unit_test(the_message_is_given_as_it_stands),
	};

	return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
