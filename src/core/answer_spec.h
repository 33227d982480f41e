/* SPDX-License-Identifier: ISC */
/*
 * Predicates and lemmas for the contracts of answer.h.
 */
#ifndef ANSWER_SPEC_H
#define ANSWER_SPEC_H

/*@ // the four letters stand somewhere in it
  @ predicate view_says_true{L}(struct view v) =
  @	\exists integer i; 0 <= i && i + 4 <= v.size && v.data[i] == 't' &&
  @	v.data[i + 1] == 'r' && v.data[i + 2] == 'u' && v.data[i + 3] == 'e';
  @*/

#endif
