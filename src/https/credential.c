/* SPDX-License-Identifier: ISC */
#define _DEFAULT_SOURCE
#include "https/credential.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/view.h"
#include "base/wipe.h"
#include "base/writer.h"
#include "settings/api.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define HEADER "Authorization: "

bool
credential_is_named(const struct api *api)
{
	return api->bearer_file != NULL || api->basic_file != NULL || api->hmac_key_file != NULL;
}

bool
credential_is_same(const struct api *api, const struct api *other)
{
	return api_same_file(api->bearer_file, other->bearer_file) &&
	       api_same_file(api->basic_file, other->basic_file) &&
	       api_same_file(api->hmac_key_file, other->hmac_key_file);
}

/* Reads the first line of a file that only we may be able to read into credential->key. */
static int
read_first_line(struct credential *credential, const char *path, struct fault *fault)
{
	struct view line = { credential->key, 0 };
	size_t i;

	if (file_read_secret(path, credential->key, sizeof(credential->key), &line.size, fault) < 0)
		return -1;
	line.size = view_find(line, '\n');
	if (line.size > 0 && line.data[line.size - 1] == '\r')
		line.size--;
	if (line.size == 0)
		return fault_set(fault, "%s: its first line is empty", path);
	for (i = 0; i < line.size; i++) {
		if (line.data[i] < 0x20 || line.data[i] == 0x7F)
			return fault_set(fault, "%s: its first line has a control character", path);
	}
	credential->key_size = line.size;
	return 0;
}

static int
load_bearer(struct credential *credential, const char *path, struct fault *fault)
{
	struct view token = { credential->key, 0 };
	int length;
	size_t i;

	if (read_first_line(credential, path, fault) < 0)
		return -1;
	token.size = credential->key_size;
	for (i = 0; i < token.size; i++) {
		if (token.data[i] <= ' ' || token.data[i] > '~')
			return fault_set(
				fault, "%s: a token must be printable ASCII without spaces", path);
	}
	length = snprintf(credential->header, sizeof(credential->header), HEADER "Bearer %.*s",
			  (int)token.size, (const char *)token.data);
	if (length < 0 || (size_t)length >= sizeof(credential->header))
		return fault_set(fault, "%s: its first line is too long for a header", path);
	return 0;
}

static int
load_basic(struct credential *credential, const char *path, struct fault *fault)
{
	static const char prefix[] = HEADER "Basic ";
	size_t size;

	if (read_first_line(credential, path, fault) < 0)
		return -1;
	size = credential->key_size;
	if (view_find((struct view){ credential->key, size }, ':') == size)
		return fault_set(fault, "%s: its first line is not user:password", path);
	if (sizeof(prefix) + (size + 2) / 3 * 4 > sizeof(credential->header))
		return fault_set(fault, "%s: its first line is too long for a header", path);
	memcpy(credential->header, prefix, sizeof(prefix));
	(void)EVP_EncodeBlock((uint8_t *)credential->header + sizeof(prefix) - 1, credential->key,
			      (int)size);
	return 0;
}

static int
load_hmac_key(struct credential *credential, const char *path, struct fault *fault)
{
	if (read_first_line(credential, path, fault) < 0)
		return -1;
	if (credential->key_size < CREDENTIAL_KEY_MIN)
		return fault_set(fault,
				 "%s: its first line is shorter than %d characters; "
				 "make one with: openssl rand -hex 32",
				 path, CREDENTIAL_KEY_MIN);
	return credential_sign(credential, "/", (struct view){ credential->key, 0 },
			       (struct view){ credential->key, 0 });
}

int
credential_load(struct credential *credential, const struct api *api, struct fault *fault)
{
	int result;

	if (api->bearer_file != NULL) {
		credential->kind = CREDENTIAL_BEARER;
		result = load_bearer(credential, api->bearer_file, fault);
	} else if (api->basic_file != NULL) {
		credential->kind = CREDENTIAL_BASIC;
		result = load_basic(credential, api->basic_file, fault);
	} else {
		credential->kind = CREDENTIAL_HMAC;
		result = load_hmac_key(credential, api->hmac_key_file, fault);
	}
	if (credential->kind != CREDENTIAL_HMAC)
		wipe(credential->key, sizeof(credential->key)); /* the header contains it */
	return result;
}

int
credential_sign(struct credential *credential, const char *path, struct view nonce,
		struct view body)
{
	uint8_t digest[SHA256_DIGEST_LENGTH], signed_text[4096];
	struct writer text = { signed_text, sizeof(signed_text), 0, false };
	struct writer header = { (uint8_t *)credential->header, sizeof(credential->header) - 1, 0,
				 false };
	uint64_t now = (uint64_t)time(NULL);
	unsigned int size;

	if (credential->kind != CREDENTIAL_HMAC)
		return 0;
	if (SHA256(body.data, body.size, digest) == NULL)
		return -1;

	writer_text(&text, "POST\n");
	writer_text(&text, path);
	writer_byte(&text, '\n');
	writer_number(&text, now);
	writer_byte(&text, '\n');
	writer_view(&text, nonce);
	writer_byte(&text, '\n');
	writer_hex(&text, (struct view){ digest, sizeof(digest) });
	writer_byte(&text, '\n');
	if (text.full || HMAC(EVP_sha256(), credential->key, (int)credential->key_size, signed_text,
			      text.size, digest, &size) == NULL)
		return -1;

	writer_text(&header, HEADER "Extauth-HMAC-SHA256 timestamp=");
	writer_number(&header, now);
	writer_text(&header, ", nonce=");
	writer_view(&header, nonce);
	writer_text(&header, ", signature=");
	writer_hex(&header, (struct view){ digest, sizeof(digest) });
	credential->header[header.size] = '\0';
	return 0;
}
