/* SPDX-License-Identifier: ISC */
#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static const char word_null[] = "null";
static const char word_false[] = "false";
static const char word_true[] = "true";

/*@ requires \valid_read(json);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> json->at >= json->text.size;
  @*/
static bool
at_end(const struct json *json)
{
	return json->at >= json->text.size;
}

/* The next byte, or 0 at the end: a NUL is nowhere valid in JSON. */
/*@ requires json_valid(json);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result == (json->at < json->text.size ? json->text.data[json->at] : 0);
  @*/
static uint8_t
peek(const struct json *json)
{
	return at_end(json) ? 0 : json->text.data[json->at];
}

void
json_skip_space(struct json *json)
{
	/*@ loop invariant json_moved{Pre,Here}(json);
	  @ loop assigns json->at;
	  @ loop variant json->text.size - json->at;
	  @*/
	while (peek(json) == ' ' || peek(json) == '\t' || peek(json) == '\n' || peek(json) == '\r')
		json->at++;
}

bool
json_take(struct json *json, uint8_t byte)
{
	if (at_end(json) || json->text.data[json->at] != byte)
		return false;
	json->at++;
	return true;
}

/*@ requires json_valid(json) && (\exists integer length; text_readable(word, length));
  @ terminates \true;
  @ assigns json->at;
  @ ensures json_moved{Pre,Post}(json);
  @ ensures \result ==> (\forall integer length; text_length(word, length) ==>
  @	json->at == \old(json->at) + length &&
  @	(\forall integer i; 0 <= i < length ==>
  @		json->text.data[\old(json->at) + i] == (uint8_t)word[i]));
  @*/
static bool
take_word(struct json *json, const char *word)
{
	size_t i;

	/*@ loop invariant json_moved{Pre,Here}(json) && json->at == \at(json->at, Pre) + i;
	  @ loop invariant \forall integer j; 0 <= j < i ==> word[j] != 0 &&
	  @	json->text.data[\at(json->at, Pre) + j] == (uint8_t)word[j];
	  @ loop assigns i, json->at;
	  @ loop variant json->text.size - json->at;
	  @*/
	for (i = 0; word[i] != '\0'; i++) {
		if (!json_take(json, (uint8_t)word[i]))
			return false;
	}
	return true;
}

/*@ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> '0' <= byte <= '9';
  @*/
static bool
is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

/*@ requires json_valid(json);
  @ terminates \true;
  @ assigns json->at;
  @ ensures json_moved{Pre,Post}(json);
  @ ensures \result ==> \old(json->at) < json->at;
  @*/
static bool
take_digits(struct json *json)
{
	if (!is_digit(peek(json)))
		return false;
	/*@ loop invariant json_moved{Pre,Here}(json);
	  @ loop invariant json->at == \at(json->at, Pre) ==>
	  @	json->at < json->text.size && '0' <= json->text.data[json->at] <= '9';
	  @ loop assigns json->at;
	  @ loop variant json->text.size - json->at;
	  @*/
	while (is_digit(peek(json)))
		json->at++;
	return true;
}

/*@ requires json_valid(json);
  @ terminates \true;
  @ assigns json->at;
  @ ensures json_moved{Pre,Post}(json);
  @ ensures \result ==> \old(json->at) < json->at;
  @*/
static bool
take_number(struct json *json)
{
	(void)json_take(json, '-');
	if (!json_take(json, '0') && !take_digits(json))
		return false;
	if (json_take(json, '.') && !take_digits(json))
		return false;
	if (json_take(json, 'e') || json_take(json, 'E')) {
		if (!json_take(json, '+'))
			(void)json_take(json, '-');
		return take_digits(json);
	}
	return true;
}

/* The value of a hexadecimal digit, or 16 when it is none. */
/*@ terminates \true;
  @ assigns \nothing;
  @ ensures \result <= 16 && (byte == 0 ==> \result == 16);
  @*/
static unsigned int
hex_value(uint8_t byte)
{
	if (is_digit(byte))
		return byte - (unsigned int)'0';
	if (byte >= 'a' && byte <= 'f')
		return byte - (unsigned int)'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - (unsigned int)'A' + 10;
	return 16;
}

/*
 * Moves over one character of a string, an escape sequence or a plain byte,
 * and gives its value: the UTF-16 unit of a \u escape, else the byte.
 */
