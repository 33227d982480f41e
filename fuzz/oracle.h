/* SPDX-License-Identifier: ISC */
/*
 * A second opinion, for comparison: UTF-8, JSON and the contract of answers,
 * written from the RFCs and the contract and sharing no code with src/.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include "base/view.h"

#define ORACLE_DEPTH_MAX 200 /* brackets inside of brackets; deeper ones are not looked at */

/*
 * What a text is, and if it is a JSON object, its member "success".
 */
struct oracle {
	bool valid;	    /* one JSON object in UTF-8, and nothing else */
	bool too_deep;	    /* not looked at to the end; then not valid */
	unsigned int depth; /* of brackets, the object's own included */
	unsigned int decisions;
	char decision; /* the first character of the last "success": t, f, n, " … */
};

/*
 * Looks at a text.
 */
struct oracle oracle_look(struct view text);

/*
 * What the contract says of an answer: '1' grant, '0' refusal, '-' neither.
 */
char oracle_verdict(long status, const struct oracle *look);

/*
 * True when every code point, decoded and encoded again, gives the bytes back.
 */
bool oracle_is_utf8(struct view text);

#endif
