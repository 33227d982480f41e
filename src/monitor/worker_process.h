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

/* A worker that has not become ready by then is not going to. */
#define WORKER_START_MAX (30 * CLOCK_SECOND)

/* What it has to say of a request it says within this time after the deadline. */
#define WORKER_GRACE (1 * CLOCK_SECOND)

/* Lines that it may have written to our log in THROTTLE_SPAN are THROTTLE_LINES; one
 * that says so much more is not well. */
#define WORKER_NOTES_MAX 1000

/* Connections that it may ask for because of one request: to each endpoint, and again
 * to addresses where TLS failed. Between requests the bucket alone allows some. */
#define WORKER_CONNECTS_MAX 64

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
	int status_file;	   /* its /proc/self/status; -1: not shown yet */
	struct settings *settings; /* its own */
	struct outcome_memory *memories; /* one per API: what its successor starts with */
	int64_t expiry;			 /* the first that they know of; 0: none */
	struct lists lists;		 /* the revocation lists that it has read */
	struct connector connector;
	uint32_t connection; /* the number that the connection under way was asked for with */
	int64_t overdue_at;  /* when it is killed, unless it is ready or done; CLOCK_NEVER */
	uint32_t request;    /* the number of the request it has; 0: none */
	bool connects_first; /* it is to connect before its turn */
	bool served;	     /* it had its turn */
	bool used;	     /* and had a request */
	bool dismissed;	     /* it was ended because its turn was over */
	bool suspect;	     /* it was ended because it did what no worker does */
	struct bucket connects;
	struct throttle notes;
	unsigned int note_count;
};

/*
 * Makes *worker absent. Called once for each.
 */
void worker_process_init(struct worker_process *worker);

/*
 * Starts a worker, which then owns `settings`, and goes on with what `before`, the
 * worker before it or NULL, knew of the APIs. Returns 0, or -1 with *fault set and
 * `settings` still the caller's.
 */
MUST_USE int worker_process_start(struct worker_process *worker, struct settings *settings,
				  const struct worker_process *before, bool connects_first,
				  const struct worker_surroundings *surroundings,
				  struct fault *fault);

/*
 * Moves the worker's connection forward and hands it over when it stands.
 */
void worker_process_connect(struct worker_process *worker);

/*
 * Sends any message but a REQUEST, with the descriptor `passed` when it is not -1. A
 * worker that leaves so much unread that it cannot be sent is ended.
 */
void worker_process_send(struct worker_process *worker, const struct message *message, int passed);

/*
 * Gives a serving worker that has none a request, with its number and deadline.
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
 * Ends the worker: nothing it still says is heard. dismiss() is for one whose turn
 * is over. Its death is noticed like any other.
 */
void worker_process_end(struct worker_process *worker);
void worker_process_dismiss(struct worker_process *worker);

/*
 * The same to one that has done what no worker does, `deed`: the log says so, and its
 * death will be suspicious.
 */
void worker_process_end_suspect(struct worker_process *worker, const char *deed);

/*
 * The same to one that takes longer than it may, to become ready or to answer.
 */
void worker_process_end_overdue(struct worker_process *worker);

/*
 * Frees what belonged to a worker that has died, but for what its successor starts
 * with, and makes it absent.
 */
void worker_process_reap(struct worker_process *worker);

#endif
