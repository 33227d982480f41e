/* SPDX-License-Identifier: ISC */
/*
 * The supervisor keeps workers: one serves; when it dies, its time is over or the
 * settings have changed, another one takes its place between two requests. While
 * there is none, a frame waits for the next one until its deadline, and is then
 * answered "unavailable" (pending.h).
 */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include "base/clock.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct gate;
struct log_sink;
struct monitor_context;
struct statistics;

/* A frame that kills workers must not keep the machine busy: so many are
 * replaced at once in this time. */
#define SUPERVISOR_REPLACEMENTS_MAX 5
#define SUPERVISOR_WINDOW	    (60 * CLOCK_SECOND)

/* How often a worker that could not be made ready is tried again. */
#define SUPERVISOR_RETRY (10 * CLOCK_SECOND)

/* How long a frame may take while there are no settings: what the server with the least
 * patience takes (doc/protocol.md section 0). */
#define SUPERVISOR_ALLOWED (8 * CLOCK_SECOND)

#define SUPERVISOR_FDS_MAX 36 /* that it waits for */

/*
 * What a supervisor works with. All of it stays the caller's, and open.
 */
struct supervisor_parts {
	const struct monitor_context *context;
	struct gate *gate;
	struct log_sink *log;
	struct statistics *statistics;
	int64_t started; /* when the program was, clock.h */
	bool hopeless;	 /* nothing can make this process serve: it starts no worker */
};

/*
 * Starts the first worker. There is one supervisor in a process; what it holds at its
 * end is not freed.
 */
struct supervisor *supervisor_begin(const struct supervisor_parts *parts);

/*
 * Sets what the supervisor waits for and returns how many descriptors that are; *wake,
 * clock.h, is moved forward to when it has something to do by the clock.
 */
size_t supervisor_wait(const struct supervisor *supervisor, struct pollfd fds[SUPERVISOR_FDS_MAX],
		       int64_t *wake);

/*
 * Hears workers and goes on with their connections, as poll(2) has found them.
 */
void supervisor_hear(struct supervisor *supervisor, const struct pollfd *fds);

/*
 * Makes a fresh worker read everything again, while the current one goes on with
 * what it has.
 */
void supervisor_reload(struct supervisor *supervisor);

/*
 * Lets the request under way be answered; then it is over.
 */
void supervisor_finish(struct supervisor *supervisor);

/*
 * Takes note of a death. False when `pid` was no worker. `status` is waitpid(2)'s.
 */
bool supervisor_note_death(struct supervisor *supervisor, pid_t pid, int status);

/*
 * Takes note of a suspicious death, of a worker or of a resolver.
 */
void supervisor_suspect(struct supervisor *supervisor);

/*
 * Takes note that the seal of this process does not fit any more what it was told: the
 * process is to end for that between two frames.
 */
void supervisor_outgrow_seal(struct supervisor *supervisor);

/*
 * How long a frame that comes now may take, in microseconds.
 */
int64_t supervisor_allowed(const struct supervisor *supervisor);

/*
 * Does what has become due: hands the request over, answers in the place of who
 * cannot, ends who takes too long, starts and renews workers, looks at files. False
 * when it is over: the process is to end.
 */
bool supervisor_advance(struct supervisor *supervisor);

/*
 * True when there is a worker in charge.
 */
bool supervisor_is_served(const struct supervisor *supervisor);

/*
 * Ends all workers; and whether there is one that has not been reaped.
 */
void supervisor_close(struct supervisor *supervisor);
bool supervisor_has_workers(const struct supervisor *supervisor);

#endif
