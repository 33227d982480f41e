/* SPDX-License-Identifier: ISC */
/*
 * Shared by https.c, which performs requests, https_open.c, which prepares for that, and
 * https_words.c, which explains failures.
 */
#ifndef HTTPS_INTERNAL_H
#define HTTPS_INTERNAL_H

#include "base/fault.h"
#include "core/http.h"
#include "core/http_request.h"
#include "https/connection.h"
#include "https/tls.h"

#include <stddef.h>
#include <stdint.h>

struct api;
struct credential;
struct https_attempt;
struct settings;
struct uplink;

/* What is sent at once: one TLS record (RFC 8446, section 5.1). Nearly every request fits into
 * it. */
#define HTTPS_START_MAX 16384

/* Request ids drawn at a time: drawing many costs as much as drawing one. */
#define HTTPS_IDS 32

/*
 * One API: which certificates to accept, and how to authenticate.
 */
struct https_api {
	const struct api *configured; /* as the settings have it */
	struct tls tls;
	struct credential *credential; /* in secret memory; NULL without */
	size_t group;		       /* the first API whose connections it may use */
};

struct https {
	const struct settings *settings;
	struct uplink *uplink;
	struct connections connections;
	struct https_api *apis;
	size_t api_count;
	uint8_t *start; /* HTTPS_START_MAX bytes of secret memory: the head and the body */

	uint8_t random[HTTPS_IDS * HTTP_ID_SIZE / 2];
	size_t random_left;
	uint8_t id[HTTP_ID_SIZE]; /* of the request under way */

	/* the attempt under way */
	struct connection *last; /* its connection; NULL: it is closed */
	int64_t requested_at;	 /* clock.h */
	struct http_answer answer;
	char detail[FAULT_TEXT_MAX]; /* for reasons that are composed */
};

/*
 * The best explanation that there is for a connection that was lost after its handshake, without a
 * byte of an answer.
 */
const char *https_explain_loss(struct https *https, struct https_api *api);

/*
 * Sets attempt->reason to why there is no new connection.
 */
void https_explain_no_connection(struct https *https, struct https_attempt *attempt,
				 enum connection_result result);

/*
 * "HTTP 302 for POST /auth/login: …" and what is wrong with an answer; until the next attempt.
 */
const char *https_explain_defect(struct https *https, const struct https_attempt *attempt);

#endif
