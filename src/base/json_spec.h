/* SPDX-License-Identifier: ISC */
/*
 * Predicates and lemmas for the contracts of json.h.
 */
#ifndef JSON_SPEC_H
#define JSON_SPEC_H

/*@ predicate json_valid{L}(struct json *j) =
  @	\valid(j) && j->at <= j->text.size && view_readable(j->text) &&
  @	\separated(j, j->text.data + (0 .. j->text.size - 1));
  @
  @ // the position after moving over something, if only over nothing
  @ predicate json_moved{K,L}(struct json *j) = \at(j->at, K) <= \at(j->at, L) <= \at(j->text.size, L);
  @
  @ predicate json_next{L}(struct json *j, integer byte) =
  @	j->at < j->text.size && j->text.data[j->at] == byte;
  @
  @ predicate json_true{L}(struct view v) =
  @	4 <= v.size && v.data[0] == 't' && v.data[1] == 'r' && v.data[2] == 'u' &&
  @	v.data[3] == 'e';
  @*/

#endif
