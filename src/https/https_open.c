/* SPDX-License-Identifier: ISC */

#include "base/clock.h"
#include "base/fault.h"
#include "base/secret.h"
#include "base/version.h"
#include "base/wipe.h"
#include "https/credential.h"
#include "https/https.h"
#include "https/https_internal.h"
#include "https/tls.h"
#include "https/transfer.h"
#include "ipc/uplink.h"
#include "settings/api.h"
#include "settings/pins.h"
#include "settings/settings.h"

#include <openssl/rand.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libcurl's smallest: our requests are smaller than that but for freak
 * passwords, and the buffer is wiped after every request. */
#define UPLOAD_BUFFER_SIZE 16384L

/* Bytes of an answer that libcurl takes at a time. Usual answers are smaller;
 * and this buffer, too, is allocated and wiped for every request. */
#define DOWNLOAD_BUFFER_SIZE 2048L

/*
 * libcurl gets its sockets from us, so no address is ever used and no name ever
 * resolved. Each API has a made-up name to "connect to" (RFC 6761: .invalid is
 * nobody's) with an address for documentation (RFC 5737). That the names differ
 * keeps a connection that was checked against the trust of one API from being
 * used for another one that happens to be at the same host and port; APIs that
 * would check it alike have the same name.
 */
#define ROUTE_NAME     "api%zu.invalid"
#define UNUSED_ADDRESS "192.0.2.1"

static CURLcode
on_tls(CURL *easy, void *context, void *tls)
{
	(void)easy;
	return tls_configure(tls, context) == 0 ? CURLE_OK : CURLE_SSL_CONNECT_ERROR;
}

#define SET(option, value)                                                         \
	do {                                                                       \
		if (curl_easy_setopt(easy, option, value) != CURLE_OK)             \
			return fault_set(fault, "libcurl does not know " #option); \
	} while (0)

/* What is spoken, and nothing else. */
static int
set_protocol(CURL *easy, struct fault *fault)
{
	SET(CURLOPT_PROTOCOLS_STR, "https");
	SET(CURLOPT_REDIR_PROTOCOLS_STR, "https");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_HTTP09_ALLOWED, 0L);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BUFFER_SIZE);
	SET(CURLOPT_BUFFERSIZE, DOWNLOAD_BUFFER_SIZE);
	SET(CURLOPT_POST, 1L);
	return 0;
}

/* Whom to believe, and what to show. */
static int
set_trust(struct https *https, struct https_api *api, CURL *easy, struct fault *fault)
{
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	/* libcurl would let any certificate in our store end a chain, roots or not */
	SET(CURLOPT_SSL_OPTIONS, (long)CURLSSLOPT_NO_PARTIALCHAIN);
	SET(CURLOPT_CAINFO, NULL);
	SET(CURLOPT_CAPATH, NULL);
	/* libcurl would keep the store of the first API that is connected to, and put it
	 * in the place of every other's */
	SET(CURLOPT_CA_CACHE_TIMEOUT, 0L);
	/* the server of a resumed session would not show its certificate again */
	SET(CURLOPT_SSL_SESSIONID_CACHE, 0L);
	SET(CURLOPT_SSLVERSION,
	    (long)(api->settings->tls_min == TLS_1_3 ? CURL_SSLVERSION_TLSv1_3
						     : CURL_SSLVERSION_TLSv1_2));
	SET(CURLOPT_SSL_CTX_FUNCTION, on_tls);
	SET(CURLOPT_SSL_CTX_DATA, &api->tls);
	SET(CURLOPT_HTTPHEADER, api->credential != NULL ? &api->authorization : https->headers);
	return 0;
}

/* Where connections come from, and how long they are kept. */
static int
set_connection(struct https *https, const struct https_api *api, CURL *easy, struct fault *fault)
{
	long age = (long)(https->settings->max_connection_age / CLOCK_SECOND);

	SET(CURLOPT_RESOLVE, api->addresses);
	SET(CURLOPT_CONNECT_TO, api->route);
	SET(CURLOPT_DNS_CACHE_TIMEOUT, -1L);
	SET(CURLOPT_OPENSOCKETFUNCTION, https_on_open);
	SET(CURLOPT_OPENSOCKETDATA, https);
	SET(CURLOPT_SOCKOPTFUNCTION, https_on_opened);
	SET(CURLOPT_TCP_NODELAY, 0L); /* the monitor has set it already */
	SET(CURLOPT_MAXLIFETIME_CONN, age);
	SET(CURLOPT_MAXAGE_CONN, age);
	return 0;
}

