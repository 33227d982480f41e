/* SPDX-License-Identifier: ISC */
/*
 * Defects: why the bytes that the API sent are not an answer.
 */
#ifndef HTTP_DEFECT_H
#define HTTP_DEFECT_H

enum http_defect {
	HTTP_SOUND, /* none so far */

	/* the head */
	HTTP_NOT_HTTP,
	HTTP_IS_HTTP_2,
	HTTP_NO_STATUS,
	HTTP_BARE_LF,
	HTTP_CONTROL_CHARACTER,
	HTTP_FOLDED,
	HTTP_NO_FIELD,
	HTTP_HEAD_TOO_LARGE,
	HTTP_TWO_IDS,
	HTTP_SWITCHES,
	HTTP_INTERIM_LENGTH,
	HTTP_TOO_MANY_INTERIM,

	/* where the body ends, and its coding */
	HTTP_BAD_LENGTH,
	HTTP_TWO_LENGTHS,
	HTTP_TRANSFER_CODING,
	HTTP_CONTENT_CODING,
	HTTP_OLD_CHUNKS,
	HTTP_BAD_CHUNK,
	HTTP_BODY_TOO_LARGE,
	HTTP_TOO_LARGE,

	/* a premature end */
	HTTP_NOTHING,
	HTTP_CUT_HEAD,
	HTTP_CUT_BODY,
	HTTP_CUT_UNKNOWN,
};

/*
 * A defect in words that an operator can act on: a constant string for the log.
 */
const char *http_defect_text(enum http_defect defect);

#endif
