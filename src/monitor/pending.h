/* SPDX-License-Identifier: ISC */
/*
 * The request under way, from the gate to a worker and back to its one reply. Whatever
 * becomes of the worker, the server is answered by the deadline.
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
	enum xmpp_server server; /* whom replies of our own are for */
	int64_t started;	 /* when the request that a worker has came; clock.h */
	const char *withdrawn;	 /* why there is to be no worker; NULL: there may be one */
};

/*
 * True when the frame under way has not been answered.
 */
bool pending_is_owed(const struct pending *pending);

/*
 * Gives the frame under way, if it is whole, to a worker that serves and has none.
 */
void pending_hand_over(struct pending *pending, struct worker_process *worker);

/*
 * Answers with the outcome of request `number`, and writes down what became of it.
 * `settings` are those of the worker that had it. An outcome counts when it is in time.
 * Else the reply is what it is by the clock: "unavailable", if it was not given yet.
 */
void pending_settle(struct pending *pending, uint32_t number, struct outcome *outcome,
		    const struct settings *settings);

/*
 * Answers "unavailable" when the deadline has come, or there is no worker to wait for:
 * `worker` is the one in charge.
 */
void pending_answer_overdue(struct pending *pending, const struct worker_process *worker);

/*
 * A worker has died that may have had the request under way: one that it had not read
 * waits for the next worker, another one is answered "unavailable".
 */
void pending_lose_worker(struct pending *pending, struct worker_process *worker);

#endif
