/* SPDX-License-Identifier: ISC */
#include "base/view.h"

size_t
view_find(struct view view, uint8_t byte)
{
	return view_find_from(view, 0, byte);
}

size_t
view_find_from(struct view view, size_t from, uint8_t byte)
{
	size_t i = from;

	/*@ loop invariant from <= i <= view.size;
	  @ loop invariant view_lacks(view, from, i, byte);
	  @ loop assigns i;
	  @ loop variant view.size - i;
	  @*/
	while (i < view.size && view.data[i] != byte)
		i++;
	return i;
}

struct view
view_part(struct view view, size_t from, size_t size)
{
	struct view part = { view.data + from, size };

	return part;
}

bool
view_is(struct view view, const char *text)
{
	size_t i;

	/*@ loop invariant i <= view.size;
	  @ loop invariant \forall integer j; 0 <= j < i ==> text[j] != 0;
	  @ loop invariant view_starts(view, text, i);
	  @ loop assigns i;
	  @ loop variant view.size - i;
	  @*/
	for (i = 0; i < view.size; i++) {
		if (text[i] == '\0' || (uint8_t)text[i] != view.data[i])
			return false;
	}
	return text[i] == '\0';
}

/*
 * The length in bytes of the well-formed UTF-8 sequence at the start of
 * data[0..size-1], or 0 when there is none. Table 3-7 of the Unicode standard:
 * only the second byte's range depends on the first.
 */
/*@ requires 0 < size && \valid_read(data + (0 .. size - 1));
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result <= 4 && \result <= size;
  @ ensures \result > 0 ==> utf8_character(data, \result);
  @ ensures \forall integer n; 0 < n <= size && utf8_character(data, n) ==> \result == n;
  @*/
static size_t
sequence_length(const uint8_t *data, size_t size)
{
	uint8_t first = data[0], low = 0x80, high = 0xBF;
	size_t length, i;

	if (first <= 0x7F)
		return 1;
	if (first >= 0xC2 && first <= 0xDF) {
		length = 2;
	} else if (first >= 0xE0 && first <= 0xEF) {
		length = 3;
		if (first == 0xE0)
			low = 0xA0; /* shorter forms exist */
		if (first == 0xED)
			high = 0x9F; /* surrogates */
	} else if (first >= 0xF0 && first <= 0xF4) {
		length = 4;
		if (first == 0xF0)
			low = 0x90; /* shorter forms exist */
		if (first == 0xF4)
			high = 0x8F; /* above U+10FFFF */
	} else {
		return 0;
	}
	if (size < length || data[1] < low || data[1] > high)
		return 0;
	/*@ loop invariant 2 <= i <= length;
	  @ loop invariant \forall integer j; 2 <= j < i ==> utf8_tail(data[j]);
	  @ loop assigns i;
	  @ loop variant length - i;
	  @*/
	for (i = 2; i < length; i++) {
		if (data[i] < 0x80 || data[i] > 0xBF)
			return 0;
	}
	return length;
}

bool
view_is_utf8(struct view view)
{
	size_t at = 0, length;

	/*@ loop invariant at <= view.size;
	  @ loop invariant utf8(view.data, 0, view.size) <==> utf8(view.data, at, view.size);
	  @ loop assigns at, length;
	  @ loop variant view.size - at;
	  @*/
	while (at < view.size) {
		length = sequence_length(view.data + at, view.size - at);
		if (length == 0)
			return false;
		//@ ghost size_t next = at + length;
		//@ assert next == at + length && next <= view.size;
		//@ assert utf8(view.data, at, view.size) <==> utf8(view.data, next, view.size);
		at += length;
		//@ assert at == next;
	}
	return true;
}

size_t
view_character(struct view view)
{
	return view.size == 0 ? 0 : sequence_length(view.data, view.size);
}

/*@ requires view_readable(view) && i < view.size;
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> control_at(view, i);
  @*/
static bool
is_control(struct view view, size_t i)
{
	uint8_t byte = view.data[i];

	return byte < 0x20 || byte == 0x7F ||
	       (byte >= 0x80 && byte <= 0x9F && i > 0 && view.data[i - 1] == 0xC2);
}

bool
view_is_clean(struct view view)
{
	size_t i;

	/*@ loop invariant i <= view.size;
	  @ loop invariant \forall integer j; 0 <= j < i ==> !control_at(view, j);
	  @ loop assigns i;
	  @ loop variant view.size - i;
	  @*/
	for (i = 0; i < view.size; i++) {
		if (is_control(view, i))
			return false;
	}
	return view_is_utf8(view);
}