static int
set_callbacks(struct https *https, CURL *easy, struct fault *fault)
{
	SET(CURLOPT_PREREQFUNCTION, https_on_request);
	SET(CURLOPT_PREREQDATA, https);
	SET(CURLOPT_HEADERFUNCTION, https_on_header);
	SET(CURLOPT_HEADERDATA, https);
	SET(CURLOPT_WRITEFUNCTION, https_on_body);
	SET(CURLOPT_WRITEDATA, https);
	SET(CURLOPT_ERRORBUFFER, https->error);
	return 0;
}

/* Appends to a list. 0, or -1 when there is no memory. */
static int
append(struct curl_slist **list, const char *text)
{
	struct curl_slist *grown = curl_slist_append(*list, text);

	if (grown == NULL)
		return -1;
	*list = grown;
	return 0;
}

static int
make_headers(struct https *https)
{
	static const char *const headers[] = {
		"Content-Type: application/json", "Accept: application/json",
		("User-Agent: extauth-https/" VERSION),
		"Expect:", /* without a value: it is not sent */
	};
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		if (append(&https->headers, headers[i]) < 0)
			return -1;
	}
	return 0;
}

/* The first API before this one that is the same in some respect, or NULL. What
 * hundreds of hosts have in common is loaded once. */
static const struct https_api *
earlier(const struct https *https, const struct https_api *api,
	bool (*same)(const struct api *, const struct api *))
{
	const struct https_api *other;

	for (other = https->apis; other < api; other++) {
		if (same(other->settings, api->settings))
			return other;
	}
	return NULL;
}

/* Whether a connection that was made for one API may be used for the other, too. */
static bool
may_share_connections(const struct api *api, const struct api *other)
{
	size_t i;

	if (!tls_same_trust(api, other) || !tls_same_identity(api, other) ||
	    api->ocsp != other->ocsp || api->tls_min != other->tls_min ||
	    api->pins.count != other->pins.count ||
	    memcmp(api->pins.list, other->pins.list, api->pins.count * SETTINGS_PIN_SIZE) != 0 ||
	    api->endpoints.count != other->endpoints.count)
		return false;
	for (i = 0; i < api->endpoints.count; i++) {
		if (strcmp(api->endpoints.list[i].url, other->endpoints.list[i].url) != 0)
			return false;
	}
	return true;
}

/* The made-up name and address of one API, for every port it uses. */
static int
make_route(const struct https *https, struct https_api *api)
{
	const struct https_api *other = earlier(https, api, may_share_connections);
	size_t number = (size_t)((other != NULL ? other : api) - https->apis);
	const struct endpoints *endpoints = &api->settings->endpoints;
	char text[128];
	size_t i;

	/* whatever host and port the URL has, the name is this, and the port stays */
	(void)snprintf(text, sizeof(text), "::" ROUTE_NAME ":", number);
	if (append(&api->route, text) < 0)
		return -1;
	for (i = 0; i < endpoints->count; i++) {
		(void)snprintf(text, sizeof(text), ROUTE_NAME ":%s:" UNUSED_ADDRESS, number,
			       endpoints->list[i].port);
		if (append(&api->addresses, text) < 0)
			return -1;
	}
	return 0;
}

static int
load_tls(struct https *https, struct https_api *api, struct fault *fault)
{
	const struct https_api *trust = earlier(https, api, tls_same_trust);
	const struct https_api *identity = earlier(https, api, tls_same_identity);

	return tls_load(&api->tls, api->settings, trust != NULL ? &trust->tls : NULL,
			identity != NULL ? &identity->tls : NULL, fault);
}

