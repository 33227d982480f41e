/* SPDX-License-Identifier: ISC */
#include "writer.h"

void
writer_byte(struct writer *writer, uint8_t byte)
{
	if (writer->size < writer->room)
		writer->data[writer->size++] = byte;
	else
		writer->full = true;
}

void
writer_text(struct writer *writer, const char *text)
{
	while (*text != '\0')
		writer_byte(writer, (uint8_t)*text++);
}

void
writer_view(struct writer *writer, struct view view)
{
	size_t i;

	for (i = 0; i < view.size; i++)
		writer_byte(writer, view.data[i]);
}

void
writer_number(struct writer *writer, uint64_t number)
{
	uint8_t digits[20]; /* 2^64 has twenty */
	size_t count = 0;

	do {
		digits[count++] = (uint8_t)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	while (count > 0)
		writer_byte(writer, digits[--count]);
}

static uint8_t
hex_digit(unsigned int value)
{
	return (uint8_t)(value < 10 ? '0' + value : 'a' + (value - 10));
}

void
writer_hex(struct writer *writer, struct view view)
{
	size_t i;

	for (i = 0; i < view.size; i++) {
		writer_byte(writer, hex_digit(view.data[i] / 16));
		writer_byte(writer, hex_digit(view.data[i] % 16));
	}
}

void
writer_json(struct writer *writer, struct view view)
{
	size_t i;

	for (i = 0; i < view.size; i++) {
		uint8_t byte = view.data[i];

		if (byte == '"' || byte == '\\') {
			writer_byte(writer, '\\');
			writer_byte(writer, byte);
		} else if (byte < 0x20) {
			writer_text(writer, "\\u00");
			writer_hex(writer, view_part(view, i, 1));
		} else {
			writer_byte(writer, byte);
		}
	}
}
