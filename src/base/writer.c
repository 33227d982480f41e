/* SPDX-License-Identifier: ISC */
#include "base/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
	size_t i;

	/*@ loop invariant \forall integer j; 0 <= j < i ==> text[j] != 0;
	  @ loop invariant writer_valid(writer) && writer_appended{Pre,Here}(writer, i);
	  @ loop invariant \forall integer j; 0 <= j < i && \at(writer->size, Pre) + j < writer->size ==>
	  @	writer->data[\at(writer->size, Pre) + j] == (uint8_t)text[j];
	  @ loop assigns i, writer->size, writer->full,
	  @	writer->data[\at(writer->size, Pre) .. writer->room - 1];
	  @ loop variant writer->room - writer->size + (writer->full ? 0 : 1);
	  @*/
	for (i = 0; text[i] != '\0' && !writer->full; i++)
		writer_byte(writer, (uint8_t)text[i]);
}

void
writer_view(struct writer *writer, struct view view)
{
	size_t i;

	/*@ loop invariant i <= view.size;
	  @ loop invariant writer_valid(writer) && writer_appended{Pre,Here}(writer, i);
	  @ loop invariant \forall integer j; 0 <= j < i && \at(writer->size, Pre) + j < writer->size ==>
	  @	writer->data[\at(writer->size, Pre) + j] == view.data[j];
	  @ loop assigns i, writer->size, writer->full,
	  @	writer->data[\at(writer->size, Pre) .. writer->room - 1];
	  @ loop variant view.size - i;
	  @*/
	for (i = 0; i < view.size; i++)
		writer_byte(writer, view.data[i]);
}

void
writer_number(struct writer *writer, uint64_t number)
{
	uint8_t digits[20]; /* 2^64 has twenty */
	size_t count = 0;

	/*@ loop invariant count < sizeof(digits);
	  @ loop invariant \initialized(digits + (0 .. count - 1));
	  @ loop assigns count, number, digits[0 .. sizeof(digits) - 1];
	  @ loop variant number;
	  @*/
	do {
		digits[count++] = (uint8_t)('0' + number % 10);
		number /= 10;
	} while (number > 0 && count < sizeof(digits));
	/*@ loop invariant count <= sizeof(digits);
	  @ loop invariant writer_valid(writer) && writer_went_on{Pre,Here}(writer);
	  @ loop assigns count, writer->size, writer->full,
	  @	writer->data[\at(writer->size, Pre) .. writer->room - 1];
	  @ loop variant count;
	  @*/
	while (count > 0)
		writer_byte(writer, digits[--count]);
}

/*@ requires value < 16;
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result == hex_character(value);
  @*/
static uint8_t
hex_digit(unsigned int value)
{
	return (uint8_t)(value < 10 ? '0' + value : 'a' + (value - 10));
}

void
writer_hex(struct writer *writer, struct view view)
{
	size_t i;

	/*@ loop invariant i <= view.size;
	  @ loop invariant writer_valid(writer) && writer_appended{Pre,Here}(writer, 2 * i);
	  @ loop invariant \forall integer j;
	  @	0 <= j < i && \at(writer->size, Pre) + 2 * j + 1 < writer->size ==>
	  @	writer->data[\at(writer->size, Pre) + 2 * j] == hex_character(view.data[j] / 16) &&
	  @	writer->data[\at(writer->size, Pre) + 2 * j + 1] == hex_character(view.data[j] % 16);
	  @ loop assigns i, writer->size, writer->full,
	  @	writer->data[\at(writer->size, Pre) .. writer->room - 1];
	  @ loop variant view.size - i;
	  @*/
	for (i = 0; i < view.size; i++) {
		writer_byte(writer, hex_digit(view.data[i] / 16));
		writer_byte(writer, hex_digit(view.data[i] % 16));
	}
}

/*@ requires writer_valid(writer);
  @ terminates \true;
  @ assigns writer->size, writer->full, writer->data[writer->size .. writer->room - 1];
  @ ensures writer_valid(writer) && writer_appended{Pre,Post}(writer, json_width(byte));
  @ ensures !writer->full ==> (\forall integer k; 0 <= k < json_width(byte) ==>
  @	writer->data[\old(writer->size) + k] == json_character(byte, k));
  @*/
static void
append_json(struct writer *writer, uint8_t byte)
{
	if (byte == '"' || byte == '\\') {
		const uint8_t escape[] = { '\\', byte };

		//@ assert \forall integer k; 0 <= k < 2 ==> escape[k] == json_character(byte, k);
		writer_view(writer, (struct view){ escape, sizeof(escape) });
	} else if (byte < 0x20) {
		const uint8_t high = hex_digit(byte / 16), low = hex_digit(byte % 16);
		const uint8_t escape[] = { '\\', 'u', '0', '0', high, low };

		//@ assert \forall integer k; 0 <= k < 6 ==> escape[k] == json_character(byte, k);
		writer_view(writer, (struct view){ escape, sizeof(escape) });
	} else {
		writer_byte(writer, byte);
	}
}

void
writer_json(struct writer *writer, struct view view)
{
	size_t i;

	/*@ loop invariant i <= view.size;
	  @ loop invariant writer_valid(writer);
	  @ loop invariant writer_appended{Pre,Here}(writer, json_size{Pre}(view, i));
	  @ loop invariant json_size{Pre}(view, i) <= JSON_WIDTH_MAX * i;
	  @ loop invariant !writer->full ==>
	  @	json_stands{Here,Pre}(writer->data + \at(writer->size, Pre), view, i);
	  @ loop assigns i, writer->size, writer->full,
	  @	writer->data[\at(writer->size, Pre) .. writer->room - 1];
	  @ loop variant view.size - i;
	  @*/
	for (i = 0; i < view.size; i++)
		append_json(writer, view.data[i]);
}