/*@ requires json_valid(json) && \valid(value) && \separated(json, value);
  @ requires \separated(value, json->text.data + (0 .. json->text.size - 1));
  @ terminates \true;
  @ assigns json->at, *value;
  @ ensures json_moved{Pre,Post}(json);
  @ ensures \result ==> \old(json->at) < json->at;
  @*/
static bool
take_character(struct json *json, unsigned int *value)
{
	unsigned int i, digit;

	*value = peek(json);
	if (*value < 0x20 || *value == '"')
		return false;
	json->at++;
	if (*value != '\\')
		return true;

	*value = peek(json);
	switch (*value) {
	case '"':
	case '\\':
	case '/':
		break;
	case 'b':
		*value = '\b';
		break;
	case 'f':
		*value = '\f';
		break;
	case 'n':
		*value = '\n';
		break;
	case 'r':
		*value = '\r';
		break;
	case 't':
		*value = '\t';
		break;
	case 'u':
		json->at++;
		*value = 0;
		/*@ loop invariant i <= 4 && \at(json->at, Pre) < json->at <= json->text.size;
		  @ loop assigns i, digit, json->at, *value;
		  @ loop variant 4 - i;
		  @*/
		for (i = 0; i < 4; i++) {
			digit = hex_value(peek(json));
			if (digit > 15)
				return false;
			*value = *value * 16 + digit;
			json->at++;
		}
		return true;
	default:
		return false;
	}
	json->at++;
	return true;
}

/* Moves over one string and gives what stands between its quotes, still escaped. */
/*@ requires json_valid(json) && \valid(raw) && \separated(json, raw);
  @ requires \separated(raw, json->text.data + (0 .. json->text.size - 1));
  @ terminates \true;
  @ assigns json->at, *raw;
  @ ensures json_moved{Pre,Post}(json);
  @ ensures \result ==> \old(json->at) + 2 <= json->at &&
  @	view_slice(json->text, \old(json->at) + 1, json->at - 1, *raw);
  @*/
static bool
take_string(struct json *json, struct view *raw)
{
	size_t start;
	unsigned int value;

	if (!json_take(json, '"'))
		return false;
	start = json->at;
	/*@ loop invariant start <= json->at <= json->text.size;
	  @ loop assigns json->at, value;
	  @ loop variant json->text.size - json->at;
	  @*/
	while (peek(json) != '"') {
		if (!take_character(json, &value))
			return false;
	}
	*raw = view_part(json->text, start, json->at - start);
	json->at++;
	return true;
}

bool
json_string_is(struct view raw, const char *name)
{
	struct json json = { raw, 0 };
	unsigned int value;
	size_t i;

	/*@ loop invariant i <= json.at <= raw.size && json.text == raw;
	  @ loop invariant \forall integer j; 0 <= j < i ==> name[j] != 0;
	  @ loop assigns i, json.at, value;
	  @ loop variant raw.size - json.at;
	  @*/
	for (i = 0; name[i] != '\0'; i++) {
		if (at_end(&json) || !take_character(&json, &value) || value != (uint8_t)name[i])
			return false;
	}
	return at_end(&json);
}

/* Moves over a value that is not an array or object. */
/*@ requires json_valid(json) && \valid(kind) && \separated(json, kind);
  @ requires \separated(kind, json->text.data + (0 .. json->text.size - 1));
  @ terminates \true;
  @ assigns json->at, *kind;
  @ ensures json_moved{Pre,Post}(json);
  @ ensures \result ==> \old(json->at) < json->at;
  @ ensures \result && *kind == JSON_TRUE ==> \old(json->at) + 4 <= json->at &&
  @	json->text.data[\old(json->at)] == 't' && json->text.data[\old(json->at) + 1] == 'r' &&
  @	json->text.data[\old(json->at) + 2] == 'u' && json->text.data[\old(json->at) + 3] == 'e';
  @ ensures \result && *kind == JSON_STRING ==> \old(json->at) + 2 <= json->at;
  @*/
static bool
take_scalar(struct json *json, enum json_kind *kind)
{
	struct view ignored;

	switch (peek(json)) {
	case 'n':
		*kind = JSON_NULL;
		//@ assert text_readable(&word_null[0], 4);
		return take_word(json, word_null);
	case 'f':
		*kind = JSON_FALSE;
		//@ assert text_readable(&word_false[0], 5);
		return take_word(json, word_false);
	case 't':
		*kind = JSON_TRUE;
		//@ assert text_readable(&word_true[0], 4);
		return take_word(json, word_true);
	case '"':
		*kind = JSON_STRING;
		return take_string(json, &ignored);
	default:
		break;
	}
	*kind = JSON_NUMBER;
	return take_number(json);
}