static int
load_credential(struct https *https, struct https_api *api, struct fault *fault)
{
	const struct https_api *other;

	if (!credential_is_named(api->settings))
		return 0;
	other = earlier(https, api, credential_is_same);
	if (other != NULL) {
		api->credential = other->credential;
	} else {
		api->credential = secret_map(sizeof(*api->credential), fault);
		if (api->credential == NULL ||
		    credential_load(api->credential, api->settings, fault) < 0)
			return -1;
	}
	api->authorization.data = api->credential->header;
	api->authorization.next = https->headers;
	return 0;
}

static int
make_handles(struct https *https, struct https_api *api, struct fault *fault)
{
	size_t i;

	for (i = 0; i < api->settings->endpoints.count; i++) {
		CURL *easy = curl_easy_init();

		api->handles[i].easy = easy;
		if (easy == NULL)
			return fault_set(fault, "out of memory");
		if (set_protocol(easy, fault) < 0 || set_trust(https, api, easy, fault) < 0 ||
		    set_connection(https, api, easy, fault) < 0 ||
		    set_callbacks(https, easy, fault) < 0)
			return -1;
	}
	return 0;
}

static int
open_api(struct https *https, size_t number, struct fault *fault)
{
	struct https_api *api = &https->apis[number];

	api->settings = settings_api(https->settings, number);
	if (make_route(https, api) < 0)
		return fault_set(fault, "out of memory");
	if (load_tls(https, api, fault) < 0 || load_credential(https, api, fault) < 0)
		return -1;
	return make_handles(https, api, fault);
}

/* One transfer that gets no socket, and one TLS context: whatever these set up
 * on first use is then there before the sandbox is sealed. */
static int
warm_up(struct https *https, struct fault *fault)
{
	struct tls *tls = &https->apis[0].tls;
	uint8_t random[16];
	struct https_attempt attempt = {
		.path = "",
		.request = { random, 0 },
		.connect_deadline = CLOCK_NEVER,
		.deadline = CLOCK_NEVER,
	};
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	bool ready = context != NULL && tls_configure(tls, context) == 0 &&
		     RAND_bytes(random, sizeof(random)) == 1;

	SSL_CTX_free(context);
	if (!ready)
		return fault_set(fault, "OpenSSL cannot be made ready for TLS");
	if (https_perform(https, &attempt) != HTTPS_FAILED)
		return fault_set(fault, "libcurl cannot be made ready");
	https->warm = true;
	return 0;
}

static int
open_all(struct https *https, struct fault *fault)
{
	size_t i;

	https->api_count = settings_api_count(https->settings);
	https->apis = calloc(https->api_count, sizeof(*https->apis));
	if (https->apis == NULL || make_headers(https) < 0)
		return fault_set(fault, "out of memory");
	if (transfer_open(&https->transfer, HTTPS_KEPT_MAX, fault) < 0)
		return -1;
	for (i = 0; i < https->api_count; i++) {
		if (open_api(https, i, fault) < 0)
			return -1;
	}
	return warm_up(https, fault);
}

struct https *
https_open(const struct settings *settings, struct uplink *uplink, struct fault *fault)
{
	struct https *https = calloc(1, sizeof(*https));

	if (https == NULL) {
		(void)fault_set(fault, "out of memory");
		return NULL;
	}
	https->settings = settings;
	https->uplink = uplink;
	if (open_all(https, fault) < 0) {
		https_close(https);
		return NULL;
	}
	return https;
}

void
https_close(struct https *https)
{
	size_t i, j;

	if (https == NULL)
		return;
	for (i = 0; https->apis != NULL && i < https->api_count; i++) {
		struct https_api *api = &https->apis[i];

		for (j = 0; j < SETTINGS_ENDPOINTS_MAX; j++)
			curl_easy_cleanup(api->handles[j].easy);
		curl_slist_free_all(api->route);
		curl_slist_free_all(api->addresses);
		tls_free(&api->tls);
		if (api->credential != NULL)
			wipe(api->credential, sizeof(*api->credential));
	}
	transfer_close(&https->transfer);
	curl_slist_free_all(https->headers);
	free(https->apis);
	free(https);
}
