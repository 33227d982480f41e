/* SPDX-License-Identifier: ISC */
/*
 * The request under way, from the gate to a worker and back to its one reply. Whatever happens
 * to the worker, the server has a reply by the deadline.
 */
#ifndef PENDING_H
#define PENDING_H

#include "core/xmpp_server.h"
#include "monitor/request_log.h"

#include <stdbool.h>
#include <stdint.h>

struct gate;
struct outcome;
struct settings;
struct worker_process;

/*
 * The caller sets gate, request_log.statistics and server, and zeroes the rest.
 */
struct pending {
	struct gate *gate;
	struct request_log request_log;
	enum xmpp_server server; /* for the monitor's own replies */
	int64_t started;	 /* when the request that a worker has arrived; clock.h */
	const char *withdrawn;	 /* why no worker may serve; NULL: one may */
};

/*
 * True when the frame under way has no reply yet.
 */
bool pending_is_owed(const struct pending *pending);

/*
 * Sends the frame under way, if it is WHOLE, to a worker that serves and has no request.
 */
void pending_hand_over(struct pending *pending, struct worker_process *worker);

/*
 * Replies with the outcome of request `number`, counts it and logs it. `settings` are those of the
 * worker that had it. An outcome after the deadline does not count: the reply is "unavailable",
 * unless it was already sent.
 */
void pending_settle(struct pending *pending, uint32_t number, struct outcome *outcome,
		    const struct settings *settings);

/*
 * Replies "unavailable" at the deadline, or when there is no worker to wait for: `worker` is
 * the current one.
 */
void pending_reply_overdue(struct pending *pending, const struct worker_process *worker);

/*
 * A worker has died that may have had the request under way: a request that it had not read
 * waits for the next worker, any other gets the reply "unavailable".
 */
void pending_lose_worker(struct pending *pending, struct worker_process *worker);

#endif
