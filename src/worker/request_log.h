/* SPDX-License-Identifier: ISC */
/*
 * What is written down of each request: a line in the log, and counters.
 */
#ifndef REQUEST_LOG_H
#define REQUEST_LOG_H

#include "base/throttle.h"
#include "core/frame.h"
#include "core/request.h"
#include "ipc/statistics.h"
#include "worker/exchange.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fault;
struct settings;

#define REQUEST_LOG_KEY_SIZE 32 /* bytes */

struct request_log {
	const struct settings *settings;
	struct statistics *statistics;
	struct throttle throttle;	   /* of lines about requests that were unavailable */
	uint8_t key[REQUEST_LOG_KEY_SIZE]; /* of the hashes that stand for users */
};

/*
 * What is known of a request once it has been answered.
 */
struct outcome {
	const char *unasked; /* why no API was asked; NULL: one was, see report */
	bool understood;     /* the frame was a request: see request.operation */
	struct request request;
	size_t api;
	struct exchange_report report;
	enum frame_reply reply;
	int64_t started; /* clock.h */
};

/*
 * Prepares *log; must run before the sandbox is sealed. The key of users'
 * hashes is made of /etc/machine-id, so that it is the same for all programs of
 * a machine and cannot be guessed elsewhere; where there is none, it lasts until
 * the next boot. `settings` and `statistics` must
 * outlive it. Returns 0, or -1 with *fault set.
 */
int request_log_open(struct request_log *log, const struct settings *settings,
		     struct statistics *statistics, struct fault *fault);

/*
 * Counts the outcome and writes its line, and one more when it was the one that
 * opened or closed the API's breaker.
 */
void request_log_write(struct request_log *log, const struct outcome *outcome);

#endif
