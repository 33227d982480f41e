/* SPDX-License-Identifier: ISC */
#include "operator/ask_print.h"

#include "base/clock.h"
#include "base/view.h"
#include "base/writer.h"
#include "core/verdict.h"
#include "ipc/outcome.h"
#include "operator/probe.h"
#include "settings/api.h"
#include "settings/endpoint.h"
#include "settings/settings.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The phases of a request, by the names that are printed. */
struct phase {
	const char *name, *meaning;
	double milliseconds;
};

#define PHASES 4

static double
milliseconds(int64_t microseconds)
{
	return (double)microseconds / (double)CLOCK_MILLISECOND;
}

static void
list_phases(const struct outcome_times *times, struct phase phases[PHASES])
{
	phases[0] = (struct phase){ "dns", "resolving the name", milliseconds(times->resolve) };
	phases[1] = (struct phase){ "connect", "connecting", milliseconds(times->connect) };
	phases[2] = (struct phase){ "tls", "the TLS handshake", milliseconds(times->tls) };
	phases[3] = (struct phase){ "wait", "waiting for the answer", milliseconds(times->wait) };
}

/* The URL of the endpoint that was asked last; NULL when none was. */
static const char *
endpoint_url(const struct settings *settings, const struct outcome *outcome)
{
	const struct api *api;

	if (outcome->kind != OUTCOME_ASKED || outcome->api >= settings_api_count(settings))
		return NULL;
	api = settings_api(settings, outcome->api);
	return outcome->endpoint < api->endpoints.count ? api->endpoints.list[outcome->endpoint].url
							: NULL;
}

/* The phase that took most of the time. */
static const struct phase *
longest(const struct phase phases[PHASES])
{
	const struct phase *found = phases;
	size_t i;

	for (i = 1; i < PHASES; i++) {
		if (phases[i].milliseconds > found->milliseconds)
			found = &phases[i];
	}
	return found;
}

static void
print_connection(const struct probe_result *result, const char *url)
{
	const struct outcome_peer *peer = &result->peer;

	printf("endpoint    %s\n", url);
	printf("attempts    %u\n", (unsigned int)result->outcome.attempts);
	printf("connection  %s%s%s%s%s\n", result->outcome.reused ? "kept" : "new",
	       peer->protocol[0] != '\0' ? ", " : "", peer->protocol,
	       peer->cipher[0] != '\0' ? ", " : "", peer->cipher);
}

static void
print_lines(const struct probe_result *result, const char *url, const struct phase phases[PHASES])
{
	const struct outcome *outcome = &result->outcome;
	const struct phase *most = longest(phases);
	const uint8_t *reply = result->reply;
	size_t i;

	printf("verdict     %s\n", verdict_name(outcome->verdict));
	printf("reply       %02x %02x %02x %02x\n", reply[0], reply[1], reply[2], reply[3]);
	if (result->reason[0] != '\0')
		printf("reason      %s\n", result->reason);
	if (result->api_message[0] != '\0')
		printf("message     %s\n", result->api_message);
	if (outcome->status != 0)
		printf("status      %u\n", (unsigned int)outcome->status);
	if (url != NULL)
		print_connection(result, url);
	printf("time        ");
	for (i = 0; i < PHASES; i++)
		printf("%s %.1f ms, ", phases[i].name, phases[i].milliseconds);
	printf("total %.1f ms", milliseconds(result->total));
	if (most->milliseconds > milliseconds(result->total) / 2)
		printf(": most of it %s", most->meaning);
	printf("\n");
}

/* Prints , "key": "value" if there is one. */
static void
print_member(const char *key, const char *value)
{
	static uint8_t escaped[6 * SETTINGS_URL_MAX];
	struct writer writer = { escaped, sizeof(escaped), 0, false };

	if (value == NULL || value[0] == '\0')
		return;
	writer_json(&writer, (struct view){ (const uint8_t *)value, strlen(value) });
	printf(", \"%s\": \"%.*s\"", key, (int)writer.size, (const char *)escaped);
}

static void
print_json(const struct probe_result *result, const char *url, const struct phase phases[PHASES])
{
	const struct outcome *outcome = &result->outcome;
	const uint8_t *reply = result->reply;
	size_t i;

	printf("{\"verdict\": \"%s\", \"reply\": \"%02x %02x %02x %02x\"",
	       verdict_name(outcome->verdict), reply[0], reply[1], reply[2], reply[3]);
	print_member("reason", result->reason);
	if (result->api_message[0] != '\0')
		printf(", \"api_message\": \"%s\"", result->api_message);
	if (outcome->status != 0)
		printf(", \"status\": %u", (unsigned int)outcome->status);
	if (url != NULL) {
		print_member("endpoint", url);
		printf(", \"attempts\": %u, \"reused\": %s", (unsigned int)outcome->attempts,
		       outcome->reused ? "true" : "false");
		print_member("protocol", result->peer.protocol);
		print_member("cipher", result->peer.cipher);
	}
	printf(", \"milliseconds\": {");
	for (i = 0; i < PHASES; i++)
		printf("\"%s\": %.1f, ", phases[i].name, phases[i].milliseconds);
	printf("\"total\": %.1f}}\n", milliseconds(result->total));
}

void
ask_print(const struct settings *settings, const struct probe_result *result, bool as_json)
{
	const char *url = endpoint_url(settings, &result->outcome);
	struct phase phases[PHASES];

	list_phases(&result->outcome.times, phases);
	if (as_json)
		print_json(result, url, phases);
	else
		print_lines(result, url, phases);
}
