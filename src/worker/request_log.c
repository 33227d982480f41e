/* SPDX-License-Identifier: ISC */
#include "worker/request_log.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"
#include "base/log_level.h"
#include "base/view.h"
#include "base/writer.h"
#include "core/breaker.h"
#include "core/host_name.h"
#include "core/operation.h"
#include "core/request.h"
#include "core/verdict.h"
#include "settings/api.h"
#include "settings/settings.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ID_MAX		256			  /* bytes of such a file */
#define KEY_PURPOSE	"extauth-https log_users" /* the file itself must stay unknown */
#define HASH_SHOWN_SIZE 8			  /* bytes of a hash; enough to tell users apart */

/* What tells this machine from others, of which the first one there is counts:
 * machine-id(5), or a number that the kernel draws when it starts. */
static const char *const ids[] = { "/etc/machine-id", "/proc/sys/kernel/random/boot_id" };

static int
make_key(struct request_log *log, struct fault *fault)
{
	struct view id = { NULL, 0 };
	unsigned int size;
	bool made;
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]) && id.size == 0; i++) {
		free((void *)id.data);
		if (file_read(ids[i], ID_MAX, &id, fault) < 0)
			id = (struct view){ NULL, 0 };
	}
	if (id.size == 0)
		return -1;
	made = HMAC(EVP_sha256(), id.data, (int)id.size, (const uint8_t *)KEY_PURPOSE,
		    strlen(KEY_PURPOSE), log->key, &size) != NULL;
	free((void *)id.data);
	return made ? 0 : fault_set(fault, "OpenSSL cannot make the key for hashes of users");
}

int
request_log_open(struct request_log *log, const struct settings *settings,
		 struct statistics *statistics, struct fault *fault)
{
	*log = (struct request_log){ .settings = settings, .statistics = statistics };
	return settings->log_users == LOG_USERS_HASH ? make_key(log, fault) : 0;
}

/* Who it is about, by name or by what stands for it. */
static void
append_user(const struct request_log *log, struct log_line *line, const struct request *request)
{
	uint8_t jid[2 * REQUEST_NAME_MAX + 1], hash[EVP_MAX_MD_SIZE], hex[2 * HASH_SHOWN_SIZE];
	struct writer writer = { jid, sizeof(jid), 0, false };
	struct writer shown = { hex, sizeof(hex), 0, false };
	unsigned int size;

	if (log->settings->log_users == LOG_USERS_PLAIN) {
		log_view(line, "user", request->user);
		log_view(line, "server", request->server);
		return;
	}
	writer_view(&writer, request->user);
	writer_byte(&writer, '@');
	writer_view(&writer, request->server);
	if (HMAC(EVP_sha256(), log->key, sizeof(log->key), jid, writer.size, hash, &size) == NULL)
		return;
	writer_hex(&shown, (struct view){ hash, HASH_SHOWN_SIZE });
	log_view(line, "user_hash", (struct view){ hex, shown.size });
	log_view(line, "server", request->server);
}

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

/* True when the line is to be written: all of them at level info, refusals one
 * before that, and what could not be answered as long as it is not too much. */
static bool
is_wanted(struct request_log *log, enum verdict verdict, unsigned int *held)
{
	*held = 0;
	if (verdict != VERDICT_UNAVAILABLE)
		return log_wants(level_of(verdict));
	return log_wants(LOG_INFO) ||
	       (log_wants(LOG_WARNING) && throttle_passes(&log->throttle, clock_now(), held));
}

