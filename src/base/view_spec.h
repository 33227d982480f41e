/* SPDX-License-Identifier: ISC */
/*
 * Predicates and lemmas for the contracts of view.h and of all parsers.
 */
#ifndef VIEW_SPEC_H
#define VIEW_SPEC_H

/*@ predicate view_readable{L}(struct view v) =
  @	\valid_read(v.data + (0 .. v.size - 1));
  @
  @ // `byte` is at none of the positions from .. to - 1
  @ predicate view_lacks{L}(struct view v, integer from, integer to, integer byte) =
  @	\forall integer i; from <= i < to ==> v.data[i] != byte;
  @
  @ // `at` is the position of the first `byte` from `from` on, or the end
  @ predicate view_first{L}(struct view v, integer from, integer byte, integer at) =
  @	from <= at <= v.size && view_lacks(v, from, at, byte) &&
  @	(at < v.size ==> v.data[at] == byte);
  @
  @ // `part` is what stands at from .. to - 1 of `v`
  @ predicate view_slice(struct view v, integer from, integer to, struct view part) =
  @	part.data == v.data + from && part.size == to - from;
  @
  @ // `part` is somewhere in `v`
  @ predicate view_within(struct view v, struct view part) =
  @	\exists integer from; 0 <= from <= from + part.size <= v.size && part.data == v.data + from;
  @
  @ // `v` starts with the C string `text`, which has `length` characters
  @ predicate view_starts{L}(struct view v, char *text, integer length) =
  @	length <= v.size && (\forall integer i; 0 <= i < length ==> v.data[i] == (uint8_t)text[i]);
  @
  @ predicate text_length{L}(char *text, integer length) =
  @	0 <= length && text[length] == 0 &&
  @	(\forall integer i; 0 <= i < length ==> text[i] != 0);
  @
  @ predicate text_readable{L}(char *text, integer length) =
  @	\valid_read(text + (0 .. length)) && text_length(text, length);
  @*/

/*@ // RFC 3629, section 3: a character of one to four bytes, said by its number
  @ // instead of by tables of bytes.
  @
  @ predicate utf8_tail(integer byte) = 0x80 <= byte <= 0xBF;
  @
  @ predicate utf8_character{L}(uint8_t *d, integer length) =
  @	(length == 1 && d[0] <= 0x7F) ||
  @	(length == 2 && 0xC0 <= d[0] <= 0xDF && utf8_tail(d[1]) &&
  @	 0x80 <= (d[0] - 0xC0) * 64 + (d[1] - 0x80)) ||
  @	(length == 3 && 0xE0 <= d[0] <= 0xEF && utf8_tail(d[1]) && utf8_tail(d[2]) &&
  @	 0x800 <= (d[0] - 0xE0) * 4096 + (d[1] - 0x80) * 64 + (d[2] - 0x80) &&
  @	 !(0xD800 <= (d[0] - 0xE0) * 4096 + (d[1] - 0x80) * 64 + (d[2] - 0x80) <= 0xDFFF)) ||
  @	(length == 4 && 0xF0 <= d[0] <= 0xF7 && utf8_tail(d[1]) && utf8_tail(d[2]) &&
  @	 utf8_tail(d[3]) &&
  @	 0x10000 <= (d[0] - 0xF0) * 262144 + (d[1] - 0x80) * 4096 + (d[2] - 0x80) * 64 +
  @		    (d[3] - 0x80) <= 0x10FFFF);
  @
  @ // d[from .. to - 1] is a row of characters
  @ predicate utf8{L}(uint8_t *d, integer from, integer to) =
  @	from == to ||
  @	(from + 1 <= to && utf8_character(d + from, 1) && utf8(d, from + 1, to)) ||
  @	(from + 2 <= to && utf8_character(d + from, 2) && utf8(d, from + 2, to)) ||
  @	(from + 3 <= to && utf8_character(d + from, 3) && utf8(d, from + 3, to)) ||
  @	(from + 4 <= to && utf8_character(d + from, 4) && utf8(d, from + 4, to));
  @
  @ // C0 controls, DEL, and C1 controls, which are C2 80 to C2 9F
  @ predicate control_at{L}(struct view v, integer i) =
  @	v.data[i] < 0x20 || v.data[i] == 0x7F ||
  @	(0 < i && v.data[i - 1] == 0xC2 && 0x80 <= v.data[i] <= 0x9F);
  @
  @ predicate view_clean{L}(struct view v) =
  @	utf8(v.data, 0, v.size) && (\forall integer i; 0 <= i < v.size ==> !control_at(v, i));
  @*/

#endif
