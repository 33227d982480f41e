/* SPDX-License-Identifier: ISC */
/*
 * An exchange: one request of the host, asked of one endpoint of its API after
 * the other until there is an answer, or no more reason to ask, or no more time.
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "base/clock.h"
#include "base/view.h"
#include "core/breaker.h"
#include "core/verdict.h"
#include "ipc/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct https;
struct request;

struct settings;

/* How long another endpoint than the first is kept before the first one is tried
 * again. */
#define EXCHANGE_RETURN (60 * CLOCK_SECOND)

#define EXCHANGE_WORDS_MAX 512 /* bytes of a reason with its NUL */
#define EXCHANGE_CAUSE_MAX 160 /* bytes of the reason why an API is ill, with its NUL */

/*
 * What is remembered of an API from request to request. Zeroed memory is the
 * beginning.
 */
struct exchange_memory {
	struct breaker breaker;
	char words[EXCHANGE_WORDS_MAX]; /* the last report's reason, where it is not constant */
	char cause[EXCHANGE_CAUSE_MAX]; /* why the API was ill the last time */
	char refusal[EXCHANGE_CAUSE_MAX + 64]; /* and why it is not asked */
	uint64_t limited;		       /* stands for the account of the last 429; 0: none */
	size_t preferred;		       /* the endpoint that worked last */
	bool fixed;			       /* no other one is asked */
	int64_t since;			       /* when another than the first was preferred */
};

/*
 * What came of an exchange.
 */
struct exchange_report {
	enum verdict verdict;
	const char *reason;	   /* why it is not granted, for the log */
	struct view message;	   /* the API's own words, escaped as JSON; or empty */
	long status;		   /* HTTP; 0 when there was no answer */
	size_t endpoint;	   /* the one asked last */
	unsigned int attempts;	   /* HTTP requests made for it */
	unsigned int connections;  /* asked for */
	bool reused;		   /* on a kept connection */
	struct record_times times; /* of the last attempt */
	bool was_open;		   /* the breaker, before this exchange */
	enum breaker_change change;
	const char *cause;  /* why it is open, in the API's memory */
	int64_t left_alone; /* for how long, microseconds, when it was OPENED */
};

enum exchange_end {
	EXCHANGE_OVER, /* see the report */
	EXCHANGE_HOST_GONE,
	EXCHANGE_MONITOR_GONE,
};

/*
 * Asks the API with number `api`, whose memory is *memory. `body` is the JSON
 * body of *request; `deadline` (clock.h) holds for all attempts together.
 * The server's side of TLS is noted in *peer, unless it is NULL.
 */
enum exchange_end exchange_run(struct https *https, const struct settings *settings, size_t api,
			       struct exchange_memory *memory, const struct request *request,
			       struct view body, int64_t deadline, struct record_peer *peer,
			       struct exchange_report *report);

#endif
