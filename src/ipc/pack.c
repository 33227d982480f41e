/* SPDX-License-Identifier: ISC */
#include "ipc/pack.h"

#include "base/view.h"
#include "base/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes `size` bytes, or breaks. */
/*@ requires reader_valid(reader);
  @ terminates \true;
  @ assigns reader->at, reader->broken;
  @ ensures reader_valid(reader) && reader_went_on{Pre,Post}(reader);
  @ ensures view_readable(\result) && reader_gave(reader, \result);
  @ ensures reader->broken ==> \result.size == 0;
  @ ensures !reader->broken ==> \result.size == size && reader->at == \old(reader->at) + size &&
  @	view_slice(reader->view, \old(reader->at), reader->at, \result);
  @*/
static struct view
take(struct reader *reader, size_t size)
{
	struct view taken = { reader->view.data, 0 };

	if (reader->broken || size > reader->view.size - reader->at) {
		reader->broken = true;
		return taken;
	}
	taken.data = reader->view.data + reader->at;
	taken.size = size;
	reader->at += size;
	return taken;
}

uint64_t
pack_take_number(struct reader *reader, size_t width, uint64_t max)
{
	struct view bytes = take(reader, width);
	uint64_t number = 0;
	size_t i;

	/*@ loop invariant i <= bytes.size;
	  @ loop assigns i, number;
	  @ loop variant bytes.size - i;
	  @*/
	for (i = 0; i < bytes.size; i++)
		number = number << 8 | bytes.data[i];
	if (number > max)
		reader->broken = true;
	return reader->broken ? 0 : number;
}

struct view
pack_take_text(struct reader *reader, size_t max)
{
	struct view text = take(reader, (size_t)pack_take_number(reader, 2, max));

	if (!view_is_clean(text)) {
		reader->broken = true;
		text.size = 0;
	}
	return text;
}

void
pack_take_string(struct reader *reader, char *text, size_t room)
{
	struct view taken = pack_take_text(reader, room - 1);
	size_t i;

	/*@ loop invariant i <= taken.size;
	  @ loop assigns i, text[0 .. room - 1];
	  @ loop variant taken.size - i;
	  @*/
	for (i = 0; i < taken.size; i++)
		text[i] = (char)taken.data[i];
	text[i] = '\0';
}

void
pack_take_bytes(struct reader *reader, uint8_t *bytes, size_t size)
{
	struct view taken = take(reader, size);
	size_t i;

	/*@ loop invariant i <= size;
	  @ loop assigns i, bytes[0 .. size - 1];
	  @ loop variant size - i;
	  @*/
	for (i = 0; i < size; i++)
		bytes[i] = i < taken.size ? taken.data[i] : 0;
}

struct view
pack_take_rest(struct reader *reader, size_t max)
{
	struct view rest = take(reader, reader->view.size - reader->at);

	if (rest.size > max) {
		reader->broken = true;
		rest.size = 0;
	}
	return rest;
}

bool
pack_is_over(const struct reader *reader)
{
	return !reader->broken && reader->at == reader->view.size;
}

void
pack_put_number(struct writer *writer, size_t width, uint64_t number)
{
	size_t left;

	/*@ loop invariant left <= width;
	  @ loop invariant writer_valid(writer) && writer_appended{Pre,Here}(writer, width - left);
	  @ loop assigns left, writer->size, writer->full,
	  @	writer->data[\at(writer->size, Pre) .. writer->room - 1];
	  @ loop variant left;
	  @*/
	for (left = width; left > 0; left--)
		writer_byte(writer, (uint8_t)(number >> 8 * (left - 1)));
}

/* How many bytes at the front of a text are sent unchanged; 0: a question mark replaces the
 * first one. */
/*@ requires view_readable(text);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result <= 4 && \result <= text.size;
  @*/
static size_t
clean_length(struct view text)
{
	size_t length = view_character(text);

	return view_is_clean(view_part(text, 0, length)) ? length : 0;
}

void
pack_put_text(struct writer *writer, struct view text, size_t max)
{
	size_t head = writer->size, at = 0, length, width;

	pack_put_number(writer, 2, 0); /* the length, once it is known */
	/*@ loop invariant at <= text.size;
	  @ loop invariant writer_valid(writer) && writer_went_on{Pre,Here}(writer);
	  @ loop invariant writer->full || head + 2 <= writer->size;
	  @ loop assigns at, length, width, writer->size, writer->full,
	  @	writer->data[\at(writer->size, Pre) .. writer->room - 1];
	  @ loop variant text.size - at;
	  @*/
	while (at < text.size && !writer->full) {
		length = clean_length(view_part(text, at, text.size - at));
		width = length > 0 ? length : 1;
		if (writer->size - head - 2 + width > max)
			break;
		if (length > 0)
			writer_view(writer, view_part(text, at, length));
		else
			writer_byte(writer, '?');
		at += width;
	}
	if (writer->full)
		return;
	length = writer->size - head - 2;
	writer->data[head] = (uint8_t)(length >> 8);
	writer->data[head + 1] = (uint8_t)length;
}
