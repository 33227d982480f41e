/* SPDX-License-Identifier: ISC */
#include "base/view.h"
#include "core/http.h"
#include "core/http_defect.h"
#include "core/http_head.h"
#include "core/http_internal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The value of a hexadecimal digit, or 16. */
/*@ terminates \true;
  @ assigns \nothing;
  @ ensures \result <= 16;
  @*/
static size_t
hex_value(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return (size_t)(byte - '0');
	if (byte >= 'a' && byte <= 'f')
		return (size_t)(byte - 'a') + 10;
	return byte >= 'A' && byte <= 'F' ? (size_t)(byte - 'A') + 10 : 16;
}

/* Reads a chunk's size; what follows a semicolon is ignored (RFC 9112, section 7.1.1). */
/*@ requires view_readable(line) && \valid(size) && \separated(size, line.data + (0 .. line.size - 1));
  @ terminates \true;
  @ assigns *size;
  @ ensures \result == HTTP_SOUND ==> *size <= HTTP_BODY_MAX && 0 < line.size;
  @*/
static enum http_defect
parse_size(struct view line, size_t *size)
{
	size_t i, digits = view_find(line, ';');

	*size = 0;
	if (digits == 0 || !http_is_text(line))
		return HTTP_BAD_CHUNK;
	/*@ loop invariant i <= digits && *size <= HTTP_BODY_MAX;
	  @ loop assigns i, *size;
	  @ loop variant digits - i;
	  @*/
	for (i = 0; i < digits; i++) {
		size_t value = hex_value(line.data[i]);

		if (value > 15)
			return HTTP_BAD_CHUNK;
		if (*size > HTTP_BODY_MAX / 16)
			return HTTP_BODY_TOO_LARGE;
		*size = *size * 16 + value;
		if (*size > HTTP_BODY_MAX)
			return HTTP_BODY_TOO_LARGE;
	}
	return HTTP_SOUND;
}

bool
http_read_size(struct http_answer *answer)
{
	size_t size = 0;
	struct view line;

	if (!http_take_line(answer, &line))
		return false;
	answer->defect = parse_size(line, &size);
	if (answer->defect != HTTP_SOUND)
		return false;
	if (size > HTTP_BODY_MAX - answer->length) {
		answer->defect = HTTP_BODY_TOO_LARGE;
		return false;
	}
	answer->left = size;
	answer->step = size == 0 ? HTTP_AT_TRAILER : HTTP_IN_CHUNK;
	return true;
}

/* Moves bytes[from .. end - 1] `gap` bytes down. */
/*@ requires gap <= from <= end <= HTTP_ANSWER_MAX;
  @ requires \valid(bytes + (0 .. HTTP_ANSWER_MAX - 1));
  @ terminates \true;
  @ assigns bytes[from - gap .. end - gap - 1];
  @ ensures \forall integer i; from <= i < end ==> bytes[i - gap] == \old(bytes[i]);
  @*/
static void
move_down(uint8_t *bytes, size_t from, size_t end, size_t gap)
{
	size_t i;

	/*@ loop invariant from <= i <= end;
	  @ loop invariant \forall integer j; from <= j < i ==> bytes[j - gap] == \at(bytes[j], Pre);
	  @ loop invariant \forall integer j; i <= j < end ==> bytes[j] == \at(bytes[j], Pre);
	  @ loop assigns i, bytes[from - gap .. end - gap - 1];
	  @ loop variant end - i;
	  @*/
	for (i = from; i < end; i++)
		bytes[i - gap] = bytes[i];
}

bool
http_read_chunk(struct http_answer *answer)
{
	size_t here = answer->size - answer->at;
	size_t count = answer->left < here ? answer->left : here;

	move_down(answer->bytes, answer->at, answer->at + count,
		  answer->at - answer->from - answer->length);
	answer->at += count;
	answer->length += count;
	answer->left -= count;
	if (answer->left == 0)
		answer->step = HTTP_AT_BREAK;
	return count > 0;
}

bool
http_read_break(struct http_answer *answer)
{
	if (answer->size - answer->at < 2)
		return false;
	if (answer->bytes[answer->at] != '\r' || answer->bytes[answer->at + 1] != '\n') {
		answer->defect = HTTP_BAD_CHUNK;
		return false;
	}
	answer->at += 2;
	answer->step = HTTP_AT_CHUNK;
	return true;
}

bool
http_read_trailer(struct http_answer *answer)
{
	struct view line;

	if (!http_take_line(answer, &line))
		return false;
	if (line.size == 0) {
		answer->step = HTTP_DONE;
		return true;
	}
	answer->defect = http_head_field(&answer->head, line);
	return answer->defect == HTTP_SOUND;
}
