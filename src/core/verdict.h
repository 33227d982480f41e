/* SPDX-License-Identifier: ISC */
/*
 * Verdicts: what became of a request. They are made in verdict_answer.h, and
 * told to the server in verdict_reply.h.
 */
#ifndef VERDICT_H
#define VERDICT_H

enum verdict {
	VERDICT_UNAVAILABLE, /* zero, so that an undecided request is not granted */
	VERDICT_REFUSED,
	VERDICT_GRANTED,
};

/*
 * The verdict as one word. The string is constant.
 */
/*@ terminates \true;
  @ assigns \result \from verdict;
  @ ensures \valid_read(\result);
  @*/
const char *verdict_name(enum verdict verdict);

#endif
