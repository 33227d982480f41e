/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "https/https.h"

#include "base/clock.h"
#include "base/wipe.h"
#include "base/writer.h"
#include "core/breaker.h"
#include "core/http.h"
#include "core/http_request.h"
#include "https/connection.h"
#include "https/credential.h"
#include "https/https_internal.h"
#include "https/wire.h"
#include "ipc/outcome.h"
#include "ipc/uplink.h"
#include "settings/api.h"
#include "settings/endpoint.h"
#include "settings/settings.h"

#include <openssl/rand.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define URL_PATH_MAX (SETTINGS_URL_MAX + SETTINGS_PATH_MAX + 2) /* with a slash and NUL */

/* --- the request ------------------------------------------------------------------ */

/* Draws the Extauth-Request-Id of the next request. */
static int
draw_id(struct https *https)
{
	struct writer writer = { https->id, sizeof(https->id), 0, false };
	size_t size = HTTP_ID_SIZE / 2;

	if (https->random_left < size) {
		if (RAND_bytes(https->random, sizeof(https->random)) != 1)
			return -1;
		https->random_left = sizeof(https->random);
	}
	https->random_left -= size;
	writer_hex(&writer, (struct view){ https->random + https->random_left, size });
	return 0;
}

/* Makes the Authorization header, if it is a signature. */
static int
sign(struct https *https, const struct https_api *api, const struct endpoint *endpoint,
     const struct https_attempt *attempt)
{
	char path[URL_PATH_MAX];
	int length;

	if (api->credential == NULL || api->credential->kind != CREDENTIAL_HMAC)
		return 0;
	length = snprintf(path, sizeof(path), "%s/%s", endpoint->path, attempt->path);
	if (length < 0 || (size_t)length >= sizeof(path))
		return -1;
	return credential_sign(api->credential, path, (struct view){ https->id, sizeof(https->id) },
			       attempt->request);
}

/* HOST or HOST:PORT of an endpoint's URL. */
static struct view
authority_of(const struct endpoint *endpoint)
{
	const char *start = endpoint->url + strlen("https://");

	return (struct view){ (const uint8_t *)start, strcspn(start, "/") };
}

/*
 * Writes the head, and as much of the body as fits, to https->start, and leaves the remainder in
 * *rest. Returns the number of bytes written, or 0 on failure.
 */
static size_t
write_request(struct https *https, const struct https_attempt *attempt, struct view *rest)
{
	const struct https_api *api = &https->apis[attempt->outcome->api];
	const struct endpoint *endpoint =
		&api->configured->endpoints.list[attempt->outcome->endpoint];
	const struct http_request request = {
		.authority = authority_of(endpoint),
		.base = endpoint->path,
		.path = attempt->path,
		.authorization = api->credential != NULL ? api->credential->header : NULL,
		.id = { https->id, sizeof(https->id) },
		.length = attempt->request.size,
	};
	struct writer writer = { https->start, HTTPS_START_MAX, 0, false };
	struct view first = attempt->request;

	if (draw_id(https) < 0 || sign(https, api, endpoint, attempt) < 0)
		return 0;
	http_request_head(&writer, &request);
	if (writer.full)
		return 0;
	if (first.size > writer.room - writer.size)
		first.size = writer.room - writer.size;
	memcpy(writer.data + writer.size, first.data, first.size);
	*rest = view_part(attempt->request, first.size, attempt->request.size - first.size);
	return writer.size + first.size;
}

/* Sends the request on a connection, and waits for the answer. */
static enum wire_result
ask_on(struct https *https, struct https_attempt *attempt, struct connection *connection)
{
	struct wire wire = {
		.uplink = https->uplink,
		.connection = connection,
		.is_fresh = !attempt->outcome->reused,
		.deadline = attempt->deadline,
		.answer = &https->answer,
	};
	struct view rest = { NULL, 0 };
	size_t size = write_request(https, attempt, &rest);
	enum wire_result result = WIRE_LOST;

	https->requested_at = clock_now();
	https->last = connection;
	if (size > 0) {
		result = wire_exchange(&wire, (struct view){ https->start, size }, rest);
		attempt->sent = attempt->sent || wire.sent;
	}
	wipe(https->start, size);
	attempt->outcome->times.wait = clock_now() - https->requested_at;
	return result;
}

