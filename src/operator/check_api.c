/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE

#include "base/clock.h"
#include "base/fault.h"
#include "base/view.h"
#include "base/writer.h"
#include "core/verdict.h"
#include "https/tls_verify.h"
#include "ipc/connect_error.h"
#include "ipc/outcome.h"
#include "monitor/monitor.h"
#include "monitor/resolver.h"
#include "operator/api_groups.h"
#include "operator/cause.h"
#include "operator/check.h"
#include "operator/finding.h"
#include "operator/probe.h"
#include "operator/probe_frame.h"
#include "settings/api.h"
#include "settings/endpoint.h"
#include "settings/pins.h"
#include "settings/settings.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DAYS_LEFT_MIN 14

/* The result of asking one endpoint. */
struct trial {
	bool asked; /* there is a result; otherwise see `fault` */
	struct probe_result exists, login;
	struct fault fault;
};

/* Appends an address as text. */
static void
append_address(struct writer *writer, const struct address *address)
{
	const struct sockaddr_storage *storage = &address->storage;
	char text[INET6_ADDRSTRLEN] = "";

	if (storage->ss_family == AF_INET)
		(void)inet_ntop(AF_INET, &((const struct sockaddr_in *)storage)->sin_addr, text,
				sizeof(text));
	else
		(void)inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)storage)->sin6_addr, text,
				sizeof(text));
	writer_byte(writer, ' ');
	writer_text(writer, text);
}

static void
check_name(struct findings *findings, const struct endpoint *endpoint)
{
	uint8_t text[RESOLVER_ADDRESSES_MAX * (INET6_ADDRSTRLEN + 1)];
	struct writer writer = { text, sizeof(text), 0, false };
	struct resolved resolved;
	uint32_t i;

	probe_resolve(endpoint, &resolved);
	if (resolved.error != 0) {
		finding_report(findings, FINDING_WARNING, "name",
			       "check /etc/resolv.conf and the spelling of the URL",
			       "%s cannot be resolved: %s", endpoint->host,
			       connect_error_text(resolved.error));
		return;
	}
	for (i = 0; i < resolved.count; i++)
		append_address(&writer, &resolved.addresses[i]);
	finding_report(findings, FINDING_OK, "name", NULL, "%s has addresses%.*s", endpoint->host,
		       (int)writer.size, (const char *)text);
}

static void
check_chain(struct findings *findings, const struct probe_result *result)
{
	char pin[TLS_PIN_TEXT_SIZE];
	size_t i;

	if (result->peer.chain_count == 0)
		return;
	finding_report(findings, FINDING_OK, "certificate", NULL, "is for %s",
		       result->peer.names[0] != '\0' ? result->peer.names : "no name");
	for (i = 0; i < result->peer.chain_count; i++) {
		const struct outcome_certificate *entry = &result->peer.chain[i];
		bool soon = entry->days_left < DAYS_LEFT_MIN;

		tls_pin_text(entry->pin, pin);
		finding_report(findings, soon ? FINDING_WARNING : FINDING_OK, "certificate",
			       "have it renewed",
			       "%zu: \"%s\" issued by \"%s\", valid until %s, %d days left, pin %s",
			       i, entry->subject, entry->issuer, entry->not_after, entry->days_left,
			       pin);
	}
}

static bool
is_in_chain(const struct probe_result *result, const uint8_t pin[SETTINGS_PIN_SIZE])
{
	size_t i;

	for (i = 0; i < result->peer.chain_count; i++) {
		if (memcmp(result->peer.chain[i].pin, pin, SETTINGS_PIN_SIZE) == 0)
			return true;
	}
	return false;
}

static void
check_pins(struct findings *findings, const struct pins *pins, const struct probe_result *result,
	   enum finding_level level)
{
	char text[TLS_PIN_TEXT_SIZE];
	size_t i, held = 0;

	if (pins->count == 0 || result->peer.chain_count == 0)
		return;
	for (i = 0; i < pins->count; i++) {
		bool holds = is_in_chain(result, pins->list[i]);

		held += holds;
		tls_pin_text(pins->list[i], text);
		finding_report(findings, FINDING_OK, "pin", NULL, "%s is %s the chain", text,
			       holds ? "in" : "not in");
	}
	if (held == 0)
		finding_report(findings, level, "pin",
			       "pin one of the keys above, if this is the right server",
			       "none of the pinned keys is in the chain");
	else if (pins->count == 1)
		finding_report(findings, FINDING_WARNING, "pin", "pin a second key, kept elsewhere",
			       "only one key is pinned: if it is lost, no user can log in");
}

/* True when users can log in through this endpoint. */
static bool
works(const struct trial *trial)
{
	return trial->asked && trial->exists.outcome.verdict != VERDICT_UNAVAILABLE &&
	       trial->exists.outcome.status != 401 &&
	       trial->login.outcome.verdict != VERDICT_UNAVAILABLE;
}

static void
check_exchange(struct findings *findings, const struct probe_result *result,
	       enum finding_level level, const char *question)
{
	const struct outcome *outcome = &result->outcome;
	const char *verdict = verdict_name(outcome->verdict);
	unsigned int status = (unsigned int)outcome->status;

	if (outcome->verdict != VERDICT_UNAVAILABLE)
		finding_report(findings, FINDING_OK, "contract", NULL,
			       "asking whether " PROBE_USER "%s: %s, HTTP status %u, in %.1f ms",
			       question, verdict, status,
			       (double)result->total / (double)CLOCK_MILLISECOND);
	else if (status == 0)
		finding_report(findings, level, "connection", cause_cure(result->reason), "%s",
			       result->reason);
	else
		finding_report(findings, level, "contract", cause_cure(result->reason),
			       "asking whether " PROBE_USER "%s: %s, with HTTP status %u", question,
			       result->reason, status);
}

