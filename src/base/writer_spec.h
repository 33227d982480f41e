/* SPDX-License-Identifier: ISC */
/*
 * Predicates and lemmas for the contracts of writer.h.
 */
#ifndef WRITER_SPEC_H
#define WRITER_SPEC_H

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

#endif
