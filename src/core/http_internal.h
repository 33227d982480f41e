/* SPDX-License-Identifier: ISC */
/*
 * Shared by http.c, which reads an answer, and http_chunk.c, which reads a body in chunks.
 */
#ifndef HTTP_INTERNAL_H
#define HTTP_INTERNAL_H

#include "core/http.h"

#include <stdbool.h>

struct view;

/*
 * Takes the next line, without its CR LF, in a step that reads lines. False when it is incomplete
 * or broken.
 */
/*@ requires http_sane(answer) && \valid(line) && \separated(answer, line);
  @ requires answer->step != HTTP_AT_BODY && answer->step != HTTP_AT_END;
  @ terminates \true;
  @ assigns answer->at, answer->looked, answer->defect, *line;
  @ ensures http_went_on{Pre,Post}(answer);
  @ ensures \result ==> \old(answer->at) < answer->at;
  @ ensures \result ==> answer->defect == \old(answer->defect);
  @ ensures \result ==> line->data == answer->bytes + \old(answer->at);
  @ ensures \result ==> line->size == answer->at - 2 - \old(answer->at);
  @*/
bool http_take_line(struct http_answer *answer, struct view *line);

/*
 * Reads the next piece of a body in chunks (RFC 9112, section 7.1), in the step of that name. False
 * when it has not come yet, or is broken: see answer->defect.
 */
/*@ requires http_sane(answer) && answer->step == HTTP_AT_CHUNK;
  @ requires answer->defect == HTTP_SOUND;
  @ terminates \true;
  @ assigns answer->at, answer->looked, answer->defect, answer->step, answer->left;
  @ ensures http_went_on{Pre,Post}(answer) && http_unless_cut(answer);
  @ ensures \result ==> \old(answer->at) < answer->at;
  @*/
bool http_read_size(struct http_answer *answer);

/* its bytes are moved to the end of the chunks before it */
/*@ requires http_sane(answer) && answer->step == HTTP_IN_CHUNK;
  @ terminates \true;
  @ assigns answer->at, answer->length, answer->left, answer->step,
  @	answer->bytes[answer->from + answer->length .. answer->size - 1];
  @ ensures http_went_on{Pre,Post}(answer) && http_unless_cut(answer);
  @ ensures \result ==> \old(answer->at) < answer->at;
  @ ensures answer->at - \old(answer->at) == answer->length - \old(answer->length);
  @ ensures the_bytes_of_the_chunk: \forall integer i; \old(answer->at) <= i < answer->at ==>
  @	answer->bytes[i - \old(answer->at - answer->from - answer->length)] ==
  @	\old(answer->bytes[i]);
  @*/
bool http_read_chunk(struct http_answer *answer);

/*@ requires http_sane(answer) && answer->step == HTTP_AT_BREAK;
  @ terminates \true;
  @ assigns answer->at, answer->defect, answer->step;
  @ ensures http_went_on{Pre,Post}(answer) && http_unless_cut(answer);
  @ ensures \result ==> \old(answer->at) < answer->at;
  @*/
bool http_read_break(struct http_answer *answer);

/* follows the same rules as the head, and must not say again how long the answer is (RFC 9110,
 * section 6.5.1) */
/*@ requires http_sane(answer) && answer->step == HTTP_AT_TRAILER;
  @ requires answer->defect == HTTP_SOUND;
  @ terminates \true;
  @ assigns answer->at, answer->looked, answer->defect, answer->step, answer->head;
  @ ensures http_went_on{Pre,Post}(answer) && http_unless_cut(answer);
  @ ensures \result ==> \old(answer->at) < answer->at;
  @*/
bool http_read_trailer(struct http_answer *answer);

#endif
