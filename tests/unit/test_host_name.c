/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "core/host_name.h"

static const struct {
	const char *name, *normal;
} table[] = {
	{ "example.org", "example.org" },
	{ "example.org.", "example.org" },
	{ "Example.ORG", "example.org" },
	{ "*.Example.org.", "*.example.org" },
	{ "[::1]", "[::1]" },
	{ "", "" },
	{ ".", "." },
	{ "a..", "a." },
	{ "a..b", "a..b" },
	/* RFC 3492, section 7.1, and names in use */
	{ "xn--bcher-kva.example", "b\xC3\xBC"
				   "cher.example" },
	{ "XN--BCHER-KVA.example.", "b\xC3\xBC"
				    "cher.example" },
	{ "b\xC3\xBC"
	  "cher.example",
	  "b\xC3\xBC"
	  "cher.example" },
	{ "xn--ihqwcrb4cv8a8dqg056pqjye",
	  "\xE4\xBB\x96\xE4\xBB\xAC\xE4\xB8\xBA\xE4\xBB\x80\xE4\xB9\x88\xE4\xB8\x8D\xE8\xAF\xB4"
	  "\xE4\xB8\xAD\xE6\x96\x87" },
	{ "chat.xn--e1aybc.xn--p1ai", "chat.\xD1\x82\xD0\xB5\xD1\x81\xD1\x82.\xD1\x80\xD1\x84" },
	{ "xn--3-3ka", "3\xC4\xBD" },
	{ "xn--ls8h.la", "\xF0\x9F\x92\xA9.la" },
	/* labels that only begin like an A-label */
	{ "xn--", "xn--" },
	{ "xn--.org", "xn--.org" },
	{ "xn--a-", "xn--a-" },
	{ "xn--\xC3\xBC", "xn--\xC3\xBC" },
	{ "xn--99999999", "xn--99999999" },
	{ "XN--99999999999999", "xn--99999999999999" },
	{ "xn--zzzzzzzzzzzzzzzzzzzzzzzzz", "xn--zzzzzzzzzzzzzzzzzzzzzzzzz" },
	{ "xn--a!b", "xn--a!b" },
};

/* The normal form, in a buffer of exactly the promised size, as a string. */
static char *
normal_of(const char *name)
{
	size_t size = strlen(name), length;
	uint8_t *normal = malloc(size * HOST_NAME_GROWTH + 1), *copy = malloc(size + 1);

	assert_non_null(normal);
	assert_non_null(copy);
	memcpy(copy, name, size);
	length = host_name_normal((struct view){ copy, size }, HOST_NAME_XMPP, normal);
	assert_true(length <= size * HOST_NAME_GROWTH);
	normal[length] = '\0';
	free(copy);
	return (char *)normal;
}

static void
every_name_has_the_form_of_the_table(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		char *normal = normal_of(table[i].name);

		assert_string_equal(normal, table[i].normal);
		free(normal);
	}
}

/* The normal form of a normal form is itself. */
static void
a_normal_form_stays(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		char *normal, *again;

		if (strcmp(table[i].name, "a..") == 0)
			continue; /* not a name: each time one of its dots is the last */
		normal = normal_of(table[i].name);
		again = normal_of(normal);
		assert_string_equal(again, normal);
		free(normal);
		free(again);
	}
}

static void
in_dns_an_a_label_stays(void **state)
{
	uint8_t normal[32];

	(void)state;
	assert_int_equal(host_name_normal(VIEW("XN--Bcher-KVA.Example."), HOST_NAME_DNS, normal),
			 21);
	assert_memory_equal(normal, "xn--bcher-kva.example", 21);
}

/* Random labels, checked by the sanitizers and for the promised size. */
static void
no_label_needs_more_room(void **state)
{
	static const char letters[] = "abcxyzABZ0189-";
	uint32_t random = 1;
	int i;

	(void)state;
	for (i = 0; i < 200000; i++) {
		char name[64] = "xn--";
		size_t j, length;

		random = random * 1664525 + 1013904223;
		length = 5 + (random >> 16) % 59;
		for (j = 4; j < length; j++) {
			random = random * 1664525 + 1013904223;
			name[j] = letters[(random >> 16) % (sizeof(letters) - 1)];
		}
		free(normal_of(name));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_has_the_form_of_the_table),
		cmocka_unit_test(a_normal_form_stays),
		cmocka_unit_test(in_dns_an_a_label_stays),
		cmocka_unit_test(no_label_needs_more_room),
	};

	return cmocka_run_group_tests_name("host_name", tests, NULL, NULL);
}
