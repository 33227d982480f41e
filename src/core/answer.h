/* SPDX-License-Identifier: ISC */
/*
 * Answers: the decision in the body that the API sends (extauth-https-api(7)).
 */
#ifndef ANSWER_H
#define ANSWER_H

#include "base/view.h"

/*
 * What the API's body says, read strictly by RFC 8259.
 */
enum answer {
	ANSWER_NOT_JSON,  /* not one JSON object in UTF-8, or data after it */
	ANSWER_UNDECIDED, /* no "success", more than one, or not a boolean */
	ANSWER_FAILURE,
	ANSWER_SUCCESS,
};

#include "core/answer_spec.h"

/*
 * Reads a body. *message is the text of the member "message" as it stands in the body, still
 * escaped, or empty when it is missing or not a string; it is meaningful only when the result is
 * not ANSWER_NOT_JSON.
 */
/*@ requires view_readable(body) && \valid(message);
  @ requires \separated(message, body.data + (0 .. body.size - 1));
  @ terminates \true;
  @ assigns *message;
  @ ensures no_success_from_nothing: \result == ANSWER_SUCCESS ==>
  @	utf8(body.data, 0, body.size) && view_says_true(body);
  @ ensures view_within(body, *message);
  @*/
enum answer answer_read(struct view body, struct view *message);

#endif
