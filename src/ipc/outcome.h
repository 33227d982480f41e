/* SPDX-License-Identifier: ISC */
/*
 * An outcome: the result of one request. The worker creates it, fills it in on the way, and sends
 * it on the channel; the reply, the log, the counters, --ask and --check are made from it. Nothing
 * else is kept of a request.
 */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "base/view.h"
#include "core/breaker.h"
#include "core/operation.h"
#include "core/verdict.h"

#include <stdbool.h>
#include <stdint.h>

#define OUTCOME_USER_MAX    1023 /* bytes of a user's or host's name: REQUEST_NAME_MAX */
#define OUTCOME_CAUSE_MAX   200	 /* bytes of the reason why an API is unhealthy, with the NUL */
#define OUTCOME_TEXT_MAX    512	 /* bytes of a reason, or of the API's own message */
#define OUTCOME_SUBJECT_MAX 200	 /* bytes of a certificate's subject or issuer, with the NUL */
#define OUTCOME_CHAIN_MAX   10	 /* certificates */
#define OUTCOME_PIN_SIZE    32	 /* bytes of a SHA-256 digest */

/* The latest time that a certificate can name, year 9999, in seconds since 1970. */
#define OUTCOME_EXPIRY_MAX INT64_C(253402300799)

enum outcome_kind {
	OUTCOME_MALFORMED, /* the frame was not a valid request: operation is meaningless */
	OUTCOME_LOCAL,	   /* refused without asking an API */
	OUTCOME_ASKED,	   /* an API was asked, or its circuit breaker was open */
};
#define OUTCOME_KIND_COUNT 3

/*
 * Where the time went, in microseconds; 0 for a step that was not needed.
 */
struct outcome_times {
	int64_t resolve, connect, tls, wait;
};

struct outcome_certificate {
	char subject[OUTCOME_SUBJECT_MAX];
	char issuer[OUTCOME_SUBJECT_MAX];
	char not_after[32];
	int32_t days_left;
	uint8_t pin[OUTCOME_PIN_SIZE];
};

/*
 * The peer of the last TLS handshake. "" or 0: there was none.
 */
struct outcome_peer {
	char protocol[32], cipher[64];
	char names[OUTCOME_TEXT_MAX]; /* for which its certificate is valid */
	uint32_t chain_count;
	struct outcome_certificate chain[OUTCOME_CHAIN_MAX]; /* leaf first */
};

/*
 * What is remembered of an API from request to request, also when workers are replaced. It starts
 * as zeroed memory.
 */
struct outcome_memory {
	struct breaker breaker;
	uint32_t preferred;    /* the endpoint that worked last */
	int64_t since;	       /* when an endpoint other than the first was preferred; clock.h */
	uint64_t rate_limited; /* stands for the account of the last 429; 0: none */
	int64_t expiry; /* when the first certificate of the API's chain ends; 0: not known */
	char cause[OUTCOME_CAUSE_MAX]; /* why the API was unhealthy the last time */
};

struct outcome {
	enum outcome_kind kind;
	enum operation operation;
	enum verdict verdict;
	struct view user, host;	 /* of the request, the user perhaps as a hash; or empty */
	struct view reason;	 /* why it is not granted; or empty */
	struct view api_message; /* the API's own message, escaped as JSON; or empty */

	/* ASKED */
	uint32_t api, endpoint; /* numbers in the settings; the endpoint asked last */
	uint32_t status;	/* HTTP; 0: there was no answer */
	uint32_t attempts;	/* HTTP requests made for it; 0: the breaker was open */
	uint32_t connections;	/* new ones that were requested */
	bool reused;		/* the last attempt was on a kept connection */
	bool was_open;		/* the breaker, before it */
	enum breaker_change change;
	struct outcome_times times; /* of the last attempt */
	struct outcome_memory memory;

	bool tells_peer; /* an observer wants the peer as well */
	struct outcome_peer *peer;
};

/*@ // What holds of every outcome that was read: nothing out of range,
  @
  @ predicate outcome_ranges{L}(struct outcome *o) =
  @	0 <= o->kind < OUTCOME_KIND_COUNT && 0 <= o->operation < OPERATION_COUNT &&
  @	0 <= o->verdict <= VERDICT_GRANTED && 0 <= o->change <= BREAKER_CLOSED;
  @
  @ // a yes that an API can have said,
  @
  @ predicate outcome_consistent{L}(struct outcome *o) =
  @	(o->kind == OUTCOME_MALFORMED ==> o->verdict == VERDICT_UNAVAILABLE) &&
  @	(o->kind == OUTCOME_LOCAL ==> o->verdict == VERDICT_REFUSED) &&
  @	(o->verdict == VERDICT_GRANTED ==>
  @	 o->kind == OUTCOME_ASKED && o->attempts > 0 && (o->status == 200 || o->status == 201));
  @
  @ // and texts that can be shown.
  @
  @ predicate outcome_text_sound{L}(struct view v, integer max) =
  @	view_clean(v) && v.size <= max;
  @
  @ predicate outcome_texts{L}(struct outcome *o) =
  @	outcome_text_sound(o->user, OUTCOME_USER_MAX) &&
  @	outcome_text_sound(o->host, OUTCOME_USER_MAX) &&
  @	outcome_text_sound(o->reason, OUTCOME_TEXT_MAX) &&
  @	outcome_text_sound(o->api_message, OUTCOME_TEXT_MAX);
  @*/

/*
 * A C string as a text of an outcome; it remains the caller's.
 */
struct view outcome_text(const char *text);

#endif
