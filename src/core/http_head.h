/* SPDX-License-Identifier: ISC */
/*
 * The head of an answer: its status line and its fields, one line at a time, strictly by RFC 9112.
 * A proxy on the way to the API may read a head differently, and then an answer may belong to
 * another request: so nothing is guessed.
 */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "base/view.h"
#include "core/http_defect.h"

#include <stdbool.h>
#include <stddef.h>

#define HTTP_BODY_MAX ((size_t)64 * 1024) /* bytes of a body; 100 are enough */

/*
 * What the lines so far have said, from http_head_begin() on. A view is empty when there was no
 * such field, and points into the lines.
 */
struct http_head {
	unsigned int status; /* 100 to 999; 0: there was no status line */
	bool is_1_1;	     /* HTTP/1.1, not 1.0 */
	bool close;	     /* the connection ends after this answer */
	bool chunked;
	size_t length;	      /* bytes, when the fields have said so */
	unsigned int framing; /* how many fields have said where the body ends: 0, 1, or 2 for
				 more than one */
	struct view location;
	struct view request_id;
	struct view retry_after;
	struct view coding; /* one that was not requested */
};

#include "core/http_head_spec.h"

/*
 * Begins a head of which nothing is known yet.
 */
/*@ requires \valid(head);
  @ terminates \true;
  @ assigns *head;
  @ ensures http_head_sane(head) && head->framing == 0;
  @*/
void http_head_begin(struct http_head *head);

/*
 * Reads the first line of a head, without its end of line. Returns HTTP_SOUND when it is valid,
 * else why not.
 */
/*@ requires view_readable(line) && \valid(head);
  @ requires \separated(head, line.data + (0 .. line.size - 1));
  @ terminates \true;
  @ assigns head->status, head->is_1_1;
  @ ensures \result == HTTP_SOUND ==> http_status_line(line) && http_text(line) &&
  @	head->status == http_code(line) && (head->is_1_1 <==> line.data[7] == '1');
  @ ensures \result == HTTP_SOUND ==> 100 <= head->status <= 999;
  @*/
enum http_defect http_head_status(struct http_head *head, struct view line);

/*
 * Reads a field line, without its end of line, and keeps what matters. More than one field that
 * says where the body ends is a mistake or an attack (RFC 9112, section 6.3).
 */
/*@ requires view_readable(line) && \valid(head) && http_head_sane(head);
  @ requires \separated(head, line.data + (0 .. line.size - 1));
  @ terminates \true;
  @ assigns *head;
  @ ensures http_head_sane(head);
  @ ensures head->status == \old(head->status) && head->is_1_1 == \old(head->is_1_1);
  @ ensures \result == HTTP_SOUND ==> http_field_line(line);
  @ ensures \result == HTTP_SOUND ==>
  @	(head->framing == \old(head->framing) && head->length == \old(head->length) &&
  @	 (head->chunked <==> \old(head->chunked))) ||
  @	(head->framing == 1 && \old(head->framing) == 0);
  @*/
enum http_defect http_head_field(struct http_head *head, struct view line);

/*
 * True when a line contains no control character except tabs.
 */
/*@ requires view_readable(line);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> http_text(line);
  @*/
bool http_is_text(struct view line);

/*
 * True when an answer with this head has no body, whatever its fields say (RFC 9112,
 * section 6.3, rule 1).
 */
/*@ requires \valid_read(head);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> head->status < 200 || head->status == 204 || head->status == 304;
  @*/
bool http_head_has_no_body(const struct http_head *head);

#endif
