/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE

#include "https/https.h"

#include "base/clock.h"
#include "base/view.h"
#include "core/answer_head.h"
#include "https/credential.h"
#include "https/https_internal.h"
#include "https/tls_words.h"
#include "https/transfer.h"
#include "settings/api.h"
#include "settings/endpoint.h"

#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The reason in words for a connection that the monitor could not make. */
static const char *
connection_error(int error)
{
	return error < 0 ? gai_strerror(error) : strerror(error);
}

/* The endpoint's number on the channel; worker_process.c takes it apart. */
static uint32_t
endpoint_number(const struct https_attempt *attempt)
{
	return (uint32_t)(attempt->api * SETTINGS_ENDPOINTS_MAX + attempt->endpoint);
}

static void
note_connection(struct https *https, const struct uplink_connection *connection)
{
	https->opened_at = clock_now();
	https->attempt->times.resolve = connection->resolve_us;
	https->attempt->times.connect = connection->connect_us;
}

/* Connection and TLS stand. */
static void
note_tls(struct https *https)
{
	const struct curl_tlssessioninfo *info = NULL;
	struct record_peer *peer = https->attempt->peer;
	const SSL *tls;

	https->requested_at = clock_now();
	if (https->opened)
		https->attempt->times.tls = https->requested_at - https->opened_at;
	if (peer == NULL)
		return;
	if (curl_easy_getinfo(https->easy, CURLINFO_TLS_SSL_PTR, &info) != CURLE_OK ||
	    info == NULL || info->internals == NULL)
		return;
	tls = info->internals;
	(void)snprintf(peer->protocol, sizeof(peer->protocol), "%s", SSL_get_version(tls));
	(void)snprintf(peer->cipher, sizeof(peer->cipher), "%s", SSL_get_cipher_name(tls));
}

/* libcurl wants a socket: the monitor has one. */
curl_socket_t
https_on_open(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct https *https = context;
	struct https_attempt *attempt = https->attempt;
	struct uplink_connection connection;

	(void)address;
	if (!https->warm || purpose != CURLSOCKTYPE_IPCXN)
		return CURL_SOCKET_BAD;
	/* a kept connection died after the request was sent, and libcurl would
	 * send it again; what changes something must not happen twice */
	if (attempt->sent && !attempt->repeatable) {
		https->refusal = "the kept connection died after the request was sent";
		return CURL_SOCKET_BAD;
	}
	https->opened = true;
	attempt->connections++;
	switch (uplink_connect(https->uplink, endpoint_number(attempt), attempt->connect_deadline,
			       &connection)) {
	case UPLINK_OK:
		note_connection(https, &connection);
		return connection.socket;
	case UPLINK_FAILED:
		(void)snprintf(https->detail, sizeof(https->detail), "cannot connect: %s",
			       connection_error(connection.error));
		https->refusal = https->detail;
		break;
	case UPLINK_TIMED_OUT:
		https->refusal = "cannot connect: timed out";
		break;
	case UPLINK_HOST_GONE:
		https->host_gone = true;
		break;
	case UPLINK_MONITOR_GONE:
		https->monitor_gone = true;
		break;
	}
	return CURL_SOCKET_BAD;
}

int
https_on_opened(void *context, curl_socket_t socket, curlsocktype purpose)
{
	(void)context;
	(void)socket;
	(void)purpose;
	return CURL_SOCKOPT_ALREADY_CONNECTED;
}

/* Called when connection and TLS stand, before the first byte of the request. */
int
https_on_request(void *context, char *remote, char *local, int remote_port, int local_port)
{
	struct https *https = context;

	(void)remote;
	(void)local;
	(void)remote_port;
	(void)local_port;
	if (!https->attempt->sent)
		https->on_kept = !https->opened;
	https->sent_on_new = https->opened;
	https->attempt->sent = true;
	note_tls(https);
	https->deadline = https->attempt->deadline;
	return CURL_PREREQFUNC_OK;
}

size_t
https_on_header(char *line, size_t one, size_t size, void *context)
{
	struct https *https = context;

	(void)one;
	https->refusal =
		answer_head_check(&https->head, (struct view){ (const uint8_t *)line, size });
	https->attempt->retry_after = https->head.retry_after;
	return https->refusal == NULL ? size : 0;
}

size_t
https_on_body(char *data, size_t one, size_t size, void *context)
{
	struct https *https = context;

	(void)one;
	if (size > ANSWER_BODY_MAX - https->body_size) {
		https->refusal = "the answer's body is larger than 64 KiB";
		return 0;
	}
	memcpy(https->body + https->body_size, data, size);
	https->body_size += size;
	return size;
}

/* Sets the URL of an attempt, when the last one's was another. libcurl keeps its
 * own copy. */
static int
set_url(const struct https_api *api, struct https_handle *handle,
	const struct https_attempt *attempt)
{
	const struct endpoint *endpoint = &api->settings->endpoints.list[attempt->endpoint];
	char url[HTTPS_URL_MAX];
	int length;

	if (handle->path == attempt->path)
		return 0;
	handle->path = NULL;
	length = snprintf(url, sizeof(url), "%s/%s", endpoint->url, attempt->path);
	if (length < 0 || (size_t)length >= sizeof(url) ||
	    curl_easy_setopt(handle->easy, CURLOPT_URL, url) != CURLE_OK)
		return -1;
	handle->path = attempt->path;
	return 0;
}

/* Makes the header that proves who asks. */
static int
sign(struct https_api *api, const struct https_attempt *attempt)
{
	const struct endpoint *endpoint = &api->settings->endpoints.list[attempt->endpoint];
	char path[HTTPS_URL_MAX];
	int length;

	if (api->credential == NULL || api->credential->kind != CREDENTIAL_HMAC)
		return 0;
	length = snprintf(path, sizeof(path), "%s/%s", endpoint->path, attempt->path);
	if (length < 0 || (size_t)length >= sizeof(path))
		return -1;
	return credential_sign(api->credential, path, attempt->request);
}

