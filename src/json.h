/* SPDX-License-Identifier: ISC */
/*
 * A strict reader of JSON texts (RFC 8259), without allocation or recursion.
 *
 * The API's answer decides who is let in, so it is read by the letter of the
 * grammar: no trailing commas, no leading zeros, no control characters in
 * strings, no bytes after the value, well-formed UTF-8 throughout.
 */
#ifndef JSON_H
#define JSON_H

#include "view.h"

#define JSON_DEPTH_MAX 64 /* open brackets at a time; one bit each in a word */

enum json_kind {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

/*
 * A position in a text. Start with { text, 0 }.
 */
struct json {
	struct view text;
	size_t at; /* the next byte to read; where the fault is, after a failure */
};

/*
 * Moves over spaces, tabs, line feeds and carriage returns.
 */
void json_skip_space(struct json *json);

/*
 * Moves over the byte `byte`, when it is next. False, and no move, otherwise.
 */
bool json_take(struct json *json, uint8_t byte);

/*
 * Moves over a member's name and the colon behind it, to where its value starts,
 * and gives what stands between the name's quotes, still escaped. False when
 * there is no valid string and colon here. UTF-8 is not checked.
 */
bool json_take_member_name(struct json *json, struct view *name);

/*
 * Moves over one value of any kind, everything in it included, and gives its
 * kind and its bytes. False when there is no valid value here, or when it is
 * nested deeper than JSON_DEPTH_MAX. UTF-8 is not checked.
 */
bool json_take_value(struct json *json, enum json_kind *kind, struct view *raw);

/*
 * True when the escaped string `raw`, from json_take_member_name(), stands for the
 * ASCII text `name`, however it is escaped.
 */
bool json_string_is(struct view raw, const char *name);

#endif
