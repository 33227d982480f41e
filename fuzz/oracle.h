/* SPDX-License-Identifier: ISC */
/*
 * A second opinion, for comparison: UTF-8, JSON and the contract of answers, written from the RFCs
 * and the contract, without code shared with src/.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include "base/view.h"

#define ORACLE_DEPTH_MAX 200 /* nested brackets; deeper ones are not read */

/*
 * Whether a text is a JSON object, and its member "success".
 */
struct oracle {
	bool valid;	    /* one JSON object in UTF-8, and nothing else */
	bool too_deep;	    /* not read to the end; then not valid */
	unsigned int depth; /* of brackets, the object's own included */
	unsigned int decisions;
	char decision; /* the first character of the last "success": t, f, n, " … */
};

/*
 * Reads a text.
 */
struct oracle oracle_look(struct view text);

/*
 * The contract's verdict on an answer: '1' grant, '0' refusal, '-' neither.
 */
char oracle_verdict(long status, const struct oracle *look);

/*
 * True when every code point, decoded and encoded again, gives the same bytes.
 */
bool oracle_is_utf8(struct view text);

#endif
