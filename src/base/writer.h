/* SPDX-License-Identifier: ISC */
/*
 * A writer: a buffer that the caller owns, filled from the front and never beyond its end. What
 * does not fit is cut off, and noted in `full`.
 */
#ifndef WRITER_H
#define WRITER_H

#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most bytes that one byte takes in JSON, as in \u0001. */
#define JSON_WIDTH_MAX 6

struct writer {
	uint8_t *data;
	size_t room; /* bytes that data has room for */
	size_t size; /* bytes written */
	bool full;   /* something did not fit */
};

#include "base/writer_spec.h"

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
