/* SPDX-License-Identifier: ISC */
#include "base/json.h"

#include "base/json_internal.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static const char word_null[] = "null";
static const char word_false[] = "false";
static const char word_true[] = "true";

bool
json_at_end(const struct json *json)
{
	return json->at >= json->text.size;
}

uint8_t
json_peek(const struct json *json)
{
	return json_at_end(json) ? 0 : json->text.data[json->at];
}

void
json_skip_space(struct json *json)
{
	/*@ loop invariant json_moved{Pre,Here}(json);
	  @ loop assigns json->at;
	  @ loop variant json->text.size - json->at;
	  @*/
	while (json_peek(json) == ' ' || json_peek(json) == '\t' || json_peek(json) == '\n' ||
	       json_peek(json) == '\r')
		json->at++;
}

bool
json_take(struct json *json, uint8_t byte)
{
	if (json_at_end(json) || json->text.data[json->at] != byte)
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
	if (!is_digit(json_peek(json)))
		return false;
	/*@ loop invariant json_moved{Pre,Here}(json);
	  @ loop invariant json->at == \at(json->at, Pre) ==>
	  @	json->at < json->text.size && '0' <= json->text.data[json->at] <= '9';
	  @ loop assigns json->at;
	  @ loop variant json->text.size - json->at;
	  @*/
	while (is_digit(json_peek(json)))
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

	switch (json_peek(json)) {
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
		return json_take_string(json, &ignored);
	default:
		break;
	}
	*kind = JSON_NUMBER;
	return take_number(json);
}

bool
json_take_member_name(struct json *json, struct view *name)
{
	if (!json_take_string(json, name))
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
 * After a value: closes brackets that end here, and moves over the comma (and the next member's
 * name) when the innermost bracket goes on. Leaves depth 0 when the outermost bracket was closed.
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
 * Opens one bracket and stops before its first value. *empty is set when the bracket closes at
 * once, and so is a whole value.
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
	bool object = json_peek(json) == '{';
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
	uint8_t first = json_peek(json);

	/*@ loop invariant json_moved{Pre,Here}(json) && open.depth <= JSON_DEPTH_MAX;
	  @ loop invariant first == '{' || first == '[' ||
	  @	(json->at == \at(json->at, Pre) && open.depth == 0);
	  @ loop assigns json->at, *kind, open;
	  @ loop variant json->text.size - json->at;
	  @*/
	do {
		bool whole = true;

		if (json_peek(json) == '{' || json_peek(json) == '[') {
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