static void
write_asked(struct request_log *log, const struct outcome *outcome)
{
	const struct exchange_report *report = &outcome->report;
	const struct api *api = settings_api(log->settings, outcome->api);
	enum log_level level = level_of(report->verdict);
	struct log_line line;
	unsigned int held;

	if (!is_wanted(log, report->verdict, &held) || !log_begin(&line, level, "request"))
		return;
	log_text(&line, "operation", operation_name(outcome->request.operation));
	append_user(log, &line, &outcome->request);
	log_text(&line, "verdict", verdict_name(report->verdict));
	log_number(&line, "reply", outcome->reply);
	if (report->reason[0] != '\0')
		log_text(&line, "reason", report->reason);
	if (report->message.size > 0)
		log_view(&line, "api_message", report->message);
	if (report->status != 0)
		log_number(&line, "status", report->status);
	log_number(&line, "ms", (clock_now() - outcome->started) / CLOCK_MILLISECOND);
	log_text(&line, "endpoint", api->endpoints.list[report->endpoint].url);
	log_text(&line, "reused", report->reused ? "yes" : "no");
	if (held > 0)
		log_number(&line, "lines_held_back", held);
	log_end(&line);
}

/* The XMPP host in the form that it was looked for among "hosts". */
static void
log_server(struct log_line *line, struct view server)
{
	uint8_t normal[HOST_NAME_GROWTH * REQUEST_NAME_MAX];

	if (server.size <= REQUEST_NAME_MAX)
		log_view(line, "server",
			 (struct view){ normal, host_name_normal(server, HOST_NAME_XMPP, normal) });
}

static void
write_unasked(struct request_log *log, const struct outcome *outcome)
{
	struct log_line line;
	unsigned int held;

	if (!is_wanted(log, VERDICT_UNAVAILABLE, &held) ||
	    !log_begin(&line, LOG_WARNING, "answered without asking the API"))
		return;
	if (outcome->understood)
		log_text(&line, "operation", operation_name(outcome->request.operation));
	if (outcome->request.server.size > 0)
		log_server(&line, outcome->request.server);
	log_number(&line, "reply", outcome->reply);
	log_text(&line, "reason", outcome->unasked);
	if (held > 0)
		log_number(&line, "lines_held_back", held);
	log_end(&line);
}

static void
write_change(const struct request_log *log, const struct outcome *outcome)
{
	const char *url = settings_api(log->settings, outcome->api)->endpoints.list[0].url;
	const struct exchange_report *report = &outcome->report;

	switch (report->change) {
	case BREAKER_SAME:
		break;
	case BREAKER_OPENED:
		if (report->was_open)
			break; /* a probe failed: nothing new */
		log_message(LOG_ERROR,
			    "%s has failed %d times in a row: %s; it is left alone for %.1f s, and "
			    "requests are answered \"unavailable\" meanwhile",
			    url, BREAKER_FAILURES, report->cause,
			    (double)report->left_alone / (double)CLOCK_SECOND);
		break;
	case BREAKER_CLOSED:
		log_message(LOG_NOTICE, "%s answers again", url);
		break;
	}
}

static void
count(struct statistics *statistics, const struct outcome *outcome)
{
	const struct exchange_report *report = &outcome->report;

	if (outcome->unasked != NULL) {
		statistics_add(outcome->understood ? &statistics->unasked
						   : &statistics->not_understood,
			       1);
		return;
	}
	statistics_add(&statistics->requests[outcome->request.operation][report->verdict], 1);
	statistics_add(&statistics->attempts, report->attempts);
	statistics_add(&statistics->connections, report->connections);
	if (report->attempts == 0)
		statistics_add(&statistics->left_alone, 1);
	else
		statistics_note_latency(statistics, clock_now() - outcome->started);
	if (report->change == BREAKER_OPENED && !report->was_open)
		statistics_add(&statistics->breakers_open, 1);
	else if (report->change == BREAKER_CLOSED)
		statistics_add(&statistics->breakers_open, UINT64_MAX); /* one less */
}

void
request_log_write(struct request_log *log, const struct outcome *outcome)
{
	count(log->statistics, outcome);
	if (outcome->unasked != NULL) {
		write_unasked(log, outcome);
		return;
	}
	write_asked(log, outcome);
	write_change(log, outcome);
}
