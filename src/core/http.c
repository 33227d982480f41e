/* SPDX-License-Identifier: ISC */
#include "core/http.h"

#include "base/view.h"
#include "core/http_defect.h"
#include "core/http_head.h"
#include "core/http_internal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool
http_take_line(struct http_answer *answer, struct view *line)
{
	struct view received = { answer->bytes, answer->size };
	size_t from = answer->looked > answer->at ? answer->looked : answer->at;
	size_t feed = view_find_from(received, from, '\n');

	answer->looked = feed;
	if (feed == answer->size)
		return false;
	if (feed == answer->at || answer->bytes[feed - 1] != '\r') {
		answer->defect = HTTP_BARE_LF;
		return false;
	}
	line->data = answer->bytes + answer->at;
	line->size = feed - 1 - answer->at;
	answer->at = feed + 1;
	return true;
}

/* True when the bytes of a status line so far are not HTTP/1, so that there is no need to wait
 * for the end of the line. */
/*@ requires http_sane(answer);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result ==> answer->at < answer->size;
  @*/
static bool
is_foreign(const struct http_answer *answer)
{
	const uint8_t start[] = { 'H', 'T', 'T', 'P', '/', '1', '.' };
	size_t i;

	/*@ loop invariant 0 <= i <= 7;
	  @ loop assigns i;
	  @ loop variant 7 - i;
	  @*/
	for (i = 0; i < 7; i++) {
		if (answer->at + i >= answer->size)
			return false;
		if (answer->bytes[answer->at + i] != start[i])
			return true;
	}
	return false;
}

/* What is wrong with bytes that are not HTTP/1, as far as can be told yet. A server that speaks
 * HTTP/2 at once sends SETTINGS first (RFC 9113, section 3.4): a length of three bytes, the type
 * 4, no flags, and the stream 0. */
/*@ requires http_sane(answer) && answer->at < answer->size;
  @ terminates \true;
  @ assigns \nothing;
  @*/
static enum http_defect
foreign_defect(const struct http_answer *answer)
{
	const uint8_t *at = answer->bytes + answer->at;

	if (at[0] != 0)
		return HTTP_NOT_HTTP;
	if (answer->size - answer->at < 9)
		return HTTP_SOUND;
	return at[3] == 4 && at[4] == 0 && at[5] == 0 && at[6] == 0 && at[7] == 0 && at[8] == 0
		       ? HTTP_IS_HTTP_2
		       : HTTP_NOT_HTTP;
}

/*@ requires http_sane(answer) && answer->step == HTTP_AT_STATUS && view_readable(line);
  @ requires \separated(&answer->head, line.data + (0 .. line.size - 1));
  @ terminates \true;
  @ assigns answer->defect, answer->step, answer->head;
  @ ensures http_sane(answer) && answer->step <= HTTP_AT_FIELD;
  @ ensures \result <==> answer->defect == HTTP_SOUND;
  @*/
static bool
begin_head(struct http_answer *answer, struct view line)
{
	http_head_begin(&answer->head);
	answer->defect = http_head_status(&answer->head, line);
	if (answer->defect == HTTP_SOUND)
		answer->step = HTTP_AT_FIELD;
	return answer->defect == HTTP_SOUND;
}

/*@ requires http_sane(answer) && answer->step == HTTP_AT_STATUS;
  @ terminates \true;
  @ assigns answer->at, answer->looked, answer->defect, answer->step, answer->head;
  @ ensures http_went_on{Pre,Post}(answer);
  @ ensures answer->step <= HTTP_AT_FIELD;
  @ ensures \result ==> \old(answer->at) < answer->at;
  @*/
static bool
read_status(struct http_answer *answer)
{
	struct view line;

	if (is_foreign(answer)) {
		answer->defect = foreign_defect(answer);
		return false;
	}
	return http_take_line(answer, &line) && begin_head(answer, line);
}

/* An interim answer has ended: another head follows (RFC 9110, section 15.2). */
/*@ requires http_sane(answer) && answer->step == HTTP_AT_FIELD;
  @ requires 100 <= answer->head.status <= 199;
  @ terminates \true;
  @ assigns answer->defect, answer->step, answer->interims;
  @ ensures http_sane(answer) && answer->step <= HTTP_AT_FIELD;
  @*/
