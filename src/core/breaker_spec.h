/* SPDX-License-Identifier: ISC */
/*
 * Predicates and lemmas for the contracts of breaker.h.
 */
#ifndef BREAKER_SPEC_H
#define BREAKER_SPEC_H

/*@ // closed, or open after enough failures with a backoff between the two bounds
  @ predicate breaker_valid{L}(struct breaker *b) =
  @	(b->failures < BREAKER_FAILURES && b->backoff == 0) ||
  @	(b->failures == BREAKER_FAILURES &&
  @	 BREAKER_BACKOFF_MIN <= b->backoff <= BREAKER_BACKOFF_MAX);
  @
  @ predicate breaker_filled{L}(struct breaker *b) =
  @	\initialized(&b->failures) && \initialized(&b->backoff) && \initialized(&b->until);
  @*/

#endif
