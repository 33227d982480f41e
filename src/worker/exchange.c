/* SPDX-License-Identifier: ISC */
#include "worker/exchange.h"

#include "base/clock.h"
#include "base/view.h"
#include "base/writer.h"
#include "core/answer.h"
#include "core/answer_words.h"
#include "core/breaker.h"
#include "core/operation.h"
#include "core/request.h"
#include "core/verdict.h"
#include "core/verdict_answer.h"
#include "https/https.h"
#include "ipc/message.h"
#include "ipc/outcome.h"
#include "ipc/worker_context.h"
#include "settings/api.h"
#include "settings/endpoint.h"
#include "settings/settings.h"

#include <assert.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

static_assert(SETTINGS_ENDPOINTS_MAX * EXCHANGE_ADDRESSES_MAX <= MESSAGE_CONNECTS_MAX,
	      "an honest worker does not request more");

#define TEXT_OF(number) #number
#define TEXT(number)	TEXT_OF(number)
#define FAILURES	TEXT(BREAKER_FAILURES) " failures"

/* Describes an answer that is neither a yes nor a no. */
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
		writer_text(writer, "the answer says no, but with a status that is not a refusal");
		return;
	case ANSWER_SUCCESS:
		writer_text(writer,
			    "the answer says yes, which counts only with status 200 or 201");
		return;
	}
}

/* Why an exchange failed: status and path first, because they say most. */
static struct view
explain(struct exchange *exchange, const struct https_attempt *attempt, enum answer answer)
{
	const struct outcome *outcome = attempt->outcome;
	const struct endpoint *endpoint =
		&settings_api(exchange->settings, outcome->api)->endpoints.list[outcome->endpoint];
	struct writer writer = { exchange->words, sizeof(exchange->words), 0, false };

	https_write_status(&writer, endpoint, attempt->path, outcome->status);
	if (outcome->status / 100 == 3 && attempt->location.size > 0) {
		writer_text(&writer, "the API redirects to ");
		writer_view(&writer, attempt->location);
		writer_text(&writer, ", which is not followed; should \"url\" name it?");
	} else {
		write_complaint(&writer, attempt, answer);
	}
	return (struct view){ exchange->words, writer.size };
}

static void
read_answer(struct exchange *exchange, const struct https_attempt *attempt)
{
	struct outcome *outcome = attempt->outcome;
	enum answer answer = answer_read(attempt->answer, &outcome->api_message);

	outcome->verdict = verdict_of(outcome->status, answer);
	switch (outcome->verdict) {
	case VERDICT_GRANTED:
		outcome->reason = outcome_text("");
		return;
	case VERDICT_REFUSED:
		outcome->reason = outcome_text("the API refuses");
		return;
	case VERDICT_UNAVAILABLE:
		outcome->reason = explain(exchange, attempt, answer);
		https_drop(exchange->https);
		return;
	}
}

static bool
is_fixed(const struct exchange *exchange)
{
	return exchange->only_endpoint != WORKER_ALL_ENDPOINTS;
}

/* The endpoint to begin with: the one that worked last, except that the first one is tried again
 * from time to time. */
static uint32_t
first_choice(const struct exchange *exchange, struct outcome_memory *memory)
{
	if (is_fixed(exchange))
		return (uint32_t)exchange->only_endpoint;
	if (memory->preferred != 0 && clock_now() - memory->since >= EXCHANGE_RETURN) {
		memory->since = clock_now();
		return 0;
	}
	return memory->preferred;
}

static void
prefer(struct outcome_memory *memory, uint32_t endpoint)
{
	if (memory->preferred == endpoint)
		return;
	memory->preferred = endpoint;
	memory->since = clock_now();
}

/* The deadline of an attempt that has not sent anything yet: the endpoints still to be tried
 * must have their share of the time. */
static int64_t
connect_deadline(const struct settings *settings, int64_t deadline, size_t left)
{
	int64_t now = clock_now(), share = (deadline - now) / (int64_t)left;

	return now + clock_earlier(settings->connect_timeout, share);
}

/* Why an attempt failed. The reason at the first address where TLS failed says more than that
 * there is no other address, or that TCP cannot reach it. */
static void
note_failure(struct exchange *exchange, const struct https_attempt *attempt, bool again)
{
	struct writer writer = { exchange->words, sizeof(exchange->words), 0, false };

	if (again && !attempt->tls_failed && !attempt->sent)
		return;
	writer_text(&writer, attempt->reason);
	attempt->outcome->reason = (struct view){ exchange->words, writer.size };
}

/* Asks one endpoint, at one of its addresses after the other while TLS fails: the monitor gives
 * a different one each time, and none when there are no more. */
static void
ask_endpoint(struct exchange *exchange, struct https_attempt *attempt, enum operation operation,
	     size_t left)
{
	unsigned int tries = 0;

	do {
		attempt->connect_deadline =
			connect_deadline(exchange->settings, attempt->deadline, left);
		attempt->repeatable = operation_is_repeatable(operation);
		attempt->outcome->attempts++;
		if (https_perform(exchange->https, attempt)) {
			read_answer(exchange, attempt);
			attempt->repeatable = false;
		} else {
			note_failure(exchange, attempt, tries > 0);
		}
	} while (attempt->tls_failed && ++tries < EXCHANGE_ADDRESSES_MAX &&
		 clock_now() < attempt->deadline);
}

