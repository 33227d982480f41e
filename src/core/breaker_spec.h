/* SPDX-License-Identifier: ISC */
/*
 * Predicates and lemmas for the contracts of breaker.h.
 */
#ifndef BREAKER_SPEC_H
#define BREAKER_SPEC_H

/*@ // closed, or open after enough failures for a time between the two limits
  @ predicate breaker_valid{L}(struct breaker *b) =
  @	(b->failures < BREAKER_FAILURES && b->limit == 0) ||
  @	(b->failures == BREAKER_FAILURES && BREAKER_LIMIT_MIN <= b->limit <= BREAKER_LIMIT_MAX);
  @
  @ predicate breaker_filled{L}(struct breaker *b) =
  @	\initialized(&b->failures) && \initialized(&b->limit) && \initialized(&b->until);
  @*/

#endif
