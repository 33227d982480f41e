/* SPDX-License-Identifier: ISC */
/*
 * The head of an answer: what libcurl takes that RFC 9112 has thrown away, or
 * that nobody asked for. Between us and the API there may be a proxy that counts
 * bytes differently, and then an answer is somebody else's.
 */
#ifndef ANSWER_HEAD_H
#define ANSWER_HEAD_H

#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ANSWER_HEAD_MAX ((size_t)64 * 1024) /* bytes of header lines, interim ones too */
#define ANSWER_BODY_MAX ((size_t)64 * 1024) /* bytes of a body; 100 are enough */

/*
 * What is known of the head so far. Zeroed memory is the beginning.
 */
struct answer_head {
	size_t size;
	bool framed;	     /* a line has said how long the answer is */
	int64_t retry_after; /* breaker.h; of the last answer that says so */
};

/*
 * Looks at the next line of the head, from the status line on, with its end of
 * line. Returns NULL when it may stand, else why the answer is thrown away: a
 * constant string for the log.
 */
const char *answer_head_check(struct answer_head *head, struct view line);

#endif
