/* SPDX-License-Identifier: ISC */
#include "base/json.h"
#include "base/json_internal.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The value of a hexadecimal digit, or 16 when it is none. */
/*@ terminates \true;
  @ assigns \nothing;
  @ ensures \result <= 16 && (byte == 0 ==> \result == 16);
  @*/
static unsigned int
hex_value(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
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

	*value = json_peek(json);
	if (*value < 0x20 || *value == '"')
		return false;
	json->at++;
	if (*value != '\\')
		return true;

	*value = json_peek(json);
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
			digit = hex_value(json_peek(json));
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

bool
json_take_string(struct json *json, struct view *raw)
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
	while (json_peek(json) != '"') {
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
		if (json_at_end(&json) || !take_character(&json, &value) ||
		    value != (uint8_t)name[i])
			return false;
	}
	return json_at_end(&json);
}
