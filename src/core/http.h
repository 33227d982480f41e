/* SPDX-License-Identifier: ISC */
/*
 * An HTTP/1.1 answer, read from the bytes of a connection strictly by RFC 9112: where it ends
 * decides to which answer the next byte belongs. There is an answer only when it is whole, and no
 * byte after it is read.
 */
#ifndef HTTP_H
#define HTTP_H

#include "base/view.h"
#include "core/http_defect.h"
#include "core/http_head.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX	 ((size_t)64 * 1024)  /* bytes of a head, with the interim ones before it */
#define HTTP_ANSWER_MAX	 ((size_t)192 * 1024) /* with the sizes of its chunks */
#define HTTP_INTERIM_MAX 16		      /* interim answers (RFC 9110, section 15.2) */

/*
 * What is read next.
 */
enum http_step {
	HTTP_AT_STATUS,
	HTTP_AT_FIELD,
	HTTP_AT_BODY,  /* of a known length */
	HTTP_AT_CHUNK, /* its size */
	HTTP_IN_CHUNK, /* its bytes */
	HTTP_AT_BREAK, /* the end of line after them */
	HTTP_AT_TRAILER,
	HTTP_AT_END, /* the body is everything that comes */
	HTTP_DONE,
};

/*
 * The state of the connection.
 */
enum http_end {
	HTTP_OPEN,
	HTTP_CLOSED, /* close_notify of TLS: nothing was cut off */
	HTTP_CUT,    /* ended without it */
};

enum http_result {
	HTTP_MORE,  /* not whole yet */
	HTTP_WHOLE, /* see head and http_body() */
	HTTP_BROKEN /* there will be no answer: see defect */
};

/*
 * Begins with http_begin(). Then the caller appends bytes, and counts them in `size`.
 */
struct http_answer {
	enum http_step step;
	enum http_defect defect;
	struct http_head head;
	unsigned int interims; /* skipped */
	size_t size;	       /* bytes received */
	size_t at;	       /* the first one that was not read yet */
	size_t looked;	       /* no line ends before this one */
	size_t from;	       /* where the body starts */
	size_t length;	       /* of the body, as far as it has come */
	size_t left;	       /* bytes of a chunk still to come */
	uint8_t bytes[HTTP_ANSWER_MAX];
};

#include "core/http_spec.h"

/*
 * Begins an answer of which nothing has come yet.
 */
/*@ requires \valid(answer);
  @ terminates \true;
  @ assigns answer->step, answer->defect, answer->head, answer->interims, answer->size,
  @	answer->at, answer->looked, answer->from, answer->length, answer->left;
  @ ensures http_sane(answer) && answer->size == 0 && answer->defect == HTTP_SOUND;
  @ ensures answer->step == HTTP_AT_STATUS;
  @*/
void http_begin(struct http_answer *answer);

/*
 * Reads what has come so far. HTTP_MORE is returned only while `end` is HTTP_OPEN and there is room
 * for more. Once it returns anything else, it returns the same again.
 *
 * An answer that does not say how long it is counts only when TLS has closed the connection after
 * it; RFC 9112, section 8 leaves no other way to know that it is whole.
 */
/*@ requires http_sane(answer);
  @ terminates \true;
  @ assigns *answer;
  @ ensures http_sane(answer) && answer->size == \old(answer->size);
  @ ensures \old(answer->at) <= answer->at;
  @ ensures \result == HTTP_MORE ==> end == HTTP_OPEN && answer->size < HTTP_ANSWER_MAX;
  @ ensures whole: \result == HTTP_WHOLE ==>
  @	answer->step == HTTP_DONE && answer->defect == HTTP_SOUND &&
  @	http_one_end(answer) && answer->from + answer->length <= answer->size;
  @ ensures a_cut_answer_is_none: \result == HTTP_WHOLE && answer->head.framing == 0 ==>
  @	http_empty(&answer->head) || end == HTTP_CLOSED || \old(answer->step) == HTTP_DONE;
  @*/
enum http_result http_read(struct http_answer *answer, enum http_end end);

/*
 * The body of an answer that is HTTP_WHOLE.
 */
/*@ requires http_sane(answer);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result.data == answer->bytes + answer->from && \result.size == answer->length;
  @ ensures view_readable(\result);
  @*/
struct view http_body(const struct http_answer *answer);

/*
 * True when the connection may carry another request after this answer, which is HTTP_WHOLE:
 * nothing about its end was unusual, and not a byte came after it.
 */
/*@ requires http_sane(answer);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result ==> answer->head.is_1_1 && !answer->head.close && answer->interims == 0 &&
  @	answer->head.framing == 1 && !http_empty(&answer->head) && answer->at == answer->size;
  @*/
bool http_may_keep(const struct http_answer *answer);

#endif
