/* SPDX-License-Identifier: ISC */
/*
 * The encoding of numbers and texts in a message: numbers big endian, texts after their length
 * in two bytes. Each value is checked when it is read; the first invalid one breaks the reader,
 * and every later value is 0 or empty.
 */
#ifndef PACK_H
#define PACK_H

#include "base/view.h"
#include "base/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
	struct view view;
	size_t at; /* everything before it has been taken */
	bool broken;
};

/*@ predicate reader_valid{L}(struct reader *r) =
  @	\valid(r) && r->at <= r->view.size && view_readable(r->view) &&
  @	\separated(r, r->view.data + (0 .. r->view.size - 1));
  @
  @ // it goes forward, on the same bytes, and once broken stays so
  @ predicate reader_went_on{K,L}(struct reader *r) =
  @	\at(r->view.data, L) == \at(r->view.data, K) &&
  @	\at(r->view.size, L) == \at(r->view.size, K) &&
  @	\at(r->at, K) <= \at(r->at, L) <= \at(r->view.size, L) &&
  @	(\at(r->broken, K) ==> \at(r->broken, L));
  @
  @ // what was taken is empty, or stands in the message
  @ predicate reader_gave{L}(struct reader *r, struct view v) =
  @	v.size == 0 || view_within(\at(r->view, L), v);
  @*/

/*
 * Takes a number of `width` bytes, at most 8, that must not be above `max`.
 */
/*@ requires reader_valid(reader) && 1 <= width <= 8;
  @ terminates \true;
  @ assigns reader->at, reader->broken;
  @ ensures reader_valid(reader) && reader_went_on{Pre,Post}(reader);
  @ ensures \result <= max;
  @ ensures reader->broken ==> \result == 0;
  @*/
uint64_t pack_take_number(struct reader *reader, size_t width, uint64_t max);

/*
 * Takes a text of at most `max` bytes that is clean (view.h). The result points
 * into the message.
 */
/*@ requires reader_valid(reader);
  @ terminates \true;
  @ assigns reader->at, reader->broken;
  @ ensures reader_valid(reader) && reader_went_on{Pre,Post}(reader);
  @ ensures \result.size <= max && view_readable(\result) && reader_gave(reader, \result);
  @ ensures reader->broken ==> \result.size == 0;
  @ ensures !reader->broken ==> view_clean(\result);
  @*/
struct view pack_take_text(struct reader *reader, size_t max);

/*
 * The same, as a C string, into `text`, which has `room` bytes. A clean text has no NUL, so the
 * string is the whole text.
 */
/*@ requires reader_valid(reader) && 1 <= room && \valid(text + (0 .. room - 1));
  @ requires \separated(reader, text + (0 .. room - 1)) &&
  @	\separated(reader->view.data + (0 .. reader->view.size - 1), text + (0 .. room - 1));
  @ terminates \true;
  @ assigns reader->at, reader->broken, text[0 .. room - 1];
  @ ensures reader_valid(reader) && reader_went_on{Pre,Post}(reader);
  @ ensures \exists integer i; 0 <= i < room && text[i] == 0;
  @*/
void pack_take_string(struct reader *reader, char *text, size_t room);

/*
 * Takes exactly `size` bytes into `bytes`, or breaks and sets them to 0.
 */
/*@ requires reader_valid(reader) && \valid(bytes + (0 .. size - 1));
  @ requires \separated(reader, bytes + (0 .. size - 1)) &&
  @	\separated(reader->view.data + (0 .. reader->view.size - 1), bytes + (0 .. size - 1));
  @ terminates \true;
  @ assigns reader->at, reader->broken, bytes[0 .. size - 1];
  @ ensures reader_valid(reader) && reader_went_on{Pre,Post}(reader);
  @*/
void pack_take_bytes(struct reader *reader, uint8_t *bytes, size_t size);

/*
 * Takes everything that is left.
 */
/*@ requires reader_valid(reader);
  @ terminates \true;
  @ assigns reader->at, reader->broken;
  @ ensures reader_valid(reader) && reader_went_on{Pre,Post}(reader);
  @ ensures \result.size <= max && view_readable(\result) && reader_gave(reader, \result);
  @ ensures !reader->broken ==> reader->at == reader->view.size;
  @*/
struct view pack_take_rest(struct reader *reader, size_t max);

/*
 * True when every value was valid and nothing is left.
 */
/*@ requires \valid_read(reader);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> !reader->broken && reader->at == reader->view.size;
  @*/
bool pack_is_over(const struct reader *reader);

/*
 * Appends the low `width` bytes, at most 8, of a number.
 */
/*@ requires writer_valid(writer) && 1 <= width <= 8;
  @ terminates \true;
  @ assigns writer->size, writer->full, writer->data[writer->size .. writer->room - 1];
  @ ensures writer_valid(writer) && writer_appended{Pre,Post}(writer, width);
  @*/
void pack_put_number(struct writer *writer, size_t width, uint64_t number);

/*
 * Appends a text, cleaned: a question mark replaces each byte that is not part of a character or
 * belongs to a control character. What exceeds `max` bytes, at most 65,535, is cut between two
 * characters.
 */
/*@ requires writer_valid(writer) && writer_takes(writer, text) && max <= 65535;
  @ terminates \true;
  @ assigns writer->size, writer->full, writer->data[writer->size .. writer->room - 1];
  @ ensures writer_valid(writer) && writer_went_on{Pre,Post}(writer);
  @*/
void pack_put_text(struct writer *writer, struct view text, size_t max);

#endif