/* --- an attempt -------------------------------------------------------------------- */

/* Where to note the peer; NULL: nowhere. */
static struct outcome_peer *
wanted_peer(const struct outcome *outcome)
{
	return outcome->tells_peer ? outcome->peer : NULL;
}

static void
reset(struct https *https, struct https_api *api, struct https_attempt *attempt)
{
	https->last = NULL;
	https->connections.error[0] = '\0';
	http_begin(&https->answer);
	api->tls.endpoint = &api->configured->endpoints.list[attempt->outcome->endpoint];
	api->tls.failure.text[0] = '\0';
	api->tls.peer = wanted_peer(attempt->outcome);
	attempt->outcome->times = (struct outcome_times){ 0 };
	attempt->outcome->reused = false;
	attempt->outcome->status = 0;
	attempt->sent = attempt->tls_failed = false;
	attempt->retry_after = 0;
	attempt->expiry = api->tls.expiry;
	attempt->reason = "";
}

static void
note_connection(const struct connections *connections, const struct connection *connection,
		struct outcome *outcome)
{
	struct outcome_peer *peer = wanted_peer(outcome);

	outcome->times.resolve = connections->given.resolve_us;
	outcome->times.connect = connections->given.connect_us;
	outcome->times.tls = connection->made_at - connections->opened_at;
	if (peer == NULL)
		return;
	(void)snprintf(peer->protocol, sizeof(peer->protocol), "%s",
		       SSL_get_version(connection->ssl));
	(void)snprintf(peer->cipher, sizeof(peer->cipher), "%s",
		       SSL_get_cipher_name(connection->ssl));
}

/* Makes a connection for an attempt. */
static enum connection_result
connect_to(struct https *https, struct https_attempt *attempt, struct connection **connection)
{
	struct outcome *outcome = attempt->outcome;
	struct https_api *api = &https->apis[outcome->api];
	const struct connection_plan plan = {
		.tls = &api->tls,
		.endpoint = &api->configured->endpoints.list[outcome->endpoint],
		.group = api->group,
		.number = outcome->endpoint,
		/* worker_message.c looks it up */
		.on_channel = settings_endpoint_number(outcome->api, outcome->endpoint),
		.deadline = attempt->connect_deadline,
	};
	enum connection_result result;

	outcome->connections++;
	result = connection_make(&https->connections, &plan, connection);
	if (result == CONNECTION_OK)
		note_connection(&https->connections, *connection, outcome);
	attempt->expiry = api->tls.expiry;
	return result;
}

/* A kept connection on which nothing has arrived meanwhile; or NULL. */
static struct connection *
kept_for(struct https *https, const struct https_attempt *attempt)
{
	struct connection *kept =
		connection_find(&https->connections, https->apis[attempt->outcome->api].group,
				attempt->outcome->endpoint, https->settings->max_connection_age);

	if (kept == NULL || connection_is_quiet(kept))
		return kept;
	connection_close(&https->connections, kept);
	return NULL;
}

void
https_drop(struct https *https)
{
	if (https->last != NULL)
		connection_close(&https->connections, https->last);
	https->last = NULL;
}

/* Notes what the head of an answer says, whether the body is whole or not. */
static void
note_head(const struct http_answer *answer, struct https_attempt *attempt)
{
	attempt->outcome->status = answer->head.status;
	attempt->retry_after = breaker_retry_after(answer->head.retry_after);
	attempt->location = answer->head.location;
}

/* Whether the answer belongs to this request, as far as it says so. On a connection whose
 * answers have named their request, an answer that does not is not accepted. */
