/* SPDX-License-Identifier: ISC */
/*
 * A worker as its monitor sees it: a process to start, to confirm before it may serve, to send
 * requests, to connect sockets for, to kill, and to reap.
 *
 *     ABSENT ─▶ STARTING ─▶ CONNECTING ─▶ READY ─▶ SERVING ─▶ ENDED ─▶ ABSENT
 *               prepares    if it is to  sealed,  gets one    killed:
 *               and seals   be connected waits    request     only its death
 *               itself      beforehand   its turn at a time   is awaited
 */
#ifndef WORKER_PROCESS_H
#define WORKER_PROCESS_H

#include "base/bucket.h"
#include "base/clock.h"
#include "base/must_use.h"
#include "base/throttle.h"
#include "base/view.h"
#include "monitor/connector.h"
#include "monitor/lists.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct fault;
struct message;
struct outcome_memory;
struct settings;
struct worker_surroundings;

/* A worker that is not ready by then is ended. */
#define WORKER_START_MAX (30 * CLOCK_SECOND)

/* Its outcome must come within this time after the deadline. */
#define WORKER_GRACE (1 * CLOCK_SECOND)

/* Of its lines THROTTLE_LINES are logged in THROTTLE_SPAN; a worker that sends this many is
 * ended. */
#define WORKER_NOTES_MAX 1000

enum worker_state {
	WORKER_ABSENT,
	WORKER_STARTING,
	WORKER_CONNECTING,
	WORKER_READY,
	WORKER_SERVING,
	WORKER_ENDED,
};

struct worker_process {
	enum worker_state state;
	pid_t pid;
	int channel;
	int far;		   /* the worker's end: what it leaves unread can be taken back */
	int status_file;	   /* its /proc/self/status; -1: not received yet */
	struct settings *settings; /* its own */
	struct outcome_memory *memories; /* one per API: what the next worker starts with */
	int64_t expiry;			 /* the first of them; 0: none known */
	struct lists lists;		 /* the revocation lists that it has read */
	struct connector connector;
	uint32_t connection; /* the worker's number for the connection under way */
	int64_t overdue_at;  /* when it is killed, unless it is ready or done; CLOCK_NEVER */
	uint32_t request;    /* the number of the request it has; 0: none */
	bool connects_first; /* it is to connect before its turn */
	bool served;	     /* it had its turn */
	bool used;	     /* and had a request */
	bool dismissed;	     /* it was ended because its turn was over */
	bool suspect;	     /* it was ended because of a breach */
	struct bucket connects;
	struct throttle notes;
	unsigned int note_count;
};

/*
 * Makes *worker absent. Called once for each.
 */
void worker_process_init(struct worker_process *worker);

/*
 * Starts a worker, which then owns `settings`, and continues with what `before`, the worker before
 * it or NULL, knew of the APIs. Returns 0, or -1 with *fault set and `settings` still the caller's.
 */
MUST_USE int worker_process_start(struct worker_process *worker, struct settings *settings,
				  const struct worker_process *before, bool connects_first,
				  const struct worker_surroundings *surroundings,
				  struct fault *fault);

/*
 * Advances the worker's connection, and sends it when it is established.
 */
void worker_process_connect(struct worker_process *worker);

/*
 * Sends any message but a REQUEST, with the descriptor `passed` when it is not -1. A worker that
 * leaves so much unread that nothing can be sent is ended.
 */
void worker_process_send(struct worker_process *worker, const struct message *message, int passed);

/*
 * Sends a request, with its number and deadline, to a worker that serves and has none.
 */
void worker_process_hand_over(struct worker_process *worker, struct view request, uint32_t number,
			      int64_t deadline);

/*
 * Looks, after the death of the worker, for the request that it had among what it has
 * not read, and takes it back to `room`, of MESSAGE_SIZE_MAX bytes. False when it was
 * read: then it may have been carried out. What arrives while the worker is dying may count
 * as read: the kernel takes it off the channel before it looks for signals.
 */
bool worker_process_take_back(struct worker_process *worker, uint8_t *room);

/*
 * The number of APIs whose circuit breaker is open, as far as the worker has said.
 */
uint64_t worker_process_open_breakers(const struct worker_process *worker);

/*
 * Ends the worker: its messages are not read any more. dismiss() is for one whose turn is over. Its
 * death is noticed like any other.
 */
void worker_process_end(struct worker_process *worker);
void worker_process_dismiss(struct worker_process *worker);

/*
 * The same after a breach, `deed`, which is logged; its death will be suspicious.
 */
void worker_process_end_suspect(struct worker_process *worker, const char *deed);

/*
 * The same when it takes too long to become ready or to send its outcome.
 */
void worker_process_end_overdue(struct worker_process *worker);

/*
 * Frees what belonged to a worker that has died, except what the next one starts with, and makes it
 * absent.
 */
void worker_process_reap(struct worker_process *worker);

#endif
