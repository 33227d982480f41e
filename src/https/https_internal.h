/* SPDX-License-Identifier: ISC */
/*
 * What https.c, which performs requests, https_open.c, which makes that possible, and
 * https_words.c, which says why nothing came of it, know of each other.
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

/* What is sent at once: one record of TLS (RFC 8446, section 5.1). Nearly every request
 * fits into it whole. */
#define HTTPS_START_MAX 16384

/* Request numbers that are drawn at a time, for drawing some costs as much as one. */
#define HTTPS_IDS 32

/*
 * One API: whom to believe, and what to show.
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
	struct connection *last; /* that carried it; NULL: it is closed */
	int64_t requested_at;	 /* clock.h */
	struct http_answer answer;
	char detail[FAULT_TEXT_MAX]; /* our words, when they are put together */
};

/*
 * Why a connection was lost after its handshake, without a byte of an answer, in the best
 * words there are.
 */
const char *https_explain_loss(struct https *https, struct https_api *api);

/*
 * Says in attempt->reason why there is no new connection.
 */
void https_explain_no_connection(struct https *https, struct https_attempt *attempt,
				 enum connection_result result);

/*
 * "HTTP 302 for POST /auth/login: …", and what else there is to know of an answer that
 * is none; until the next attempt.
 */
const char *https_explain_defect(struct https *https, const struct https_attempt *attempt);

#endif
