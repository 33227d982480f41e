/* SPDX-License-Identifier: ISC */
/*
 * A writer: room that belongs to somebody else, filled from the front and
 * never beyond its end. What does not fit is cut and remembered in `full`.
 */
#ifndef WRITER_H
#define WRITER_H

#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a byte takes in JSON at most, as in \u0001. */
#define JSON_WIDTH_MAX 6

struct writer {
	uint8_t *data;
	size_t room; /* bytes that data has room for */
	size_t size; /* bytes written */
	bool full;   /* something did not fit */
};

/*@ predicate writer_valid{L}(struct writer *w) =
  @	\valid(w) && w->size <= w->room < SIZE_MAX && \valid(w->data + (0 .. w->room - 1)) &&
  @	\separated(w, w->data + (0 .. w->room - 1)) && (w->full ==> w->size == w->room);
  @
  @ // what was written stays, and nothing is written beyond the room
  @ predicate writer_went_on{K,L}(struct writer *w) =
  @	\at(w->data, L) == \at(w->data, K) && \at(w->room, L) == \at(w->room, K) &&
  @	\at(w->size, K) <= \at(w->size, L) <= \at(w->room, L) &&
  @	(\at(w->full, K) ==> \at(w->full, L)) &&
  @	(\forall integer i; 0 <= i < \at(w->size, K) ==>
  @		\at(w->data[i], L) == \at(w->data[i], K));
  @
  @ // `count` bytes were appended, or there was no room for them
  @ predicate writer_appended{K,L}(struct writer *w, integer count) =
  @	writer_went_on{K,L}(w) &&
  @	(\at(w->size, K) + count <= \at(w->room, K) ?
  @	 \at(w->size, L) == \at(w->size, K) + count && \at(w->full, L) == \at(w->full, K) :
  @	 \at(w->full, L));
  @
  @ // what a view must be so that it can be appended
  @ predicate writer_takes{L}(struct writer *w, struct view v) =
  @	view_readable(v) && \separated(w, v.data + (0 .. v.size - 1)) &&
  @	\separated(w->data + (0 .. w->room - 1), v.data + (0 .. v.size - 1));
  @
  @ logic integer hex_character(integer value) =
  @	value < 10 ? '0' + value : 'a' + (value - 10);
  @
  @ // RFC 8259, section 7: how many characters stand for a byte, and which
  @ logic integer json_width(integer byte) =
  @	byte == '"' || byte == '\\' ? 2 : byte < 0x20 ? 6 : 1;
  @
  @ logic integer json_character(integer byte, integer i) =
  @	json_width(byte) == 1 ? byte : i == 0 ? '\\' : json_width(byte) == 2 ? byte :
  @	i == 1 ? 'u' : i <= 3 ? '0' : hex_character(i == 4 ? byte / 16 : byte % 16);
  @
  @ // of the first `count` bytes of a view
  @ logic integer json_size{L}(struct view v, integer count) =
  @	count <= 0 ? 0 : json_size(v, count - 1) + json_width(v.data[count - 1]);
  @
  @ // these characters stand at `d`
  @ predicate json_stands{L,K}(uint8_t *d, struct view v, integer count) =
  @	\forall integer i, k; 0 <= i < count && 0 <= k < json_width(\at(v.data[i], K)) ==>
  @	json_size{K}(v, i) + k < json_size{K}(v, count) &&
  @	\at(d[json_size{K}(v, i) + k], L) == json_character(\at(v.data[i], K), k);
  @*/

/*
 * Appends one byte.
 */
/*@ requires writer_valid(writer);
  @ terminates \true;
  @ assigns writer->size, writer->full, writer->data[writer->size .. writer->room - 1];
  @ ensures writer_valid(writer) && writer_appended{Pre,Post}(writer, 1);
  @ ensures \old(writer->size) < writer->room ==> writer->data[\old(writer->size)] == byte;
  @*/
void writer_byte(struct writer *writer, uint8_t byte);

/*
 * Appends a C string without its final NUL.
 */
/*@ requires writer_valid(writer) && (\exists integer length; text_readable(text, length));
  @ terminates \true;
  @ assigns writer->size, writer->full, writer->data[writer->size .. writer->room - 1];
  @ ensures \forall integer length; text_length{Pre}(text, length) ==>
  @	writer_valid(writer) && writer_appended{Pre,Post}(writer, length) &&
  @	(\forall integer i; 0 <= i < length && \old(writer->size) + i < writer->size ==>
  @		writer->data[\old(writer->size) + i] == (uint8_t)\old(text[i]));
  @*/
void writer_text(struct writer *writer, const char *text);

/*
 * Appends a view byte for byte.
 */
/*@ requires writer_valid(writer) && writer_takes(writer, view);
  @ terminates \true;
  @ assigns writer->size, writer->full, writer->data[writer->size .. writer->room - 1];
  @ ensures writer_valid(writer) && writer_appended{Pre,Post}(writer, view.size);
  @ ensures \forall integer i; 0 <= i < view.size && \old(writer->size) + i < writer->size ==>
  @	writer->data[\old(writer->size) + i] == view.data[i];
  @*/
void writer_view(struct writer *writer, struct view view);

/*
 * Appends a number in decimal.
 */
/*@ requires writer_valid(writer);
  @ terminates \true;
  @ assigns writer->size, writer->full, writer->data[writer->size .. writer->room - 1];
  @ ensures writer_valid(writer) && writer_went_on{Pre,Post}(writer);
  @*/
void writer_number(struct writer *writer, uint64_t number);

/*
 * Appends a view in hexadecimal, two lower-case digits for each byte.
 */
/*@ requires writer_valid(writer) && writer_takes(writer, view);
  @ terminates \true;
  @ assigns writer->size, writer->full, writer->data[writer->size .. writer->room - 1];
  @ ensures writer_valid(writer) && writer_appended{Pre,Post}(writer, 2 * view.size);
  @ ensures \forall integer i; 0 <= i < view.size && \old(writer->size) + 2 * i + 1 < writer->size ==>
  @	writer->data[\old(writer->size) + 2 * i] == hex_character(view.data[i] / 16) &&
  @	writer->data[\old(writer->size) + 2 * i + 1] == hex_character(view.data[i] % 16);
  @*/
void writer_hex(struct writer *writer, struct view view);

/*
 * Appends a view as the inside of a JSON string: quotes, backslashes and
 * control characters escaped, everything else as it is. The view is UTF-8.
 */
/*@ requires writer_valid(writer) && writer_takes(writer, view);
  @ terminates \true;
  @ assigns writer->size, writer->full, writer->data[writer->size .. writer->room - 1];
  @ ensures writer_valid(writer) && writer_appended{Pre,Post}(writer, json_size{Pre}(view, view.size));
  @ ensures json_size{Pre}(view, view.size) <= JSON_WIDTH_MAX * view.size;
  @ ensures !writer->full ==> json_stands{Post,Pre}(writer->data + \old(writer->size), view, view.size);
  @*/
void writer_json(struct writer *writer, struct view view);

#endif
