/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "base/writer.h"

#define ROOM 40

static void
write_hex(struct writer *writer)
{
	writer_hex(writer, VIEW("\0\x01\x9f\xa0\xff"));
}

static void
write_json(struct writer *writer)
{
	writer_json(writer, VIEW("\"\\/\0\x1f\x20\x7f\xe2\x82\xac"));
}

static void
write_numbers(struct writer *writer)
{
	writer_number(writer, 0);
	writer_byte(writer, ' ');
	writer_number(writer, 1090);
	writer_byte(writer, ' ');
	writer_number(writer, UINT64_MAX);
}

static void
write_text(struct writer *writer)
{
	writer_text(writer, "");
	writer_text(writer, "text");
	writer_view(writer, VIEW("\0view"));
}

static const struct {
	void (*write)(struct writer *);
	struct view written;
} rows[] = {
	{ write_hex, VIEW("00019fa0ff") },
	{ write_json, VIEW("\\\"\\\\/\\u0000\\u001f \x7f\xe2\x82\xac") },
	{ write_numbers, VIEW("0 1090 18446744073709551615") },
	{ write_text, VIEW("text\0view") },
};

static void
what_is_written_is_as_the_table_says(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		uint8_t data[ROOM];
		struct writer writer = { data, sizeof(data), 0, false };

		rows[i].write(&writer);
		assert_false(writer.full);
		assert_view_equal(((struct view){ data, writer.size }), rows[i].written);
	}
}

static void
with_less_room_it_is_cut_and_nothing_is_written_behind(void **state)
{
	size_t i, room;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		for (room = 0; room <= rows[i].written.size; room++) {
			uint8_t data[ROOM];
			struct writer writer = { data, room, 0, false };
			struct view whole = rows[i].written;

			memset(data, 0xA5, sizeof(data));
			rows[i].write(&writer);
			assert_int_equal(writer.full, room < whole.size);
			assert_view_equal(((struct view){ data, writer.size }),
					  view_part(whole, 0, room));
			assert_int_equal(data[room], 0xA5);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_as_the_table_says),
		cmocka_unit_test(with_less_room_it_is_cut_and_nothing_is_written_behind),
	};

	return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
