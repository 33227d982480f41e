/* SPDX-License-Identifier: ISC */
/*
 * An API as the settings describe it: its endpoints, which certificates to accept, and the
 * credentials to send.
 */
#ifndef API_H
#define API_H

#include "base/must_use.h"
#include "core/operation.h"
#include "settings/endpoint.h"
#include "settings/pins.h"

#include <stdbool.h>
#include <stddef.h>

struct fault;

#define SETTINGS_ENDPOINTS_MAX 16   /* of one API */
#define SETTINGS_PATH_MAX      1000 /* bytes of an operation's path below its URL */

struct endpoints {
	size_t count;
	struct endpoint list[SETTINGS_ENDPOINTS_MAX]; /* in order of preference */
};

enum ocsp {
	OCSP_OFF,
	OCSP_REQUIRED,
};

enum answer_binding {
	BINDING_OPTIONAL, /* an answer may name the request that it belongs to */
	BINDING_REQUIRED,
};

enum tls_version {
	TLS_1_2,
	TLS_1_3,
};

/*
 * An API: where it is, how to trust it, how to authenticate to it, what it can do.
 */
struct api {
	struct endpoints endpoints;
	char *ca_file; /* NULL: the system's store */
	struct pins pins;
	char *client_certificate, *client_key; /* both or none */
	char *crl_file;
	enum ocsp ocsp;
	enum tls_version tls_min;
	enum answer_binding answer_binding;
	char *bearer_file, *basic_file, *hmac_key_file; /* one or none */
	char *paths[OPERATION_COUNT];			/* NULL: as the contract says */
	unsigned int operations; /* bits, by the number of the operation; 0: all */
};

/*
 * Checks what no single setting can: that there is an endpoint, and that settings which need each
 * other are both there. Returns 0, or -1 with *fault set.
 */
MUST_USE int api_check(const struct api *api, struct fault *fault);

/*
 * The file that CA certificates are read from: the API's own, or the system's
 * bundle. NULL when neither is known.
 */
const char *api_ca_file(const struct api *api);

/*
 * The path, below its URL, that an API has for an operation.
 */
const char *api_path(const struct api *api, enum operation operation);

/*
 * True when an API has an operation; any other is refused without asking.
 */
bool api_has_operation(const struct api *api, enum operation operation);

/*
 * True when both have the same URLs: settings that were read again describe the same API.
 */
bool api_same_place(const struct api *api, const struct api *other);

/*
 * True when two paths of files are the same, or both NULL.
 */
bool api_same_file(const char *path, const char *other);

#endif
