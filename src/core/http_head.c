/* SPDX-License-Identifier: ISC */
#include "core/http_head.h"

#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*@ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> http_digit(byte);
  @*/
static bool
is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

/*@ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> http_token_byte(byte);
  @*/
static bool
is_token(uint8_t byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || is_digit(byte) ||
	       byte == '-' || byte == '!' || byte == '#' || byte == '$' || byte == '%' ||
	       byte == '&' || byte == '\'' || byte == '*' || byte == '+' || byte == '.' ||
	       byte == '^' || byte == '_' || byte == '`' || byte == '|' || byte == '~';
}

/*@ terminates \true;
  @ assigns \nothing;
  @*/
static uint8_t
lower(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

/* True when `text` is the `size` characters of `word`, in any case. `word` is in lower case. */
/*@ requires view_readable(text) && \valid_read(word + (0 .. size - 1));
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result ==> text.size == size;
  @*/
static bool
is_word(struct view text, const char *word, size_t size)
{
	size_t i;

	if (text.size != size)
		return false;
	/*@ loop invariant i <= size;
	  @ loop assigns i;
	  @ loop variant size - i;
	  @*/
	for (i = 0; i < size; i++) {
		if (lower(text.data[i]) != (uint8_t)word[i])
			return false;
	}
	return true;
}

#define IS(text, word) is_word(text, word, sizeof(word) - 1)

/* The part of `text` from `from` to `end`, without white space around it. */
/*@ requires view_readable(text) && from <= end <= text.size;
  @ terminates \true;
  @ assigns \nothing;
  @ ensures view_readable(\result) && view_within(text, \result);
  @*/
static struct view
trimmed(struct view text, size_t from, size_t end)
{
	/*@ loop invariant \at(from, Pre) <= from <= end;
	  @ loop assigns from;
	  @ loop variant end - from;
	  @*/
	while (from < end && (text.data[from] == ' ' || text.data[from] == '\t'))
		from++;
	/*@ loop invariant from <= end <= \at(end, Pre);
	  @ loop assigns end;
	  @ loop variant end - from;
	  @*/
	while (end > from && (text.data[end - 1] == ' ' || text.data[end - 1] == '\t'))
		end--;
	return view_part(text, from, end - from);
}

/* Reads the length of a body: digits, and nothing else. */
/*@ requires view_readable(text) && \valid(length);
  @ requires \separated(length, text.data + (0 .. text.size - 1));
  @ terminates \true;
  @ assigns *length;
  @ ensures \result ==> 0 < text.size && *length <= HTTP_BODY_MAX &&
  @	(\forall integer i; 0 <= i < text.size ==> http_digit(text.data[i]));
  @ ensures !\result ==> *length == \old(*length);
  @*/
static bool
read_length(struct view text, size_t *length)
{
	size_t i, number = 0;

	/*@ loop invariant i <= text.size && number <= HTTP_BODY_MAX;
	  @ loop invariant \forall integer j; 0 <= j < i ==> http_digit(text.data[j]);
	  @ loop assigns i, number;
	  @ loop variant text.size - i;
	  @*/
	for (i = 0; i < text.size; i++) {
		if (!is_digit(text.data[i]))
			return false;
		number = number * 10 + (size_t)(text.data[i] - '0');
		if (number > HTTP_BODY_MAX)
			return false;
	}
	if (text.size == 0)
		return false;
	*length = number;
	return true;
}

/* True when `word`, which is in lower case, is an element of a list with commas. */
/*@ requires view_readable(list) && \valid_read(word + (0 .. size - 1));
  @ terminates \true;
  @ assigns \nothing;
  @*/
static bool
lists(struct view list, const char *word, size_t size)
{
	size_t from = 0, end = view_find(list, ',');

	/*@ loop invariant from <= end <= list.size;
	  @ loop assigns from, end;
	  @ loop variant list.size - from;
	  @*/
	while (!is_word(trimmed(list, from, end), word, size)) {
		if (end == list.size)
			return false;
		from = end + 1;
		end = view_find_from(list, from, ',');
	}
	return true;
}

/* A field that says where the body ends. */
/*@ requires \valid(head) && http_head_sane(head);
  @ terminates \true;
  @ assigns head->framing;
  @ ensures head->framing == (\old(head->framing) == 0 ? 1 : 2);
  @ ensures \result == HTTP_SOUND <==> \old(head->framing) == 0;
  @*/
static enum http_defect
count_framing(struct http_head *head)
{
	head->framing = head->framing == 0 ? 1 : 2;
	return head->framing == 1 ? HTTP_SOUND : HTTP_TWO_LENGTHS;
}

/*@ requires view_readable(value) && \valid(head) && http_head_sane(head);
  @ requires \separated(head, value.data + (0 .. value.size - 1));
  @ terminates \true;
  @ assigns head->framing, head->length;
  @ ensures http_head_sane(head);
  @ ensures \result == HTTP_SOUND ==> \old(head->framing) == 0 && head->framing == 1;
  @*/
static enum http_defect
note_length(struct http_head *head, struct view value)
{
	if (!read_length(value, &head->length))
		return HTTP_BAD_LENGTH;
	return count_framing(head);
}

/*@ requires \valid(head) && http_head_sane(head) && view_readable(value);
  @ requires \separated(head, value.data + (0 .. value.size - 1));
  @ terminates \true;
  @ assigns head->framing, head->chunked, head->coding;
  @ ensures http_head_sane(head);
  @ ensures \result == HTTP_SOUND ==> \old(head->framing) == 0 && head->framing == 1;
  @*/
static enum http_defect
note_transfer_coding(struct http_head *head, struct view value)
{
	if (!IS(value, "chunked")) {
		head->coding = value;
		return HTTP_TRANSFER_CODING;
	}
	head->chunked = true;
	if (!head->is_1_1) /* RFC 9112, section 6.1: faulty */
		return HTTP_OLD_CHUNKS;
	return count_framing(head);
}

/*@ requires \valid(head);
  @ terminates \true;
  @ assigns head->request_id;
  @*/
static enum http_defect
note_request_id(struct http_head *head, struct view value)
{
	if (head->request_id.size > 0)
		return HTTP_TWO_IDS;
	head->request_id = value;
	return HTTP_SOUND;
}

/*@ requires view_readable(name) && view_readable(value) && \valid(head);
  @ requires http_head_sane(head);
  @ requires \separated(head, name.data + (0 .. name.size - 1));
  @ requires \separated(head, value.data + (0 .. value.size - 1));
  @ terminates \true;
  @ assigns *head;
  @ ensures http_head_sane(head);
  @ ensures head->status == \old(head->status) && head->is_1_1 == \old(head->is_1_1);
  @ ensures \result == HTTP_SOUND ==>
  @	(\old(head->framing) == head->framing &&
  @	 head->length == \old(head->length) && (head->chunked <==> \old(head->chunked))) ||
  @	(head->framing == 1 && \old(head->framing) == 0);
  @*/
static enum http_defect
note_field(struct http_head *head, struct view name, struct view value)
{
	if (IS(name, "content-length"))
		return note_length(head, value);
	if (IS(name, "transfer-encoding"))
		return note_transfer_coding(head, value);
	if (IS(name, "content-encoding") && !IS(value, "identity")) {
		head->coding = value;
		return HTTP_CONTENT_CODING;
	}
	if (IS(name, "connection"))
		head->close = head->close || lists(value, "close", 5);
	else if (IS(name, "location"))
		head->location = value;
	else if (IS(name, "retry-after"))
		head->retry_after = value;
	else if (IS(name, "extauth-request-id"))
		return note_request_id(head, value);
	return HTTP_SOUND;
}

void
http_head_begin(struct http_head *head)
{
	const struct view none = { NULL, 0 };

	head->status = 0;
	head->is_1_1 = head->close = head->chunked = false;
	head->length = 0;
	head->framing = 0;
	head->location = head->request_id = head->retry_after = head->coding = none;
}

enum http_defect
http_head_status(struct http_head *head, struct view line)
{
	const uint8_t *at = line.data;

	if (line.size < 7 || at[0] != 'H' || at[1] != 'T' || at[2] != 'T' || at[3] != 'P' ||
	    at[4] != '/' || at[5] != '1' || at[6] != '.')
		return HTTP_NOT_HTTP;
	if (line.size < 12 || (at[7] != '0' && at[7] != '1') || at[8] != ' ' || at[9] == '0' ||
	    !is_digit(at[9]) || !is_digit(at[10]) || !is_digit(at[11]) ||
	    (line.size > 12 && at[12] != ' '))
		return HTTP_NO_STATUS;
	if (!http_is_text(line))
		return HTTP_CONTROL_CHARACTER;
	head->status = (unsigned int)(at[9] - '0') * 100 + (unsigned int)(at[10] - '0') * 10 +
		       (unsigned int)(at[11] - '0');
	head->is_1_1 = at[7] == '1';
	return HTTP_SOUND;
}

enum http_defect
http_head_field(struct http_head *head, struct view line)
{
	size_t colon = 0;

	if (line.size > 0 && (line.data[0] == ' ' || line.data[0] == '\t'))
		return HTTP_FOLDED;
	/*@ loop invariant colon <= line.size;
	  @ loop invariant \forall integer i; 0 <= i < colon ==> http_token_byte(line.data[i]);
	  @ loop assigns colon;
	  @ loop variant line.size - colon;
	  @*/
	while (colon < line.size && is_token(line.data[colon]))
		colon++;
	if (colon == 0 || colon == line.size || line.data[colon] != ':')
		return HTTP_NO_FIELD;
	if (!http_is_text(line))
		return HTTP_CONTROL_CHARACTER;
	return note_field(head, view_part(line, 0, colon), trimmed(line, colon + 1, line.size));
}

bool
http_is_text(struct view line)
{
	size_t i;

	/*@ loop invariant i <= line.size;
	  @ loop invariant \forall integer j; 0 <= j < i ==> http_text_byte(line.data[j]);
	  @ loop assigns i;
	  @ loop variant line.size - i;
	  @*/
	for (i = 0; i < line.size; i++) {
		if ((line.data[i] < ' ' && line.data[i] != '\t') || line.data[i] == 0x7F)
			return false;
	}
	return true;
}

bool
http_head_has_no_body(const struct http_head *head)
{
	return head->status < 200 || head->status == 204 || head->status == 304;
}
