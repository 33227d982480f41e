/* SPDX-License-Identifier: ISC */
/*
 * An exchange: one request of the server, sent to one endpoint of its API after the other until
 * there is an answer, no endpoint is left, or the deadline has passed.
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "base/clock.h"
#include "base/view.h"

#include <stddef.h>
#include <stdint.h>

struct https;
struct outcome;
struct outcome_memory;
struct request;

struct settings;

/* How long an endpoint other than the first is preferred before the first is tried again. */
#define EXCHANGE_RETURN (60 * CLOCK_SECOND)

#define EXCHANGE_ADDRESSES_MAX 8 /* of one endpoint that are tried for one request */

#define EXCHANGE_WORDS_MAX 512 /* bytes of a reason */

/*
 * State that all exchanges of a worker share.
 */
struct exchange {
	struct https *https;
	const struct settings *settings;
	struct outcome_memory *memories;   /* one per API */
	size_t only_endpoint;		   /* ask only this one; or WORKER_ALL_ENDPOINTS */
	uint8_t words[EXCHANGE_WORDS_MAX]; /* the last outcome's reason, unless it is constant */
};

/*
 * Connects in advance to where most requests go: the preferred endpoint of the first API.
 */
void exchange_connect(struct exchange *exchange);

/*
 * Asks the API with number outcome->api, and fills in the rest of the outcome, its
 * memory included. `body` is the JSON body of *request; `deadline` (clock.h) holds
 * for all attempts together. The peer is noted in *outcome->peer if outcome->tells_peer.
 */
void exchange_run(struct exchange *exchange, const struct request *request, struct view body,
		  int64_t deadline, struct outcome *outcome);

#endif
