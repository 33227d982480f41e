/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "core/answer_words.h"

static const struct {
	struct view body;
	const char *words;
} table[] = {
	{ VIEW(""), "it is empty" },
	{ VIEW(" \r\n\t"), "it is empty" },
	{ VIEW("\xEF\xBB\xBF{}"), "it starts with a byte order mark (BOM)" },
	{ VIEW("\xFF\xFE{\0}\0"), "it is in UTF-16" },
	{ VIEW("\xFE\xFF\0{\0}"), "it is in UTF-16" },
	{ VIEW("{\0\"\0"), "it is in UTF-16" },
	{ VIEW("\x1F\x8B\x08"), "it is compressed with gzip" },
	{ VIEW("{\"message\": \"\xE4\"}"), "it is not in UTF-8" },
	{ VIEW("<html>"), "it is HTML or XML" },
	{ VIEW("\n<!DOCTYPE html>"), "it is HTML or XML" },
	{ VIEW("<br />\n<b>Warning</b>: x"), "it starts with a PHP error message" },
	{ VIEW("\nNotice: Undefined index"), "it starts with a PHP error message" },
	{ VIEW("[{}]"), "it is an array" },
	{ VIEW("true"), "it does not start with {" },
	{ VIEW("{\"x\": NaN}"), "it contains NaN or Infinity" },
	{ VIEW("{'success': True}"), "it is the text of a Python object, not JSON" },
	{ VIEW("{\"success\": true"),
	  "it is truncated, has data after the object, or violates RFC 8259 in another way" },
	{ VIEW("{"),
	  "it is truncated, has data after the object, or violates RFC 8259 in another way" },
};

static void
every_body_has_the_words_of_its_row(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		struct view copy = exact_copy(table[i].body);

		assert_string_equal(answer_words(copy), table[i].words);
		free((void *)copy.data);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_body_has_the_words_of_its_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
