/* SPDX-License-Identifier: ISC */
#include "worker/exchange.h"

#include "base/clock.h"
#include "base/view.h"
#include "base/writer.h"
#include "core/answer.h"
#include "core/answer_words.h"
#include "core/operation.h"
#include "core/request.h"
#include "core/verdict.h"
#include "core/verdict_answer.h"
#include "https/https.h"
#include "ipc/record.h"
#include "settings/api.h"
#include "settings/endpoint.h"
#include "settings/settings.h"

#include <openssl/rand.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What an answer says that is neither a yes nor a no. */
static void
write_complaint(struct writer *writer, const struct https_attempt *attempt, enum answer answer)
{
	switch (answer) {
	case ANSWER_NOT_JSON:
		writer_text(writer, "the answer is not one JSON object: ");
		writer_text(writer, answer_words(attempt->answer));
		return;
	case ANSWER_UNDECIDED:
		writer_text(writer, "the answer has no single boolean \"success\"");
		return;
	case ANSWER_FAILURE:
		writer_text(writer,
			    "the answer says no, but with this status nothing counts as one");
		return;
	case ANSWER_SUCCESS:
		writer_text(writer, "the answer says yes, which counts with 200 and 201 only");
		return;
	}
}

/* Why an exchange came to nothing, its status and path first: they tell most. */
static const char *
explain(const struct settings *settings, const struct https_attempt *attempt, enum answer answer,
	struct exchange_memory *memory)
{
	const struct endpoint *endpoint =
		&settings_api(settings, attempt->api)->endpoints.list[attempt->endpoint];
	struct writer writer = { (uint8_t *)memory->words, sizeof(memory->words) - 1, 0, false };

	if (attempt->status != 200) {
		writer_text(&writer, "HTTP ");
		writer_number(&writer, (uint64_t)attempt->status);
		writer_text(&writer, " for POST ");
		writer_text(&writer, endpoint->path);
		writer_byte(&writer, '/');
		writer_text(&writer, attempt->path);
		writer_text(&writer, ": ");
	}
	if (attempt->status / 100 == 3 && attempt->location.size > 0) {
		writer_text(&writer, "the API is said to be at ");
		writer_view(&writer, attempt->location);
		writer_text(&writer, ", where nobody is sent; should \"url\" say so?");
	} else {
		write_complaint(&writer, attempt, answer);
	}
	memory->words[writer.size] = '\0';
	return memory->words;
}

static void
read_answer(const struct settings *settings, const struct https_attempt *attempt,
	    struct exchange_memory *memory, struct exchange_report *report)
{
	enum answer answer = answer_read(attempt->answer, &report->message);

	report->reused = attempt->reused;
	report->verdict = verdict_of(attempt->status, answer);
	switch (report->verdict) {
	case VERDICT_GRANTED:
		report->reason = "";
		return;
	case VERDICT_REFUSED:
		report->reason = "the API refuses";
		return;
	case VERDICT_UNAVAILABLE:
		report->reason = explain(settings, attempt, answer, memory);
		return;
	}
}

/* The endpoint to begin with: the one that worked last, but for a try of the
 * first one now and then. */
static size_t
first_choice(struct exchange_memory *memory)
{
	if (memory->preferred != 0 && !memory->fixed &&
	    clock_now() - memory->since >= EXCHANGE_RETURN) {
		memory->since = clock_now();
		return 0;
	}
	return memory->preferred;
}

static void
prefer(struct exchange_memory *memory, size_t endpoint)
{
	if (memory->preferred == endpoint)
		return;
	memory->preferred = endpoint;
	memory->since = clock_now();
}

/* Until when an attempt may go on without having sent anything: the endpoints
 * still to be tried must have their share of the time. */
static int64_t
connect_deadline(const struct settings *settings, int64_t deadline, size_t left)
{
	int64_t now = clock_now(), share = (deadline - now) / (int64_t)left;

	return now + clock_earlier(settings->connect_timeout, share);
}

/* Goes round the endpoints, each once. An endpoint that could not say yes or no
 * is not the next request's first choice. */
static enum exchange_end
ask(struct https *https, const struct settings *settings, struct https_attempt *attempt,
    struct exchange_memory *memory, enum operation operation, struct exchange_report *report)
{
	size_t count = settings_api(settings, attempt->api)->endpoints.count;
	size_t tries = memory->fixed ? 1 : count;

