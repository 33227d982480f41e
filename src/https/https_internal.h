/* SPDX-License-Identifier: ISC */
/*
 * What https.c, which performs requests, and https_open.c, which makes that
 * possible, know of each other.
 */
#ifndef HTTPS_INTERNAL_H
#define HTTPS_INTERNAL_H

#include "base/fault.h"
#include "core/answer_head.h"
#include "https/https.h"
#include "https/tls.h"
#include "https/transfer.h"
#include "settings/api.h"
#include "settings/endpoint.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct credential;
struct settings;
struct uplink;

#define HTTPS_URL_MAX (SETTINGS_URL_MAX + SETTINGS_PATH_MAX + 2) /* with a slash and NUL */

/*
 * One endpoint: libcurl's handle for it, which is copied for each attempt, and
 * the path set in it last.
 */
struct https_handle {
	CURL *easy;
	const char *path;
};

/*
 * One API: whom to believe, and what to show.
 */
struct https_api {
	const struct api *settings;
	struct tls tls;
	struct credential *credential;	      /* in secret memory; NULL without */
	struct curl_slist authorization;      /* its header, in front of the others */
	struct curl_slist *route, *addresses; /* see https_open.c */
	struct https_handle handles[SETTINGS_ENDPOINTS_MAX];
};

struct https {
	const struct settings *settings;
	struct uplink *uplink;
	struct transfer transfer;
	struct curl_slist *headers; /* the same for all */
	struct https_api *apis;
	size_t api_count;
	bool warm; /* the warm-up is over: sockets may be asked for */

	/* the attempt under way */
	struct https_attempt *attempt;
	CURL *easy;
	int64_t deadline;		 /* until which it may go on; later once it was sent */
	bool on_kept;			 /* it was sent on a connection kept from an earlier one */
	bool sent_on_new;		 /* it was sent, or sent again, on a new one */
	bool opened;			 /* a new connection was asked for */
	int64_t opened_at, requested_at; /* clock.h */
	bool host_gone;
	bool monitor_gone;
	struct answer_head head;
	size_t body_size;
	const char *refusal;	     /* why we stopped the transfer, or NULL */
	char error[CURL_ERROR_SIZE]; /* libcurl's words */
	char detail[FAULT_TEXT_MAX]; /* ours, when they are put together */
	uint8_t body[ANSWER_BODY_MAX];
};

/*
 * libcurl's callbacks; their context is the struct https.
 */
curl_socket_t https_on_open(void *context, curlsocktype purpose, struct curl_sockaddr *address);
int https_on_opened(void *context, curl_socket_t socket, curlsocktype purpose);
int https_on_request(void *context, char *remote, char *local, int remote_port, int local_port);
size_t https_on_header(char *line, size_t one, size_t size, void *context);
size_t https_on_body(char *data, size_t one, size_t size, void *context);

#endif
