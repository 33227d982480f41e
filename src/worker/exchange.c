/* SPDX-License-Identifier: ISC */
#include "worker/exchange.h"

#include <openssl/rand.h>

static const char *
answer_reason(enum answer answer, enum verdict verdict)
{
	switch (answer) {
	case ANSWER_NOT_JSON:
		return "the answer is not one JSON object";
	case ANSWER_UNDECIDED:
		return "the answer has no single boolean \"success\"";
	case ANSWER_FAILURE:
		return verdict == VERDICT_REFUSED ? "the API refuses"
						  : "the status does not fit a refusal";
	case ANSWER_SUCCESS:
		return verdict == VERDICT_GRANTED ? "" : "the status does not fit a success";
	}
	return "";
}

static void
read_answer(const struct https_attempt *attempt, struct exchange_report *report)
{
	enum answer answer = answer_read(attempt->answer, &report->message);

	report->status = attempt->status;
	report->reused = attempt->reused;
	report->verdict = verdict_of(attempt->status, answer);
	report->reason = answer_reason(answer, report->verdict);
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
			read_answer(attempt, report);
			attempt->repeatable = false;
			break;
		case HTTPS_FAILED:
			report->reason = attempt->reason;
			break;
		}
		report->connections += attempt->connections;
		report->times = attempt->times;
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

enum exchange_end
exchange_run(struct https *https, const struct settings *settings, size_t api,
	     struct exchange_memory *memory, enum operation operation, struct view body,
	     int64_t deadline, struct record_peer *peer, struct exchange_report *report)
{
	struct https_attempt attempt = {
		.api = api,
		.path = settings_path(settings_api(settings, api), operation),
		.request = body,
		.deadline = deadline,
		.peer = peer,
	};
	enum exchange_end end;
	bool available;

	*report = (struct exchange_report){ .verdict = VERDICT_UNAVAILABLE, .reason = "" };
	report->endpoint = memory->preferred;
	if (!breaker_passes(&memory->breaker, clock_now())) {
		report->reason = "the API has failed too often; waiting before it is asked again";
		return EXCHANGE_OVER;
	}
	end = ask(https, settings, &attempt, memory, operation, report);
	if (end != EXCHANGE_OVER)
		return end;
	report->was_open = memory->breaker.limit != 0;
	available = report->verdict != VERDICT_UNAVAILABLE;
	report->change = breaker_note(&memory->breaker, available, clock_now(),
				      available ? 0 : random_number());
	return EXCHANGE_OVER;
}