static void
check_answers(struct findings *findings, const struct trial *trial, enum finding_level level)
{
	const struct probe_result *exists = &trial->exists, *login = &trial->login;

	if (!exists->complete) {
		finding_report(findings, FINDING_FAILED, "probe",
			       "see standard error for the full reason",
			       "the program did not start to serve");
		return;
	}
	finding_report(findings, FINDING_OK, "sandbox", NULL,
		       "both processes were sealed, and the kernel confirmed it");
	if (exists->peer.protocol[0] != '\0')
		finding_report(findings, FINDING_OK, "tls", NULL, "%s, %s", exists->peer.protocol,
			       exists->peer.cipher);
	check_exchange(findings, exists, level, " exists");
	if (exists->outcome.verdict == VERDICT_REFUSED && exists->outcome.status == 401)
		finding_report(
			findings, level, "contract",
			"set the credential that the API expects: bearer_file, basic_file or "
			"hmac_key_file",
			"the API rejects the program itself: HTTP status 401 for a request without "
			"a password");
	/* the same cause is not repeated */
	if (exists->outcome.verdict == VERDICT_UNAVAILABLE &&
	    strcmp(exists->reason, login->reason) == 0)
		return;
	check_exchange(findings, login, level, " can log in");
	if (login->outcome.verdict == VERDICT_GRANTED)
		finding_report(findings, FINDING_FAILED, "contract",
			       "make the API check the password: at present any password logs in",
			       "the API grants a login with a made-up name and password");
}

static void
report_endpoint(struct findings *findings, const struct api *api, size_t number,
		const struct trial *trial, bool another_works)
{
	enum finding_level level = another_works ? FINDING_WARNING : FINDING_FAILED;
	const struct endpoint *endpoint = &api->endpoints.list[number];

	finding_report(findings, FINDING_OK, "endpoint", NULL, "%s%s%s", endpoint->url,
		       findings->host != NULL ? ", for " : "",
		       findings->host != NULL ? findings->host : "");
	findings->endpoint = endpoint->url;
	check_name(findings, endpoint);
	if (trial->asked) {
		check_chain(findings, &trial->exists);
		check_pins(findings, &api->pins, &trial->exists, level);
		check_answers(findings, trial, level);
	} else {
		finding_report(findings, level, "probe", "see standard error for the full reason",
			       "%s", trial->fault.text);
	}
	findings->endpoint = NULL;
}

/* Asks an endpoint whether a user exists, and whether it can log in with a password that no
 * account has: logins may fail on their own. */
static void
ask_endpoint(struct trial *trial, const struct monitor_context *context, const char *host,
	     size_t number)
{
	uint8_t frame[PROBE_FRAME_MAX];
	struct view view = { frame, probe_frame_exists(host, frame) };

	trial->asked = probe_run(context, view, number, false, &trial->exists, &trial->fault) == 0;
	trial->login = trial->exists;
	/* an endpoint that cannot be reached is not waited for twice */
	if (!trial->asked || trial->exists.outcome.status == 0)
		return;
	view.size = probe_frame_login(host, frame);
	trial->asked = probe_run(context, view, number, false, &trial->login, &trial->fault) == 0;
}

static size_t
count_working(const struct trial *trials, size_t count)
{
	size_t i, working = 0;

	for (i = 0; i < count; i++)
		working += works(&trials[i]);
	return working;
}

static void
check_api(struct findings *findings, const struct api *api, const struct monitor_context *context,
	  const char *host)
{
	struct trial *trials = calloc(api->endpoints.count, sizeof(*trials));
	size_t i, working;

	if (trials == NULL)
		return;
	for (i = 0; i < api->endpoints.count; i++)
		ask_endpoint(&trials[i], context, host, i);
	working = count_working(trials, api->endpoints.count);
	for (i = 0; i < api->endpoints.count; i++)
		report_endpoint(findings, api, i, &trials[i], working > 0);
	if (working == 0)
		finding_report(findings, FINDING_FAILED, "api",
			       "the lines above say why, and what to do",
			       "no user can log in until one endpoint answers correctly");
	free(trials);
}

static void
ask_all(struct findings *findings, const struct settings *settings,
	const struct monitor_context *context)
{
	struct api_groups groups;
	size_t i;

	if (api_groups_make(&groups, settings) < 0)
		return;
	for (i = 0; i < groups.count; i++) {
		const struct api_group *group = &groups.list[i];
		size_t number = group->number;

		finding_progress(findings, "API", i + 1, groups.count);
		findings->host = group->names[0] != '\0' ? group->names : NULL;
		check_api(findings, settings_api(settings, number), context,
			  settings->hosts != NULL ? settings->hosts[number].name : "localhost");
		findings->host = NULL;
	}
	api_groups_free(&groups);
}

/* Runs in a process of its own, which reads what comes from the network and prints it: a peer
 * that takes it over cannot affect later checks. */
void
check_apis(struct findings *findings, const struct settings *settings,
	   const struct monitor_context *context)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		ask_all(findings, settings, context);
		_exit(0);
	}
	findings->endpoint = NULL;
	findings->host = NULL;
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		finding_report(findings, FINDING_FAILED, "probe", "please report it",
			       "the process that asks the API ended early");
}
