/* SPDX-License-Identifier: ISC */
/*
 * Verdicts: the results of requests. verdict_answer.h makes them from answers, verdict_reply.h
 * turns them into replies.
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