	attempt->endpoint = first_choice(memory);
	do {
		attempt->connect_deadline =
			connect_deadline(settings, attempt->deadline, tries - report->attempts);
		attempt->repeatable = operation_is_repeatable(operation);
		report->endpoint = attempt->endpoint;
		report->attempts++;
		switch (https_perform(https, attempt)) {
		case HTTPS_HOST_GONE:
			return EXCHANGE_HOST_GONE;
		case HTTPS_MONITOR_GONE:
			return EXCHANGE_MONITOR_GONE;
		case HTTPS_ANSWERED:
			read_answer(settings, attempt, memory, report);
			if (report->verdict == VERDICT_UNAVAILABLE)
				https_drop(https);
			attempt->repeatable = false;
			break;
		case HTTPS_FAILED:
			report->reason = attempt->reason;
			break;
		}
		report->connections += attempt->connections;
		report->times = attempt->times;
		report->status = attempt->status;
		if (report->verdict == VERDICT_UNAVAILABLE)
			attempt->endpoint = (attempt->endpoint + 1) % count;
	} while (attempt->repeatable && report->attempts < tries &&
		 clock_now() < attempt->deadline);
	if (!memory->fixed)
		prefer(memory, attempt->endpoint);
	return EXCHANGE_OVER;
}

static uint32_t
random_number(void)
{
	uint32_t number = UINT32_MAX / 2;

	/* without randomness programs would probe at the same moment, no more */
	(void)RAND_bytes((uint8_t *)&number, sizeof(number));
	return number;
}

/* A number that stands for the account of a request, never 0 (FNV-1a). Accounts
 * that share one cost an API nothing. */
static uint64_t
account_number(const struct request *request)
{
	const struct view parts[] = { request->user, request->server };
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	size_t i, j;

	for (i = 0; i < 2; i++) {
		for (j = 0; j < parts[i].size; j++)
			hash = (hash ^ parts[i].data[j]) * UINT64_C(0x100000001b3);
		hash = (hash ^ '@') * UINT64_C(0x100000001b3);
	}
	return hash | 1;
}

/*
 * Whether the API is well. Many limit how often one account may fail: whoever types
 * a wrong password again and again must not close the API for all the others. So a
 * 429 counts only when another account has met one before it.
 */
static bool
is_well(struct exchange_memory *memory, const struct request *request, long status)
{
	enum breaker_sign sign = breaker_sign_of(status);
	uint64_t account = account_number(request), before = memory->limited;

	memory->limited = sign == BREAKER_LIMITED ? account : 0;
	return sign == BREAKER_WELL || (sign == BREAKER_LIMITED && before == account);
}

/* Keeps the reason of a failure for as long as the API is left alone for it. */
static void
note_cause(struct exchange_memory *memory, const struct exchange_report *report)
{
	(void)snprintf(memory->cause, sizeof(memory->cause), "%s", report->reason);
	(void)snprintf(memory->refusal, sizeof(memory->refusal),
		       "left alone, for it has failed %d times in a row: %s", BREAKER_FAILURES,
		       memory->cause);
}

/* Tells the breaker what came of the exchange. */
static void
note_health(struct exchange_memory *memory, const struct request *request, int64_t retry_after,
	    struct exchange_report *report)
{
	bool well = is_well(memory, request, report->status);
	int64_t now = clock_now();

	if (!well)
		note_cause(memory, report);
	report->was_open = memory->breaker.limit != 0;
	report->change =
		breaker_note(&memory->breaker, well, retry_after, now, well ? 0 : random_number());
	report->cause = memory->cause;
	report->left_alone = memory->breaker.until - now;
}

enum exchange_end
exchange_run(struct https *https, const struct settings *settings, size_t api,
	     struct exchange_memory *memory, const struct request *request, struct view body,
	     int64_t deadline, struct record_peer *peer, struct exchange_report *report)
{
	struct https_attempt attempt = {
		.api = api,
		.path = settings_path(settings_api(settings, api), request->operation),
		.request = body,
		.deadline = deadline,
		.peer = peer,
	};
	enum exchange_end end;

	*report = (struct exchange_report){ .verdict = VERDICT_UNAVAILABLE, .reason = "" };
	report->endpoint = memory->preferred;
	if (!breaker_passes(&memory->breaker, clock_now())) {
		report->reason = memory->refusal;
		return EXCHANGE_OVER;
	}
	end = ask(https, settings, &attempt, memory, request->operation, report);
	if (end == EXCHANGE_OVER)
		note_health(memory, request, attempt.retry_after, report);
	return end;
}
