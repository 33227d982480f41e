/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "observer.h"

#include "core/verdict.h"
#include "failures.h"
#include "fuzz.h"
#include "https/https.h"
#include "ipc/outcome.h"
#include "naive.h"
#include "oracle.h"
#include "settings/settings.h"
#include "worker/exchange.h"

#include <strings.h>
#include <unistd.h>

#define EXCHANGES_MAX STAGE_SENT_MAX /* there cannot be more frames */
#define DEPTH_CERTAIN 64	     /* see fuzz_answer.c */

static struct stage *stage;
static struct observed {
	enum operation operation;
	char verdict;
} ended[EXCHANGES_MAX];
static size_t count, taken;
static struct oracle look; /* of the answer to the last attempt */
static char said;	   /* the oracle's verdict on it */
static struct view answer;

void
observer_start(struct stage *watched)
{
	stage = watched;
	count = taken = 0;
}

/* True when the bytes of `part` are among those of `whole`, in this order. */
static bool
holds(const struct stage_bytes *whole, struct view part)
{
	size_t i;

	for (i = 0; i < whole->size && part.size > 0; i++) {
		if (part.data[0] == whole->data[i])
			(void)take_byte(&part);
	}
	return part.size == 0;
}

static size_t
count_text(const struct stage_bytes *bytes, const char *text)
{
	const uint8_t *at = bytes->data, *end = at + bytes->size;
	size_t found = 0;

	for (; (at = memmem(at, (size_t)(end - at), text, strlen(text))) != NULL; at++)
		found++;
	return found;
}

bool __real_https_perform(struct https *https, struct https_attempt *attempt);
bool __wrap_https_perform(struct https *https, struct https_attempt *attempt);
void __real_exchange_run(struct exchange *exchange, const struct request *request, struct view body,
			 int64_t deadline, struct outcome *outcome);
void __wrap_exchange_run(struct exchange *exchange, const struct request *request, struct view body,
			 int64_t deadline, struct outcome *outcome);

bool
__wrap_https_perform(struct https *https, struct https_attempt *attempt)
{
	bool answered = __real_https_perform(https, attempt);

	failures_hold();
	said = '-';
	if (answered) {
		answer = attempt->answer;
		look = oracle_look(answer);
		said = oracle_verdict(attempt->outcome->status, &look);
	}
	failures_go_on();
	return answered;
}

/* True when the API has sent a status line of HTTP/1 with a code that may grant. */
static bool
has_granting_status(const struct stage_bytes *bytes)
{
	static const char *const lines[] = { "HTTP/1.0 200", "HTTP/1.0 201", "HTTP/1.1 200",
					     "HTTP/1.1 201" };
	size_t i, at;

	for (at = 0; at + 12 <= bytes->size; at++) {
		for (i = 0; i < 4; i++) {
			if (strncasecmp((const char *)bytes->data + at, lines[i], 12) == 0)
				return true;
		}
	}
	return false;
}

/* A grant was said by the API, in an answer to what it was asked just now, all of which it
 * had by then. */
static void
check_grant(struct view body)
{
	MUST(stage->heard > body.size);
	MUST(stage->asked.size == sizeof(stage->asked.data) || holds(&stage->asked, body));
	MUST(holds(&stage->answered, answer));
	MUST(has_granting_status(&stage->answered));
	/* where nothing but the end says that it is whole, the end is no accident */
	MUST(stage->api >= 0 || stage->notified ||
	     count_text(&stage->answered, "ength:") + count_text(&stage->answered, "hunked") > 0);
}

void
__wrap_exchange_run(struct exchange *exchange, const struct request *request, struct view body,
		    int64_t deadline, struct outcome *outcome)
{
	enum operation operation = request->operation;

	stage_new_exchange(stage);
	said = '-';
	__real_exchange_run(exchange, request, body, deadline, outcome);
	if (look.depth > DEPTH_CERTAIN && outcome->verdict == VERDICT_UNAVAILABLE)
		said = '-';
	MUST((outcome->verdict == VERDICT_GRANTED) == (said == '1'));
	MUST((outcome->verdict == VERDICT_REFUSED) == (said == '0'));
	if (said == '1')
		check_grant(body);
	/* a line feed cannot be in a body: this counts requests that have come */
	MUST(operation_is_repeatable(operation) ||
	     count_text(&stage->asked, "\r\nContent-Type: ") <= 1);
	MUST(count < EXCHANGES_MAX);
	ended[count++] = (struct observed){ operation, said };
}

/* --- outcomes ------------------------------------------------------------------------ */

/* The oracle's verdict on the next exchange that ended, in their order. */
static enum verdict
next_verdict(enum operation operation)
{
	MUST(taken < count && ended[taken].operation == operation);
	switch (ended[taken++].verdict) {
	case '1':
		return VERDICT_GRANTED;
	case '0':
		return VERDICT_REFUSED;
	default:
		return VERDICT_UNAVAILABLE;
	}
}

static void
check_outcome(struct view payload, enum outcome_kind kind, enum verdict verdict)
{
	struct request request = { 0 };

	switch (naive_parse(payload, &request)) {
	case REQUEST_VALID:
		MUST(kind == OUTCOME_ASKED && verdict == next_verdict(request.operation));
		break;
	case REQUEST_UNKNOWN:
		MUST(kind == OUTCOME_MALFORMED && verdict == VERDICT_UNAVAILABLE);
		break;
	case REQUEST_FIELD_MISSING:
	case REQUEST_BAD_USER:
	case REQUEST_BAD_HOST:
	case REQUEST_BAD_PASSWORD:
		MUST(kind == OUTCOME_LOCAL && verdict == VERDICT_REFUSED);
		break;
	}
}

void
observer_check_outcomes(bool all)
{
	struct view frames = { stage->frames.data, stage->frames.size }, size, payload;
	uint32_t i;

	MUST(!all || stage->outcomes == stage->requests);
	for (i = 0; i < stage->outcomes; i++) {
		size = take_bytes(&frames, 2);
		payload = take_bytes(&frames, (size_t)size.data[0] * 256 + size.data[1]);
		check_outcome(payload, stage->kinds[i], stage->verdicts[i]);
	}
}
