/* SPDX-License-Identifier: ISC */
/*
 * Predicates and lemmas for the contracts of http.h.
 */
#ifndef HTTP_SPEC_H
#define HTTP_SPEC_H

/*@ predicate http_empty{L}(struct http_head *h) =
  @	h->status < 200 || h->status == 204 || h->status == 304;
  @
  @ // The body ended where one thing, and one only, said that it does.
  @ predicate http_one_end{L}(struct http_answer *a) =
  @	(http_empty(&a->head) && a->length == 0) ||
  @	(a->head.framing == 1 && (a->head.chunked || a->length == a->head.length)) ||
  @	a->head.framing == 0;
  @
  @ // No step behind the head is reached unless it is known how the body ends.
  @ predicate http_steps_sane{L}(struct http_answer *a) =
  @	(HTTP_AT_FIELD <= a->step ==> 100 <= a->head.status) &&
  @	(a->step == HTTP_AT_FIELD && a->defect == HTTP_SOUND ==> a->head.framing <= 1) &&
  @	(a->step == HTTP_AT_BODY ==> a->head.framing == 1 && !a->head.chunked &&
  @		a->length == 0 && a->at == a->from) &&
  @	(HTTP_AT_CHUNK <= a->step <= HTTP_AT_TRAILER && a->defect == HTTP_SOUND ==>
  @		a->head.framing == 1 && a->head.chunked) &&
  @	(a->step == HTTP_IN_CHUNK ==> a->length + a->left <= HTTP_BODY_MAX) &&
  @	(a->step == HTTP_AT_END ==> a->head.framing == 0 && a->length == 0 && a->at == a->from) &&
  @	(a->step == HTTP_AT_END && a->defect == HTTP_SOUND ==> a->from <= HTTP_HEAD_MAX) &&
  @	(a->step == HTTP_DONE ==> http_one_end(a));
  @
  @ // What of the answer is where, in every step.
  @ predicate http_sane{L}(struct http_answer *a) =
  @	\valid(a) && a->at <= a->size <= HTTP_ANSWER_MAX && a->looked <= a->size &&
  @	a->from <= HTTP_ANSWER_MAX && a->length <= HTTP_BODY_MAX &&
  @	a->from + a->length <= a->at &&
  @	a->left <= HTTP_BODY_MAX && a->interims <= HTTP_INTERIM_MAX &&
  @	http_head_sane(&a->head) && HTTP_AT_STATUS <= a->step <= HTTP_DONE &&
  @	(a->step <= HTTP_AT_FIELD ==> a->length == 0 && a->from == 0) &&
  @	http_steps_sane(a);
  @*/

/*@ // One step, or none: what was read stays read, and nothing else is known of the rest.
  @ predicate http_went_on{K,L}(struct http_answer *a) =
  @	http_sane{L}(a) && \at(a->size, L) == \at(a->size, K) &&
  @	\at(a->at, K) <= \at(a->at, L);
  @
  @ predicate http_unless_cut{L}(struct http_answer *a) =
  @	a->step == HTTP_DONE && a->head.framing == 0 ==> http_empty(&a->head);
  @*/

#endif