static int
set_request(struct https_api *api, struct https_handle *handle, const struct https_attempt *attempt)
{
	if (set_url(api, handle, attempt) < 0 || sign(api, attempt) < 0)
		return -1;
	if (curl_easy_setopt(handle->easy, CURLOPT_POSTFIELDSIZE, (long)attempt->request.size) !=
	    CURLE_OK)
		return -1;
	return curl_easy_setopt(handle->easy, CURLOPT_POSTFIELDS, attempt->request.data) == CURLE_OK
		       ? 0
		       : -1;
}

/*
 * Makes the handle for one attempt, a copy of the endpoint's. A handle that is
 * used again remembers headers of the last answer that are freed already, and a
 * folded line at the start of the next answer is appended to them (curl issue
 * 11101, fixed in 8.1.0). It would also give up at every sixth kept connection that
 * died, for it counts over its whole life (CONN_MAX_RETRIES). Connections are kept
 * all the same: they belong to the multi handle.
 */
static int
make_handle(struct https *https, const struct https_api *api, const struct https_handle *handle)
{
	https->easy = curl_easy_duphandle(handle->easy);
	if (https->easy == NULL)
		return -1;
	/* the one option that a copy does not have */
	return curl_easy_setopt(https->easy, CURLOPT_RESOLVE, api->addresses) == CURLE_OK ? 0 : -1;
}

/* What went wrong, in the best words there are. */
static const char *
failure(struct https *https, struct https_api *api, CURLcode code)
{
	if (https->refusal != NULL)
		return https->refusal;
	if (api->tls.failure.text[0] != '\0')
		return api->tls.failure.text;
	if (tls_explain(https->error, api->settings, &api->tls.failure))
		return api->tls.failure.text;
	return https->error[0] != '\0' ? https->error : curl_easy_strerror(code);
}

/* True when the request was lost with a kept connection, before a byte of an
 * answer: what libcurl calls the end of one, for garbage is an answer, too; or
 * the new connection that it wanted then did not come to stand. */
static bool
was_lost(const struct https *https, CURLcode code)
{
	bool died =
		code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING;

	return https->on_kept && !https->sent_on_new && https->head.size == 0 &&
	       (died || https->opened);
}

static void
reset(struct https *https, struct https_api *api, struct https_attempt *attempt)
{
	https->attempt = attempt;
	https->deadline = attempt->connect_deadline;
	https->on_kept = https->sent_on_new = https->opened = false;
	https->host_gone = https->monitor_gone = false;
	https->head = (struct answer_head){ 0 };
	https->body_size = 0;
	https->refusal = NULL;
	https->error[0] = '\0';
	api->tls.endpoint = &api->settings->endpoints.list[attempt->endpoint];
	api->tls.failure.text[0] = '\0';
	api->tls.peer = attempt->peer;
	attempt->times = (struct record_times){ 0 };
	attempt->sent = attempt->reused = false;
	attempt->connections = 0;
	attempt->status = 0;
	attempt->retry_after = 0;
	attempt->reason = "";
}

static enum https_end
time_out(struct https_attempt *attempt)
{
	attempt->reason = attempt->sent ? "no answer in time" : "no TLS connection in time";
	attempt->repeatable = !attempt->sent;
	return HTTPS_FAILED;
}

/* Runs the transfer, and finds out what came of it. */
static enum https_end
transfer(struct https *https, struct https_api *api, struct https_attempt *attempt)
{
	CURLcode code;

	switch (transfer_run(&https->transfer, https->easy, https->uplink->host, &https->deadline,
			     &code)) {
	case TRANSFER_HOST_GONE:
		return HTTPS_HOST_GONE;
	case TRANSFER_TIMED_OUT:
		return time_out(attempt);
	case TRANSFER_DONE:
		break;
	}
	if (https->host_gone || https->monitor_gone)
		return https->host_gone ? HTTPS_HOST_GONE : HTTPS_MONITOR_GONE;
	attempt->reused = https->on_kept && !https->opened;
	if (attempt->sent)
		attempt->times.wait = clock_now() - https->requested_at;
	if (code != CURLE_OK) {
		/* an answer that is not taken is one all the same */
		if (https->refusal != NULL)
			(void)curl_easy_getinfo(https->easy, CURLINFO_RESPONSE_CODE,
						&attempt->status);
		attempt->reason = failure(https, api, code);
		attempt->repeatable =
			!attempt->sent || (attempt->repeatable && was_lost(https, code));
		return HTTPS_FAILED;
	}
	/* libcurl may send and read in one go, and a process may be stopped in it */
	if (clock_now() >= attempt->deadline)
		return time_out(attempt);
	(void)curl_easy_getinfo(https->easy, CURLINFO_RESPONSE_CODE, &attempt->status);
	attempt->answer = (struct view){ https->body, https->body_size };
	return HTTPS_ANSWERED;
}

enum https_end
https_perform(struct https *https, struct https_attempt *attempt)
{
	struct https_api *api = &https->apis[attempt->api];
	struct https_handle *handle = &api->handles[attempt->endpoint];
	enum https_end end = HTTPS_FAILED;

	reset(https, api, attempt);
	if (set_request(api, handle, attempt) < 0 || make_handle(https, api, handle) < 0)
		attempt->reason = "libcurl or OpenSSL does not take the request";
	else
		end = transfer(https, api, attempt);
	curl_easy_cleanup(https->easy);
	https->easy = NULL;
	return end;
}
