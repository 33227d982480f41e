/* SPDX-License-Identifier: ISC */
#include "monitor/pending.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/log_level.h"
#include "base/throttle.h"
#include "core/frame.h"
#include "core/operation.h"
#include "core/verdict.h"
#include "core/verdict_reply.h"
#include "ipc/outcome.h"
#include "monitor/gate.h"
#include "monitor/request_log.h"
#include "monitor/worker_process.h"

#include <stdbool.h>
#include <stdint.h>

bool
pending_is_owed(const struct pending *pending)
{
	return pending->gate->phase == GATE_WHOLE || pending->gate->phase == GATE_HANDED_OVER;
}

/* The reply for "unavailable" does not depend on the operation. */
static enum frame_reply
unavailable(const struct pending *pending)
{
	return verdict_reply(VERDICT_UNAVAILABLE, OPERATION_AUTH, pending->server);
}

/* Why there is no worker: `otherwise`, unless more is known. */
static const char *
reason(const struct pending *pending, const char *otherwise)
{
	return pending->withdrawn != NULL ? pending->withdrawn : otherwise;
}

/* Replies when no worker can. */
static void
reply_unavailable(struct pending *pending, const char *why)
{
	unsigned int held;
	struct log_line line;

	gate_reply(pending->gate, unavailable(pending));
	if (!throttle_passes(&pending->request_log.throttle, clock_now(), &held) ||
	    !log_begin(&line, LOG_WARNING, "replied \"unavailable\" without a worker"))
		return;
	log_text(&line, "reason", why);
	if (held > 0)
		log_number(&line, "lines_held_back", held);
	log_end(&line);
}

void
pending_settle(struct pending *pending, uint32_t number, struct outcome *outcome,
	       const struct settings *settings)
{
	struct gate *gate = pending->gate;
	bool owed = gate->phase == GATE_HANDED_OVER && gate->number == number;
	enum frame_reply reply;

	if (!owed || clock_now() >= gate->deadline) {
		if (outcome->kind == OUTCOME_ASKED && outcome->verdict != VERDICT_UNAVAILABLE)
			outcome->reason = outcome_text("no answer in time");
		outcome->kind = OUTCOME_ASKED;
		outcome->verdict = VERDICT_UNAVAILABLE;
	}
	reply = outcome->kind == OUTCOME_MALFORMED
			? unavailable(pending)
			: verdict_reply(outcome->verdict, outcome->operation, pending->server);
	request_log_write(&pending->request_log, settings, outcome, reply,
			  clock_now() - pending->started);
	if (owed)
		gate_reply(gate, reply);
}

void
pending_hand_over(struct pending *pending, struct worker_process *worker)
{
	struct gate *gate = pending->gate;

	if (gate->phase != GATE_WHOLE || worker->state != WORKER_SERVING || worker->request != 0)
		return;
	pending->started = gate->started;
	worker_process_hand_over(worker, gate_request(gate), gate->number, gate->deadline);
	gate_handed_over(gate);
}

void
pending_reply_overdue(struct pending *pending, const struct worker_process *worker)
{
	struct gate *gate = pending->gate;

	if (!pending_is_owed(pending))
		return;
	if (gate->phase == GATE_WHOLE && worker->state == WORKER_ABSENT)
		reply_unavailable(pending, reason(pending, "no worker is running"));
	else if (clock_now() < gate->deadline)
		return;
	else if (gate->phase == GATE_WHOLE)
		reply_unavailable(pending, "no worker was ready in time");
	else /* the log gets the cause with its outcome, or its death */
		gate_reply(gate, unavailable(pending));
}

void
pending_lose_worker(struct pending *pending, struct worker_process *worker)
{
	struct gate *gate = pending->gate;

	if (worker->request == 0 || gate->phase != GATE_HANDED_OVER ||
	    gate->number != worker->request)
		return;
	if (worker_process_take_back(worker, gate_room(gate)))
		gate_taken_back(gate);
	else
		reply_unavailable(pending, reason(pending, "its worker died"));
}
