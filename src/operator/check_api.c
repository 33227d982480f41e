/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE

#include "base/clock.h"
#include "base/fault.h"
#include "base/view.h"
#include "base/writer.h"
#include "core/frame.h"
#include "core/request.h"
#include "core/verdict.h"
#include "https/tls_verify.h"
#include "ipc/record.h"
#include "monitor/monitor.h"
#include "operator/check.h"
#include "operator/finding.h"
#include "operator/probe.h"
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
#include <string.h>

#define PROBE_USER    "extauth-https-check" /* nobody's name, one hopes */
#define DAYS_LEFT_MIN 14

static void
check_name(struct findings *findings, const struct endpoint *endpoint)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL, *item;
	char addresses[700] = "", address[NI_MAXHOST];
	size_t length = 0;
	int error = getaddrinfo(endpoint->host, endpoint->port, &hints, &list);

	if (error != 0) {
		finding_report(findings, FINDING_FAILED, "name",
			       "look at /etc/resolv.conf and at the spelling of the URL",
			       "%s cannot be resolved: %s", endpoint->host, gai_strerror(error));
		return;
	}
	for (item = list; item != NULL && length < sizeof(addresses); item = item->ai_next) {
		if (getnameinfo(item->ai_addr, item->ai_addrlen, address, sizeof(address), NULL, 0,
				NI_NUMERICHOST) == 0)
			length += (size_t)snprintf(addresses + length, sizeof(addresses) - length,
						   " %s", address);
	}
	freeaddrinfo(list);
	finding_report(findings, FINDING_OK, "name", NULL, "%s has the addresses%s", endpoint->host,
		       addresses);
}

static void
check_chain(struct findings *findings, const struct record *record)
{
	char pin[TLS_PIN_TEXT_SIZE];
	size_t i;

	if (record->peer.chain_count == 0)
		return;
	finding_report(findings, FINDING_OK, "certificate", NULL, "is for %s",
		       record->peer.names[0] != '\0' ? record->peer.names : "no name");
	for (i = 0; i < record->peer.chain_count; i++) {
		const struct record_certificate *entry = &record->peer.chain[i];
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
is_in_chain(const struct record *record, const uint8_t pin[SETTINGS_PIN_SIZE])
{
	size_t i;

	for (i = 0; i < record->peer.chain_count; i++) {
		if (memcmp(record->peer.chain[i].pin, pin, SETTINGS_PIN_SIZE) == 0)
			return true;
	}
	return false;
}

static void
check_pins(struct findings *findings, const struct pins *pins, const struct record *record)
{
	char text[TLS_PIN_TEXT_SIZE];
	size_t i, held = 0;

	if (pins->count == 0 || record->peer.chain_count == 0)
		return;
	for (i = 0; i < pins->count; i++) {
		bool holds = is_in_chain(record, pins->list[i]);

		held += holds;
		tls_pin_text(pins->list[i], text);
		finding_report(findings, FINDING_OK, "pin", NULL, "%s is %s the chain", text,
			       holds ? "in" : "not in");
	}
	if (held == 0)
		finding_report(findings, FINDING_FAILED, "pin",
			       "pin one of the keys above, if the server is the right one",
			       "none of the pinned keys is in the chain");
	else if (pins->count == 1)
		finding_report(findings, FINDING_WARNING, "pin",
			       "pin a second key that is kept elsewhere",
			       "there is one pin only: when its key is lost, nobody can log in");
}

/* The frame that asks for an account which should not exist. */
static size_t
make_frame(const char *host, uint8_t frame[FRAME_HEADER_SIZE + 2 * REQUEST_NAME_MAX])
{
	struct writer writer = { frame, FRAME_HEADER_SIZE + 2 * REQUEST_NAME_MAX, FRAME_HEADER_SIZE,
				 false };

	writer_text(&writer, "isuser:" PROBE_USER ":");
	if (strncmp(host, "*.", 2) == 0)
		writer_text(&writer, "check");
	writer_text(&writer, host[0] == '*' ? host + 1 : host);
	frame[0] = (uint8_t)((writer.size - FRAME_HEADER_SIZE) >> 8);
	frame[1] = (uint8_t)(writer.size - FRAME_HEADER_SIZE);
	return writer.size;
}

static void
check_answer(struct findings *findings, const struct record *record)
{
	if (!record->complete) {
		finding_report(findings, FINDING_FAILED, "probe",
			       "standard error has the reason in full",
			       "the program did not get as far as serving");
		return;
	}
	finding_report(findings, FINDING_OK, "sandbox", NULL,
		       "both processes were sealed, and the kernel confirmed it");
	if (record->peer.protocol[0] != '\0')
		finding_report(findings, FINDING_OK, "tls", NULL, "%s, %s", record->peer.protocol,
			       record->peer.cipher);
	switch (record->verdict) {
	case VERDICT_UNAVAILABLE:
		if (record->status == 0)
			finding_report(findings, FINDING_FAILED, "connection",
				       "nobody can log in until this is mended; try again with "
				       "--ask isuser USER@HOST",
				       "%s", record->reason);
		else
			finding_report(findings, FINDING_FAILED, "contract",
				       "the answer must be as extauth-https-api(7) says",
				       "asking whether " PROBE_USER
				       " exists: %s, with HTTP status %ld",
				       record->reason, record->status);
		break;
	case VERDICT_REFUSED:
	case VERDICT_GRANTED:
		finding_report(findings, FINDING_OK, "contract", NULL,
			       "asking whether " PROBE_USER
			       " exists: %s, HTTP status %ld, in %.1f ms",
			       verdict_name(record->verdict), record->status,
			       (double)record->times.total / (double)CLOCK_MILLISECOND);
		break;
	}
}

static void
check_endpoint(struct findings *findings, const struct api *api,
	       const struct monitor_context *context, const char *host, size_t number)
{
	const struct endpoint *endpoint = &api->endpoints.list[number];
	uint8_t frame[FRAME_HEADER_SIZE + 2 * REQUEST_NAME_MAX], reply[FRAME_REPLY_SIZE];
	struct record record;
	struct fault fault;
	struct view view = { frame, make_frame(host, frame) };

	finding_report(findings, FINDING_OK, "endpoint", NULL, "%s", endpoint->url);
	check_name(findings, endpoint);
	if (probe_run(context, view, number, reply, &record, &fault) < 0) {
		finding_report(findings, FINDING_FAILED, "probe",
			       "standard error has the reason in full", "%s", fault.text);
		return;
	}
	check_chain(findings, &record);
	check_pins(findings, &api->pins, &record);
	check_answer(findings, &record);
}

void
check_api(struct findings *findings, const struct settings *settings,
	  const struct monitor_context *context, size_t number)
{
	const struct api *api = settings_api(settings, number);
	const char *host = settings->hosts != NULL ? settings->hosts[number].name : "localhost";
	size_t i;

	for (i = 0; i < api->endpoints.count; i++)
		check_endpoint(findings, api, context, host, i);
}
