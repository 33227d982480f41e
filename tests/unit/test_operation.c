/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "core/operation.h"

static const struct {
	enum operation operation;
	const char *name;
	bool has_password;
	bool is_repeatable; /* doc/protocol.md section 1.1: what changes nothing */
} rows[] = {
	{ OPERATION_AUTH, "auth", true, true },
	{ OPERATION_ISUSER, "isuser", false, true },
	{ OPERATION_SETPASS, "setpass", true, false },
	{ OPERATION_TRYREGISTER, "tryregister", true, false },
	{ OPERATION_REMOVEUSER, "removeuser", false, false },
	{ OPERATION_REMOVEUSER3, "removeuser3", true, false },
};

static void
every_operation_is_as_the_table_says(void **state)
{
	size_t i;

	(void)state;
	assert_int_equal(COUNT(rows), OPERATION_COUNT);
	for (i = 0; i < COUNT(rows); i++) {
		enum operation operation = rows[i].operation;

		assert_string_equal(operation_name(operation), rows[i].name);
		assert_int_equal(operation_has_password(operation), rows[i].has_password);
		assert_int_equal(operation_is_repeatable(operation), rows[i].is_repeatable);
	}
}

static void
an_operation_is_found_by_its_whole_name_only(void **state)
{
	static const char *const others[] = { "",     "aut",	 "auth ", "authx",
					      "AUTH", "unknown", "user",  "removeuser2" };
	enum operation operation;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct view name = { (const uint8_t *)rows[i].name, strlen(rows[i].name) };
		struct view copy = exact_copy(name);

		assert_true(operation_find(copy, &operation));
		assert_int_equal(operation, rows[i].operation);
		free((void *)copy.data);
	}
	for (i = 0; i < COUNT(others); i++) {
		struct view name = { (const uint8_t *)others[i], strlen(others[i]) };

		assert_false(operation_find(name, &operation));
	}
}

static void
a_message_lists_every_operation(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		assert_non_null(strstr(OPERATION_NAMES, rows[i].name));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operation_is_as_the_table_says),
		cmocka_unit_test(an_operation_is_found_by_its_whole_name_only),
		cmocka_unit_test(a_message_lists_every_operation),
	};

	return cmocka_run_group_tests_name("operation", tests, NULL, NULL);
}
