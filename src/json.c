/* SPDX-License-Identifier: ISC */
#include "json.h"

static bool
at_end(const struct json *json)
{
	return json->at >= json->text.size;
}

/* The next byte, or 0 at the end: a NUL is nowhere valid in JSON. */
static uint8_t
peek(const struct json *json)
{
	return at_end(json) ? 0 : json->text.data[json->at];
}

void
json_skip_space(struct json *json)
{
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

static bool
take_word(struct json *json, const char *word)
{
	size_t i;

	for (i = 0; word[i] != '\0'; i++) {
		if (!json_take(json, (uint8_t)word[i]))
			return false;
	}
	return true;
}

static bool
is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

static bool
take_digits(struct json *json)
{
	if (!is_digit(peek(json)))
		return false;
	while (is_digit(peek(json)))
		json->at++;
	return true;
}

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
static bool
take_string(struct json *json, struct view *raw)
{
	size_t start;
	unsigned int value;

	if (!json_take(json, '"'))
		return false;
	start = json->at;
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

	for (i = 0; name[i] != '\0'; i++) {
		if (at_end(&json) || !take_character(&json, &value) || value != (uint8_t)name[i])
			return false;
	}
	return at_end(&json);
}

/* Moves over a value that is not an array or object. */
static bool
take_scalar(struct json *json, enum json_kind *kind)
{
	struct view ignored;

	switch (peek(json)) {
	case 'n':
		*kind = JSON_NULL;
		return take_word(json, "null");
	case 'f':
		*kind = JSON_FALSE;
		return take_word(json, "false");
	case 't':
		*kind = JSON_TRUE;
		return take_word(json, "true");
	case '"':
		*kind = JSON_STRING;
		return take_string(json, &ignored);
	default:
		*kind = JSON_NUMBER;
		return take_number(json);
	}
}

bool
json_take_member_name(struct json *json, struct view *name)
{
	if (!take_string(json, name))
		return false;
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
static bool
take_separators(struct json *json, struct nesting *open)
{
	struct view ignored;

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
	open->objects = open->objects << 1 | object;
	open->depth++;
	return !object || json_take_member_name(json, &ignored);
}

bool
json_take_value(struct json *json, enum json_kind *kind, struct view *raw)
{
	struct nesting open = { 0, 0 };
	size_t start = json->at;
	uint8_t first = peek(json);

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