/* Tries the endpoints in turn, each once. An endpoint that said neither yes nor no is not the
 * first choice of the next request. */
static void
ask_endpoints(struct exchange *exchange, struct https_attempt *attempt, enum operation operation)
{
	struct outcome *outcome = attempt->outcome;
	struct outcome_memory *memory = &exchange->memories[outcome->api];
	size_t count = settings_api(exchange->settings, outcome->api)->endpoints.count;
	size_t left = is_fixed(exchange) ? 1 : count;
	uint32_t next = first_choice(exchange, memory);

	do {
		outcome->endpoint = next;
		ask_endpoint(exchange, attempt, operation, left);
		if (outcome->verdict == VERDICT_UNAVAILABLE)
			next = (next + 1) % (uint32_t)count;
	} while (attempt->repeatable && --left > 0 && clock_now() < attempt->deadline);
	if (!is_fixed(exchange))
		prefer(memory, next);
}

static uint32_t
random_number(void)
{
	uint32_t number = UINT32_MAX / 2;

	/* without randomness many programs would probe at the same moment, no worse */
	(void)RAND_bytes((uint8_t *)&number, sizeof(number));
	return number;
}

/* A number that stands for the account of a request, never 0 (FNV-1a). It does no harm if two
 * accounts share one. */
static uint64_t
account_number(const struct request *request)
{
	const struct view parts[] = { request->user, request->host };
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
 * Whether the API is healthy. Many APIs limit how often one account may fail: a user who types a
 * wrong password again and again must not lock out all others. So a 429 counts only if the 429
 * before it was for another account; and a Retry-After that two accounts in a row were given is
 * *meant_for_all.
 */
static bool
is_healthy(struct outcome_memory *memory, const struct request *request, long status, bool waits,
	   bool *meant_for_all)
{
	enum breaker_sign sign = breaker_sign_of(status);
	bool limited = sign == BREAKER_RATE_LIMITED || (sign == BREAKER_UNHEALTHY && waits);
	uint64_t account = account_number(request), before = memory->rate_limited;

	memory->rate_limited = limited ? account : 0;
	*meant_for_all = limited && waits && before != 0 && before != account;
	return sign == BREAKER_HEALTHY || (sign == BREAKER_RATE_LIMITED && before == account);
}

/* Keeps the reason for opening the breaker while it is open. */
static void
note_cause(struct outcome_memory *memory, const struct outcome *outcome, const char *what)
{
	(void)snprintf(memory->cause, sizeof(memory->cause), "%s in a row: %.*s", what,
		       (int)outcome->reason.size, (const char *)outcome->reason.data);
}

/* Tells the breaker the result of the exchange. */
static void
note_health(struct outcome_memory *memory, const struct request *request, int64_t retry_after,
	    struct outcome *outcome)
{
	bool meant_for_all;
	bool healthy =
		is_healthy(memory, request, outcome->status, retry_after > 0, &meant_for_all);

	if (!healthy)
		note_cause(memory, outcome,
			   meant_for_all ? "Retry-After for two accounts" : FAILURES);
	if (meant_for_all && memory->breaker.failures < BREAKER_FAILURES)
		memory->breaker.failures = BREAKER_FAILURES - 1; /* this one opens it */
	outcome->was_open = memory->breaker.backoff != 0;
	outcome->change = breaker_note(&memory->breaker, healthy, retry_after, clock_now(),
				       healthy ? 0 : random_number());
}

/* The reason for not asking an API. */
static struct view
refuse(struct exchange *exchange, const struct outcome_memory *memory)
{
	struct writer writer = { exchange->words, sizeof(exchange->words), 0, false };

	writer_text(&writer, "circuit breaker open after ");
	writer_text(&writer, memory->cause);
	return (struct view){ exchange->words, writer.size };
}

void
exchange_connect(struct exchange *exchange)
{
	const struct outcome_memory *memory = &exchange->memories[0];

	/* an API whose breaker is open gets no connection either */
	if (breaker_passes(&memory->breaker, clock_now()))
		https_connect(exchange->https, 0, memory->preferred,
			      clock_now() + exchange->settings->connect_timeout);
}

void
exchange_run(struct exchange *exchange, const struct request *request, struct view body,
	     int64_t deadline, struct outcome *outcome)
{
	const struct api *api = settings_api(exchange->settings, outcome->api);
	struct outcome_memory *memory = &exchange->memories[outcome->api];
	struct https_attempt attempt = {
		.path = api_path(api, request->operation),
		.request = body,
		.deadline = deadline,
		.outcome = outcome,
	};

	outcome->verdict = VERDICT_UNAVAILABLE;
	outcome->endpoint = memory->preferred;
	if (breaker_passes(&memory->breaker, clock_now())) {
		ask_endpoints(exchange, &attempt, request->operation);
		if (attempt.expiry != 0)
			memory->expiry = attempt.expiry;
		note_health(memory, request, attempt.retry_after, outcome);
	} else {
		outcome->reason = refuse(exchange, memory);
	}
	outcome->memory = *memory;
}
