/* SPDX-License-Identifier: ISC */
/*
 * A strict reader of JSON texts (RFC 8259), without allocation or recursion.
 *
 * The API's answer decides who may log in, so the grammar is applied strictly: no trailing
 * commas, no leading zeros, no control characters in
 * strings, no bytes after the value, well-formed UTF-8 throughout.
 */
#ifndef JSON_H
#define JSON_H

#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

#include "base/json_spec.h"

/*
 * Moves over spaces, tabs, line feeds and carriage returns.
 */
/*@ requires json_valid(json);
  @ terminates \true;
  @ assigns json->at;
  @ ensures json_moved{Pre,Post}(json);
  @*/
void json_skip_space(struct json *json);

/*
 * Moves over the byte `byte` if it is next. Otherwise false, without moving.
 */
/*@ requires json_valid(json);
  @ terminates \true;
  @ assigns json->at;
  @ ensures \result <==> json_next{Pre}(json, byte);
  @ ensures json->at == \old(json->at) + (\result ? 1 : 0);
  @*/
bool json_take(struct json *json, uint8_t byte);

/*
 * Moves over a member's name and the colon after it, to where its value starts, and gives what
 * stands between the name's quotes, still escaped. False when there is no valid string and colon
 * here. UTF-8 is not checked.
 */
/*@ requires json_valid(json) && \valid(name) && \separated(json, name);
  @ requires \separated(name, json->text.data + (0 .. json->text.size - 1));
  @ terminates \true;
  @ assigns json->at, *name;
  @ ensures json_moved{Pre,Post}(json);
  @ ensures \result ==> \old(json->at) < json->at && view_within(json->text, *name);
  @*/
bool json_take_member_name(struct json *json, struct view *name);

/*
 * Moves over one value of any kind, everything in it included, and gives its
 * kind and its bytes. False when there is no valid value here, or when it is
 * nested deeper than JSON_DEPTH_MAX. UTF-8 is not checked.
 */
/*@ requires json_valid(json) && \valid(kind) && \valid(raw) && \separated(json, kind, raw);
  @ requires \separated(kind, json->text.data + (0 .. json->text.size - 1));
  @ requires \separated(raw, json->text.data + (0 .. json->text.size - 1));
  @ terminates \true;
  @ assigns json->at, *kind, *raw;
  @ ensures json_moved{Pre,Post}(json);
  @ ensures \result ==> \old(json->at) < json->at &&
  @	view_slice(json->text, \old(json->at), json->at, *raw);
  @ ensures \result && *kind == JSON_TRUE ==> json_true(*raw);
  @ ensures \result && *kind == JSON_STRING ==> 2 <= raw->size;
  @*/
bool json_take_value(struct json *json, enum json_kind *kind, struct view *raw);

/*
 * True when the escaped string `raw`, from json_take_member_name(), stands for the
 * ASCII text `name`, however it is escaped.
 */
/*@ requires view_readable(raw) && (\exists integer length; text_readable(name, length));
  @ terminates \true;
  @ assigns \nothing;
  @*/
bool json_string_is(struct view raw, const char *name);

#endif
