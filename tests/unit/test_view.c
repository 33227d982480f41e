/* SPDX-License-Identifier: ISC */
#include "unit.h"

/* Every row is a boundary of table 3-7 of the Unicode standard. */
static const struct {
	struct view text;
	bool valid;
} utf8[] = {
	{ VIEW(""), true },
	{ VIEW("plain"), true },
	{ VIEW("nul\0inside"), true },
	{ VIEW("\x7f"), true },
	{ VIEW("\x80"), false },
	{ VIEW("\xbf"), false },
	{ VIEW("\xc0\x80"), false },
	{ VIEW("\xc1\xbf"), false },
	{ VIEW("\xc2\x7f"), false },
	{ VIEW("\xc2\x80"), true },
	{ VIEW("\xdf\xbf"), true },
	{ VIEW("\xdf\xc0"), false },
	{ VIEW("\xc2"), false },
	{ VIEW("\xe0\x9f\xbf"), false },
	{ VIEW("\xe0\xa0\x80"), true },
	{ VIEW("\xe2\x82\xac"), true },
	{ VIEW("\xe2\x82"), false },
	{ VIEW("\xe2\x82\x7f"), false },
	{ VIEW("\xed\x9f\xbf"), true },
	{ VIEW("\xed\xa0\x80"), false },
	{ VIEW("\xee\x80\x80"), true },
	{ VIEW("\xef\xbf\xbf"), true },
	{ VIEW("\xf0\x8f\xbf\xbf"), false },
	{ VIEW("\xf0\x90\x80\x80"), true },
	{ VIEW("\xf0\x90\x80"), false },
	{ VIEW("\xf0\x90\x80\xc0"), false },
	{ VIEW("\xf4\x8f\xbf\xbf"), true },
	{ VIEW("\xf4\x90\x80\x80"), false },
	{ VIEW("\xf5\x80\x80\x80"), false },
	{ VIEW("\xff"), false },
	{ VIEW("good\xc3\xa9then\xc3"), false },
};

static void
utf8_is_valid_by_the_letter_of_rfc_3629(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(utf8); i++) {
		struct view text = exact_copy(utf8[i].text);

		if (view_is_utf8(text) != utf8[i].valid)
			fail_msg("row %zu", i);
		free((void *)text.data);
	}
}

static void
a_byte_is_found_at_its_first_place_or_at_the_end(void **state)
{
	(void)state;
	assert_int_equal(view_find(VIEW("a:b:c"), ':'), 1);
	assert_int_equal(view_find(VIEW(":"), ':'), 0);
	assert_int_equal(view_find(VIEW("abc"), ':'), 3);
	assert_int_equal(view_find(VIEW(""), ':'), 0);
	assert_int_equal(view_find(VIEW("a\0b"), 0), 1);
}

static void
a_view_is_a_text_only_when_every_byte_agrees(void **state)
{
	(void)state;
	assert_true(view_is(VIEW("auth"), "auth"));
	assert_true(view_is(VIEW(""), ""));
	assert_false(view_is(VIEW("aut"), "auth"));
	assert_false(view_is(VIEW("authx"), "auth"));
	assert_false(view_is(VIEW("auth\0"), "auth"));
	assert_false(view_is(VIEW("auth\0x"), "auth"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_is_valid_by_the_letter_of_rfc_3629),
		cmocka_unit_test(a_byte_is_found_at_its_first_place_or_at_the_end),
		cmocka_unit_test(a_view_is_a_text_only_when_every_byte_agrees),
	};

	return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
