/* SPDX-License-Identifier: ISC */
/*
 * A worker as its monitor sees it: a process to start, to look at before it may
 * serve, to connect sockets for, and to bury.
 */
#ifndef WORKER_PROCESS_H
#define WORKER_PROCESS_H

#include "base/log.h"
#include "ipc/progress.h"
#include "monitor/connector.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fault;
struct record;
struct settings;
struct statistics;

enum worker_state {
	WORKER_ABSENT,
	WORKER_STARTING, /* preparing itself */
	WORKER_SEALED,	 /* confirmed to be sealed, waiting to be told to serve */
	WORKER_SERVING,
	WORKER_RETIRING, /* asked to finish */
};

struct worker_process {
	enum worker_state state;
	pid_t pid;
	int channel;
	struct settings *settings; /* its own: freed when it is buried */
	struct progress *progress;
	struct connector connector;
	uint32_t request; /* the id that the connection under way is for */
};

/*
 * What all workers of a monitor share.
 */
struct worker_surroundings {
	int host_in;
	int host_out;
	struct statistics *statistics; /* shared memory */
	struct record *record;	       /* likewise; NULL: nobody asks for one */
	size_t only_endpoint;	       /* with a record: ask no other than this one */
	struct log_sink log;
	int kernel_log; /* see kernel_log.h; -1: none */
	uid_t uid;	/* of all processes */
	bool bounded;	/* the capability bounding set was emptied: confirm it */
};

/*
 * Makes *worker absent. Called once for each.
 */
void worker_process_init(struct worker_process *worker);

/*
 * Starts a worker, which then owns `settings`. Returns 0, or -1 with *fault
 * set and `settings` still the caller's.
 */
int worker_process_start(struct worker_process *worker, struct settings *settings,
			 const struct worker_surroundings *surroundings, struct fault *fault);

/*
 * Takes one message from the worker and does what it asks. A worker that is not
 * sealed when it says so, or breaks the protocol, is killed, and the log says
 * why.
 */
void worker_process_receive(struct worker_process *worker,
			    const struct worker_surroundings *surroundings);

/*
 * Moves the worker's connection forward and hands it over when it stands.
 */
void worker_process_connect(struct worker_process *worker);

/*
 * Tells a sealed worker to serve, or a serving one to retire.
 */
void worker_process_serve(struct worker_process *worker);
void worker_process_retire(struct worker_process *worker);

/*
 * Kills the worker; its death is noticed like any other.
 */
void worker_process_kill(struct worker_process *worker);

/*
 * Frees what belonged to a worker that has died, and makes it absent.
 */
void worker_process_bury(struct worker_process *worker);

/*
 * Writes to the log how the worker died. `status` is waitpid(2)'s. Nothing is
 * written for the ends that a healthy worker has.
 */
void worker_process_log_death(const struct worker_process *worker,
			      const struct worker_surroundings *surroundings, int status);

#endif
