/* SPDX-License-Identifier: ISC */
/*
 * Credentials: what the worker sends to the API in the header Authorization.
 *
 *     bearer_file     Bearer TOKEN
 *     basic_file      Basic BASE64(USER:PASSWORD)
 *     hmac_key_file   Extauth-HMAC-SHA256 timestamp=T, nonce=N, signature=S
 *
 * T is seconds since 1970 in decimal, N the request's Extauth-Request-Id, S the
 * HMAC-SHA256, in 64 hexadecimal digits, of these lines, each ended by a line
 * feed: the method POST, the path of the URL as it is sent, T, N, and the
 * SHA-256 of the body in hexadecimal. The key is the file's first line.
 */
#ifndef CREDENTIAL_H
#define CREDENTIAL_H

#include "base/must_use.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fault;

struct api;

#define CREDENTIAL_HEADER_MAX 8192 /* bytes of the header line; tokens are shorter */
#define CREDENTIAL_KEY_MIN    32   /* bytes of an HMAC key: as long as its digest */

enum credential_kind {
	CREDENTIAL_BEARER,
	CREDENTIAL_BASIC,
	CREDENTIAL_HMAC,
};

/*
 * Lives in secret memory.
 */
struct credential {
	enum credential_kind kind;
	size_t key_size;
	uint8_t key[CREDENTIAL_HEADER_MAX]; /* of CREDENTIAL_HMAC */
	char header[CREDENTIAL_HEADER_MAX]; /* "Authorization: ...", a C string */
};

/*
 * Whether `api` has a credential, and whether two APIs have the same one.
 */
bool credential_is_named(const struct api *api);
bool credential_is_same(const struct api *api, const struct api *other);

/*
 * Reads the credential's file. A file that others can read is refused, and so is one whose first
 * line is empty or invalid in a header. Returns 0, or -1 with "PATH: why" in *fault.
 */
MUST_USE int credential_load(struct credential *credential, const struct api *api,
			     struct fault *fault);

/*
 * Makes the header for one request: signs it if the kind is CREDENTIAL_HMAC, and does nothing for
 * the others, whose header never changes. `path` is the URL's path, `nonce` the request's
 * Extauth-Request-Id. Returns 0, or -1 when OpenSSL fails.
 */
int credential_sign(struct credential *credential, const char *path, struct view nonce,
		    struct view body);

#endif
