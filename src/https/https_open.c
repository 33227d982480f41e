/* SPDX-License-Identifier: ISC */

#include "base/clock.h"
#include "base/fault.h"
#include "base/secret.h"
#include "base/wipe.h"
#include "https/connection.h"
#include "https/credential.h"
#include "https/https.h"
#include "https/https_internal.h"
#include "https/tls.h"
#include "ipc/outcome.h"
#include "ipc/uplink.h"
#include "settings/api.h"
#include "settings/pins.h"
#include "settings/settings.h"

#include <openssl/rand.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first API before this one that is the same in some respect, or NULL. What hundreds of
 * hosts share is loaded once. */
static const struct https_api *
earlier(const struct https *https, const struct https_api *api,
	bool (*same)(const struct api *, const struct api *))
{
	const struct https_api *other;

	for (other = https->apis; other < api; other++) {
		if (same(other->configured, api->configured))
			return other;
	}
	return NULL;
}

/* Whether a connection that was made for one API may also be used for the other. */
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

static int
load_tls(struct https *https, struct https_api *api, struct fault *fault)
{
	const struct https_api *trust = earlier(https, api, tls_same_trust);
	const struct https_api *identity = earlier(https, api, tls_same_identity);

	return tls_load(&api->tls, api->configured, trust != NULL ? &trust->tls : NULL,
			identity != NULL ? &identity->tls : NULL, fault);
}

static int
load_credential(struct https *https, struct https_api *api, struct fault *fault)
{
	const struct https_api *other;

	if (!credential_is_named(api->configured))
		return 0;
	other = earlier(https, api, credential_is_same);
	if (other != NULL) {
		api->credential = other->credential;
	} else {
		api->credential = secret_map(sizeof(*api->credential), fault);
		if (api->credential == NULL ||
		    credential_load(api->credential, api->configured, fault) < 0)
			return -1;
	}
	return 0;
}

static int
open_api(struct https *https, size_t number, struct fault *fault)
{
	struct https_api *api = &https->apis[number];
	const struct https_api *other;

	api->configured = settings_api(https->settings, number);
	other = earlier(https, api, may_share_connections);
	api->group = other != NULL ? other->group : number;
	if (load_tls(https, api, fault) < 0)
		return -1;
	return load_credential(https, api, fault);
}

/* One attempt that gets no socket, and one TLS context: so whatever libcurl and OpenSSL set up
 * on first use is there before the sandbox is sealed. */
static int
warm_up(struct https *https, struct fault *fault)
{
	struct tls *tls = &https->apis[0].tls;
	struct outcome unused = { 0 };
	struct https_attempt attempt = {
		.outcome = &unused,
		.path = "",
		.request = { https->start, 0 },
		.connect_deadline = CLOCK_NEVER,
		.deadline = CLOCK_NEVER,
	};
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	bool ready = context != NULL && tls_configure(tls, context) == 0 &&
		     RAND_bytes(https->random, sizeof(https->random)) == 1;

	SSL_CTX_free(context);
	if (!ready)
		return fault_set(fault, "cannot initialise TLS in OpenSSL");
	if (https_perform(https, &attempt))
		return fault_set(fault, "cannot initialise libcurl");
	https->connections.is_warm = true;
	return 0;
}

static int
open_all(struct https *https, struct fault *fault)
{
	size_t i;

	https->api_count = settings_api_count(https->settings);
	https->apis = calloc(https->api_count, sizeof(*https->apis));
	if (https->apis == NULL)
		return fault_set(fault, "out of memory");
	https->start = secret_map(HTTPS_START_MAX, fault);
	if (https->start == NULL || connections_open(&https->connections, https->uplink, fault) < 0)
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
	size_t i;

	if (https == NULL)
		return;
	connections_close(&https->connections);
	for (i = 0; https->apis != NULL && i < https->api_count; i++) {
		struct https_api *api = &https->apis[i];

		tls_free(&api->tls);
		if (api->credential != NULL)
			wipe(api->credential, sizeof(*api->credential));
	}
	free(https->apis);
	free(https);
}