bool
json_take_member_name(struct json *json, struct view *name)
{
	if (!take_string(json, name))
		return false;
	//@ assert view_within(json->text, *name);
	json_skip_space(json);
	if (!json_take(json, ':'))
		return false;
	json_skip_space(json);
	return true;
}

/*
 * The brackets that are open, innermost in the lowest bit: 1 for an object,
 * 0 for an array.
 */
struct nesting {
	uint64_t objects;
	unsigned int depth;
};

/*
 * After a value: closes what ends here, and moves over the comma (and the next
 * member's name) when the innermost bracket goes on. Leaves depth 0 when the
 * outermost bracket was closed.
 */
/*@ requires json_valid(json) && \valid(open) && \separated(json, open);
  @ requires \separated(open, json->text.data + (0 .. json->text.size - 1));
  @ requires open->depth <= JSON_DEPTH_MAX;
  @ terminates \true;
  @ assigns json->at, *open;
  @ ensures json_moved{Pre,Post}(json);
  @ ensures open->depth <= \old(open->depth);
  @*/
static bool
take_separators(struct json *json, struct nesting *open)
{
	struct view ignored;

	/*@ loop invariant json_moved{Pre,Here}(json) && open->depth <= \at(open->depth, Pre);
	  @ loop assigns json->at, *open, ignored;
	  @ loop variant open->depth;
	  @*/
	while (open->depth > 0) {
		bool object = open->objects & 1;

		json_skip_space(json);
		if (json_take(json, ',')) {
			json_skip_space(json);
			return !object || json_take_member_name(json, &ignored);
		}
		if (!json_take(json, object ? '}' : ']'))
			return false;
		open->objects >>= 1;
		open->depth--;
	}
	return true;
}

/*
 * Opens one bracket and stops before its first value. *empty tells that the
 * bracket was closed again at once, and so is a whole value.
 */
/*@ requires json_valid(json) && \valid(open) && \valid(empty) && \separated(json, open, empty);
  @ requires \separated(open, json->text.data + (0 .. json->text.size - 1));
  @ requires \separated(empty, json->text.data + (0 .. json->text.size - 1));
  @ requires open->depth <= JSON_DEPTH_MAX;
  @ requires json_next(json, '{') || json_next(json, '[');
  @ terminates \true;
  @ assigns json->at, *open, *empty;
  @ ensures json_moved{Pre,Post}(json) && open->depth <= JSON_DEPTH_MAX;
  @ ensures \old(json->at) < json->at;
  @*/
static bool
take_opening(struct json *json, struct nesting *open, bool *empty)
{
	bool object = peek(json) == '{';
	struct view ignored;

	json->at++;
	json_skip_space(json);
	*empty = json_take(json, object ? '}' : ']');
	if (*empty)
		return true;
	if (open->depth == JSON_DEPTH_MAX)
		return false;
	open->objects = open->objects << 1 | (object ? 1 : 0);
	open->depth++;
	return !object || json_take_member_name(json, &ignored);
}

bool
json_take_value(struct json *json, enum json_kind *kind, struct view *raw)
{
	struct nesting open = { 0, 0 };
	size_t start = json->at;
	uint8_t first = peek(json);

	/*@ loop invariant json_moved{Pre,Here}(json) && open.depth <= JSON_DEPTH_MAX;
	  @ loop invariant first == '{' || first == '[' ||
	  @	(json->at == \at(json->at, Pre) && open.depth == 0);
	  @ loop assigns json->at, *kind, open;
	  @ loop variant json->text.size - json->at;
	  @*/
	do {
		bool whole = true;

		if (peek(json) == '{' || peek(json) == '[') {
			if (!take_opening(json, &open, &whole))
				return false;
		} else if (!take_scalar(json, kind)) {
			return false;
		}
		if (whole && !take_separators(json, &open))
			return false;
	} while (open.depth > 0);

	if (first == '{')
		*kind = JSON_OBJECT;
	else if (first == '[')
		*kind = JSON_ARRAY;
	*raw = view_part(json->text, start, json->at - start);
	return true;
}
