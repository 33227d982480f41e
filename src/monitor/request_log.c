/* SPDX-License-Identifier: ISC */
#include "monitor/request_log.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/log_level.h"
#include "base/throttle.h"
#include "core/breaker.h"
#include "core/operation.h"
#include "core/verdict.h"
#include "ipc/outcome.h"
#include "monitor/statistics.h"
#include "settings/api.h"
#include "settings/settings.h"

#include <stdbool.h>
#include <stdio.h>

static enum log_level
level_of(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_UNAVAILABLE:
		return LOG_WARNING;
	case VERDICT_REFUSED:
		return LOG_REFUSALS;
	case VERDICT_GRANTED:
		break;
	}
	return LOG_INFO;
}

/* True when the line is to be written: all of them at level info, refusals one level before
 * that, and "unavailable" unless there are too many. */
static bool
is_wanted(struct request_log *log, enum verdict verdict, unsigned int *held)
{
	*held = 0;
	if (verdict != VERDICT_UNAVAILABLE)
		return log_wants(level_of(verdict));
	return log_wants(LOG_INFO) ||
	       (log_wants(LOG_WARNING) && throttle_passes(&log->throttle, clock_now(), held));
}

/* The user, by name or hash, and the host. */
static void
append_user(struct log_line *line, const struct settings *settings, const struct outcome *outcome)
{
	const char *key = settings->log_users == LOG_USERS_HASH ? "user_hash" : "user";

	if (outcome->user.size > 0)
		log_view(line, key, outcome->user);
	if (outcome->host.size > 0)
		log_view(line, "host", outcome->host);
}

static void
append_answer(struct log_line *line, const struct settings *settings, const struct outcome *outcome,
	      int64_t latency)
{
	const struct api *api = settings_api(settings, outcome->api);

	if (outcome->api_message.size > 0)
		log_view(line, "api_message", outcome->api_message);
	if (outcome->status != 0)
		log_number(line, "status", outcome->status);
	log_number(line, "ms", latency / CLOCK_MILLISECOND);
	log_text(line, "endpoint", api->endpoints.list[outcome->endpoint].url);
	log_text(line, "reused", outcome->reused ? "yes" : "no");
}

static void
write_line(struct request_log *log, const struct settings *settings, const struct outcome *outcome,
	   enum frame_reply reply, int64_t latency)
{
	bool asked = outcome->kind == OUTCOME_ASKED;
	/* what the API was not asked about matters to the operator, refused or not */
	enum verdict verdict = asked ? outcome->verdict : VERDICT_UNAVAILABLE;
	struct log_line line;
	unsigned int held;

	if (!is_wanted(log, verdict, &held) ||
	    !log_begin(&line, level_of(verdict),
		       asked ? "request" : "replied without asking the API"))
		return;
	if (outcome->kind != OUTCOME_MALFORMED)
		log_text(&line, "operation", operation_name(outcome->operation));
	append_user(&line, settings, outcome);
	if (asked)
		log_text(&line, "verdict", verdict_name(outcome->verdict));
	log_number(&line, "reply", reply);
	if (outcome->reason.size > 0)
		log_view(&line, "reason", outcome->reason);
	if (asked)
		append_answer(&line, settings, outcome, latency);
	if (held > 0)
		log_number(&line, "lines_held_back", held);
	log_end(&line);
}

/* What happened to the breaker, as text. False: nothing new. */
static bool
describe_change(const struct settings *settings, const struct outcome *outcome,
		char text[LOG_MESSAGE_MAX])
{
	const char *url = settings_api(settings, outcome->api)->endpoints.list[0].url;
	const struct outcome_memory *memory = &outcome->memory;
	double seconds = (double)(memory->breaker.until - clock_now()) / (double)CLOCK_SECOND;

	switch (outcome->change) {
	case BREAKER_SAME:
		break;
	case BREAKER_OPENED:
		(void)snprintf(text, LOG_MESSAGE_MAX,
			       "%s: circuit breaker open for %.1f s: not sending requests, "
			       "replying \"unavailable\", after %s",
			       url, seconds < 0 ? 0 : seconds, memory->cause);
		return !outcome->was_open; /* else a probe failed */
	case BREAKER_CLOSED:
		(void)snprintf(text, LOG_MESSAGE_MAX, "%s answers again; circuit breaker closed",
			       url);
		return true;
	}
	return false;
}

/* A worker that was taken over may say with each outcome that its breaker has changed. */
static void
write_change(struct request_log *log, const struct settings *settings,
	     const struct outcome *outcome)
{
	char text[LOG_MESSAGE_MAX];
	struct log_line line;
	unsigned int held;

	if (!describe_change(settings, outcome, text) ||
	    !throttle_passes(&log->changes, clock_now(), &held) ||
	    !log_begin(&line, outcome->change == BREAKER_OPENED ? LOG_ERROR : LOG_NOTICE, text))
		return;
	if (held > 0)
		log_number(&line, "lines_held_back", held);
	log_end(&line);
}

static void
count_asked(struct statistics *statistics, const struct outcome *outcome, int64_t latency)
{
	statistics->requests[outcome->operation][outcome->verdict]++;
	statistics->attempts += outcome->attempts;
	statistics->connections += outcome->connections;
	if (outcome->attempts == 0)
		statistics->short_circuited++;
	else
		statistics_note_latency(statistics, latency);
}

void
request_log_write(struct request_log *log, const struct settings *settings,
		  const struct outcome *outcome, enum frame_reply reply, int64_t latency)
{
	write_line(log, settings, outcome, reply, latency);
	switch (outcome->kind) {
	case OUTCOME_MALFORMED:
		log->statistics->malformed++;
		break;
	case OUTCOME_LOCAL:
		log->statistics->refused_locally++;
		break;
	case OUTCOME_ASKED:
		count_asked(log->statistics, outcome, latency);
		/* not for each request: the compiler clears the room for its text */
		if (outcome->change != BREAKER_SAME)
			write_change(log, settings, outcome);
		break;
	}
}