static bool
is_bound(struct https *https, const struct https_attempt *attempt)
{
	struct view id = https->answer.head.request_id;

	if (id.size == 0)
		return !https->last->is_bound &&
		       https->apis[attempt->outcome->api].configured->answer_binding ==
			       BINDING_OPTIONAL;
	https->last->is_bound = true;
	return id.size == sizeof(https->id) && memcmp(id.data, https->id, id.size) == 0;
}

/* The answer is whole. Does it belong to this request, and did it come in time? */
static bool
take_answer(struct https *https, struct https_attempt *attempt)
{
	note_head(&https->answer, attempt);
	attempt->repeatable = false;
	if (!is_bound(https, attempt)) {
		attempt->reason = https->answer.head.request_id.size == 0
					  ? "the answer has no Extauth-Request-Id, which is "
					    "required or was present before"
					  : "the answer belongs to another request: its "
					    "Extauth-Request-Id is not the one that was sent";
		https_drop(https);
		return false;
	}
	/* sending and receiving may take no waiting at all, and a process may be stopped
	 * meanwhile */
	if (clock_now() >= attempt->deadline) {
		attempt->reason = "no answer in time";
		https_drop(https);
		return false;
	}
	attempt->answer = http_body(&https->answer);
	if (!http_may_keep(&https->answer))
		https_drop(https);
	return true;
}

/* Turns the result on a connection into that of the attempt. */
static bool
conclude(struct https *https, struct https_attempt *attempt, enum wire_result result)
{
	if (result == WIRE_WHOLE)
		return take_answer(https, attempt);
	https_drop(https);
	attempt->repeatable = !attempt->sent;
	switch (result) {
	case WIRE_TIMED_OUT:
		attempt->reason = "no answer in time";
		break;
	case WIRE_LOST:
		attempt->reason = https_explain_loss(https, &https->apis[attempt->outcome->api]);
		break;
	case WIRE_EARLY:
		note_head(&https->answer, attempt);
		attempt->reason = "the API answered before the request was sent";
		break;
	case WIRE_WHOLE:
	case WIRE_BROKEN:
		note_head(&https->answer, attempt);
		attempt->reason = https_explain_defect(https, attempt);
		break;
	}
	return false;
}

/* Asks on a new connection. Bytes that were sent on a connection that died count as sent. */
static bool
ask_anew(struct https *https, struct https_attempt *attempt)
{
	struct connection *connection;
	enum connection_result result;

	attempt->outcome->reused = false;
	result = connect_to(https, attempt, &connection);
	if (result == CONNECTION_OK)
		return conclude(https, attempt, ask_on(https, attempt, connection));
	https_explain_no_connection(https, attempt, result);
	attempt->tls_failed = !attempt->sent && https->connections.socket_result == UPLINK_OK;
	attempt->repeatable = attempt->repeatable || !attempt->sent;
	return false;
}

void
https_connect(struct https *https, uint32_t api, uint32_t endpoint, int64_t deadline)
{
	struct outcome unused = { .api = api, .endpoint = endpoint };
	struct https_attempt attempt = {
		.outcome = &unused,
		.connect_deadline = deadline,
	};
	struct connection *connection;

	reset(https, &https->apis[api], &attempt);
	if (connect_to(https, &attempt, &connection) == CONNECTION_OK)
		connection_settle(&https->connections, connection);
}

bool
https_perform(struct https *https, struct https_attempt *attempt)
{
	struct connection *kept;
	enum wire_result result;

	reset(https, &https->apis[attempt->outcome->api], attempt);
	kept = kept_for(https, attempt);
	if (kept == NULL)
		return ask_anew(https, attempt);
	attempt->outcome->reused = true;
	result = ask_on(https, attempt, kept);
	if (result != WIRE_LOST || !attempt->sent)
		return conclude(https, attempt, result);
	https_drop(https);
	if (attempt->repeatable)
		return ask_anew(https, attempt);
	attempt->reason = "the kept connection died after the request was sent";
	return false;
}