static void
skip_interim(struct http_answer *answer)
{
	if (answer->head.status == 101)
		answer->defect = HTTP_SWITCHES;
	else if (answer->head.framing != 0)
		answer->defect = HTTP_INTERIM_LENGTH;
	else if (answer->interims == HTTP_INTERIM_MAX)
		answer->defect = HTTP_TOO_MANY_INTERIM;
	else
		answer->interims++;
	answer->step = HTTP_AT_STATUS;
}

/* The head has ended, and its fields say how the body ends (RFC 9112, section 6.3). */
/*@ requires http_sane(answer) && answer->step == HTTP_AT_FIELD;
  @ requires 200 <= answer->head.status && answer->head.framing <= 1;
  @ terminates \true;
  @ assigns answer->step, answer->from, answer->defect;
  @ ensures http_sane(answer) && http_unless_cut(answer);
  @*/
static void
begin_body(struct http_answer *answer)
{
	answer->from = answer->at;
	if (answer->at > HTTP_HEAD_MAX)
		answer->defect = HTTP_HEAD_TOO_LARGE;
	if (http_head_has_no_body(&answer->head))
		answer->step = HTTP_DONE;
	else if (answer->head.framing == 0)
		answer->step = HTTP_AT_END;
	else if (answer->head.chunked)
		answer->step = HTTP_AT_CHUNK;
	else
		answer->step = answer->head.length == 0 ? HTTP_DONE : HTTP_AT_BODY;
}

/*@ requires http_sane(answer) && answer->step == HTTP_AT_FIELD && view_readable(line);
  @ requires answer->defect == HTTP_SOUND;
  @ requires \separated(&answer->head, line.data + (0 .. line.size - 1));
  @ terminates \true;
  @ assigns answer->defect, answer->step, answer->head, answer->from, answer->interims;
  @ ensures http_sane(answer) && http_unless_cut(answer);
  @*/
static void
read_line(struct http_answer *answer, struct view line)
{
	if (line.size > 0)
		answer->defect = http_head_field(&answer->head, line);
	else if (answer->head.status < 200)
		skip_interim(answer);
	else
		begin_body(answer);
}

/*@ requires http_sane(answer) && answer->step == HTTP_AT_FIELD;
  @ requires answer->defect == HTTP_SOUND;
  @ terminates \true;
  @ assigns answer->at, answer->looked, answer->defect, answer->step, answer->head,
  @	answer->from, answer->interims;
  @ ensures http_went_on{Pre,Post}(answer) && http_unless_cut(answer);
  @ ensures \result ==> \old(answer->at) < answer->at;
  @*/
static bool
read_field(struct http_answer *answer)
{
	struct view line;

	if (!http_take_line(answer, &line))
		return false;
	read_line(answer, line);
	return answer->defect == HTTP_SOUND;
}

/*@ requires http_sane(answer) && answer->step == HTTP_AT_BODY;
  @ terminates \true;
  @ assigns answer->at, answer->length, answer->step;
  @ ensures http_went_on{Pre,Post}(answer) && http_unless_cut(answer);
  @ ensures \result ==> \old(answer->at) < answer->at;
  @ ensures exactly_what_was_announced: \result ==> answer->length == answer->head.length &&
  @	answer->from == \old(answer->at) && answer->at == answer->from + answer->length;
  @*/
static bool
read_body(struct http_answer *answer)
{
	if (answer->head.length == 0 || answer->size - answer->at < answer->head.length)
		return false;
	answer->length = answer->head.length;
	answer->at += answer->length;
	answer->step = HTTP_DONE;
	return true;
}

/* Reads the next piece. False when there is none. */
/*@ requires http_sane(answer) && answer->defect == HTTP_SOUND && answer->step != HTTP_DONE;
  @ terminates \true;
  @ assigns *answer;
  @ ensures http_went_on{Pre,Post}(answer) && http_unless_cut(answer);
  @ ensures \result ==> \old(answer->at) < answer->at;
  @*/
