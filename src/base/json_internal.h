/* SPDX-License-Identifier: ISC */
/*
 * Shared by json.c, which reads values, and json_string.c, which reads strings.
 */
#ifndef JSON_INTERNAL_H
#define JSON_INTERNAL_H

#include "base/json.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * True at the end of the text.
 */
/*@ requires \valid_read(json);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> json->at >= json->text.size;
  @*/
bool json_at_end(const struct json *json);

/*
 * The next byte, or 0 at the end: a NUL is valid nowhere in JSON.
 */
/*@ requires json_valid(json);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result == (json->at < json->text.size ? json->text.data[json->at] : 0);
  @*/
uint8_t json_peek(const struct json *json);

/*
 * Moves over one string and gives what stands between its quotes, still escaped.
 */
/*@ requires json_valid(json) && \valid(raw) && \separated(json, raw);
  @ requires \separated(raw, json->text.data + (0 .. json->text.size - 1));
  @ terminates \true;
  @ assigns json->at, *raw;
  @ ensures json_moved{Pre,Post}(json);
  @ ensures \result ==> \old(json->at) + 2 <= json->at &&
  @	view_slice(json->text, \old(json->at) + 1, json->at - 1, *raw);
  @*/
bool json_take_string(struct json *json, struct view *raw);

#endif