static bool
advance(struct http_answer *answer)
{
	switch (answer->step) {
	case HTTP_AT_STATUS:
		return read_status(answer);
	case HTTP_AT_FIELD:
		return read_field(answer);
	case HTTP_AT_BODY:
		return read_body(answer);
	case HTTP_AT_CHUNK:
		return http_read_size(answer);
	case HTTP_IN_CHUNK:
		return http_read_chunk(answer);
	case HTTP_AT_BREAK:
		return http_read_break(answer);
	case HTTP_AT_TRAILER:
		return http_read_trailer(answer);
	case HTTP_AT_END:
	case HTTP_DONE:
		break;
	}
	return false;
}

/* Everything before the connection ends is the body. */
/*@ requires http_sane(answer) && answer->step == HTTP_AT_END && answer->defect == HTTP_SOUND;
  @ terminates \true;
  @ assigns answer->at, answer->length, answer->step, answer->defect;
  @ ensures http_went_on{Pre,Post}(answer);
  @ ensures answer->step == HTTP_DONE ==> end == HTTP_CLOSED;
  @ ensures answer->step == HTTP_DONE || answer->defect != HTTP_SOUND || end == HTTP_OPEN;
  @ ensures answer->defect == HTTP_SOUND ==> answer->size <= HTTP_HEAD_MAX + HTTP_BODY_MAX;
  @*/
static void
read_to_end(struct http_answer *answer, enum http_end end)
{
	if (answer->size - answer->at > HTTP_BODY_MAX) {
		answer->defect = HTTP_BODY_TOO_LARGE;
		return;
	}
	if (end == HTTP_OPEN)
		return;
	if (end != HTTP_CLOSED) {
		answer->defect = HTTP_CUT_UNKNOWN;
		return;
	}
	answer->length = answer->size - answer->at;
	answer->at = answer->size;
	answer->step = HTTP_DONE;
}

/* What to conclude when no more has come, for now or for good. */
/*@ requires http_sane(answer) && answer->step != HTTP_DONE && answer->defect == HTTP_SOUND;
  @ requires answer->step != HTTP_AT_END;
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result == HTTP_SOUND ==> end == HTTP_OPEN && answer->size < HTTP_ANSWER_MAX;
  @*/
static enum http_defect
why_incomplete(const struct http_answer *answer, enum http_end end)
{
	if (answer->step <= HTTP_AT_FIELD && answer->size > HTTP_HEAD_MAX)
		return HTTP_HEAD_TOO_LARGE;
	if (end != HTTP_OPEN) {
		if (answer->size == 0)
			return HTTP_NOTHING;
		return answer->step <= HTTP_AT_FIELD ? HTTP_CUT_HEAD : HTTP_CUT_BODY;
	}
	return answer->size == HTTP_ANSWER_MAX ? HTTP_TOO_LARGE : HTTP_SOUND;
}

void
http_begin(struct http_answer *answer)
{
	answer->step = HTTP_AT_STATUS;
	answer->defect = HTTP_SOUND;
	http_head_begin(&answer->head);
	answer->interims = 0;
	answer->size = answer->at = answer->looked = 0;
	answer->from = answer->length = answer->left = 0;
}

enum http_result
http_read(struct http_answer *answer, enum http_end end)
{
	bool more = true;

	/*@ loop invariant http_went_on{Pre,Here}(answer);
	  @ loop invariant \at(answer->step, Pre) == HTTP_DONE || http_unless_cut(answer);
	  @ loop assigns *answer, more;
	  @ loop variant answer->size - answer->at + (more ? 1 : 0);
	  @*/
	while (more && answer->defect == HTTP_SOUND && answer->step != HTTP_DONE)
		more = advance(answer);
	if (answer->defect == HTTP_SOUND && answer->step == HTTP_AT_END)
		read_to_end(answer, end);
	else if (answer->defect == HTTP_SOUND && answer->step != HTTP_DONE)
		answer->defect = why_incomplete(answer, end);
	if (answer->defect != HTTP_SOUND)
		return HTTP_BROKEN;
	return answer->step == HTTP_DONE ? HTTP_WHOLE : HTTP_MORE;
}

struct view
http_body(const struct http_answer *answer)
{
	struct view body = { answer->bytes + answer->from, answer->length };

	return body;
}

bool
http_may_keep(const struct http_answer *answer)
{
	const struct http_head *head = &answer->head;

	return head->is_1_1 && !head->close && answer->interims == 0 && head->framing == 1 &&
	       !http_head_has_no_body(head) && answer->at == answer->size;
}
