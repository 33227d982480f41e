/* SPDX-License-Identifier: ISC */
/*
 * The supervisor starts, replaces and ends workers. One serves; when it dies, has served its
 * time or the settings have changed, another one takes over between two requests. While
 * there is none, a frame waits for the next one until its deadline; then the reply is
 * "unavailable" (pending.h).
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

/* A frame that kills workers must not load the machine: this many are replaced at once in this
 * time, further ones after a pause, which must not amount to an outage. */
#define SUPERVISOR_REPLACEMENTS_MAX 5
#define SUPERVISOR_WINDOW	    (60 * CLOCK_SECOND)
#define SUPERVISOR_PAUSE	    CLOCK_SECOND

/* Time between two attempts to start a worker that does not become ready. */
#define SUPERVISOR_RETRY (10 * CLOCK_SECOND)

/* How long a frame may take while there are no settings: the shortest deadline of all servers
 * (doc/protocol.md section 0). */
#define SUPERVISOR_ALLOWED (8 * CLOCK_SECOND)

#define SUPERVISOR_FDS_MAX 36 /* descriptors that it waits for */

/*
 * The parts that a supervisor uses. They stay the caller's, and open.
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
 * Starts the first worker. There is one supervisor per process; what it owns at its end is not
 * freed.
 */
struct supervisor *supervisor_begin(const struct supervisor_parts *parts);

/*
 * Sets the events that the supervisor waits for, and returns the number of descriptors; *wake,
 * clock.h, becomes earlier if something is due before it.
 */
size_t supervisor_wait(const struct supervisor *supervisor, struct pollfd fds[SUPERVISOR_FDS_MAX],
		       int64_t *wake);

/*
 * Handles the events that poll(2) returned: messages of workers, and their connections.
 */
void supervisor_hear(struct supervisor *supervisor, const struct pollfd *fds);

/*
 * Starts a fresh worker that reads everything again, while the current one serves on.
 */
void supervisor_reload(struct supervisor *supervisor);

/*
 * Ends the supervisor after the reply to the request under way.
 */
void supervisor_finish(struct supervisor *supervisor);

/*
 * Notes a death. False when `pid` was not a worker. `status` is waitpid(2)'s.
 */
bool supervisor_note_death(struct supervisor *supervisor, pid_t pid, int status);

/*
 * Notes a suspicious death, of a worker or of a resolver.
 */
void supervisor_suspect(struct supervisor *supervisor);

/*
 * Notes that the seal of this process no longer covers what the settings name: the process ends
 * between two frames.
 */
void supervisor_outgrow_seal(struct supervisor *supervisor);

/*
 * The time for a frame that arrives now, in microseconds.
 */
int64_t supervisor_allowed(const struct supervisor *supervisor);

/*
 * Does what is due: hands over the request, replies when workers cannot, kills those that are late,
 * starts and renews workers, checks files. False when the process is to end.
 */
bool supervisor_advance(struct supervisor *supervisor);

/*
 * True when there is a worker that serves, or will do so next.
 */
bool supervisor_is_served(const struct supervisor *supervisor);

/*
 * Kills all workers. Returns whether one has not been reaped.
 */
void supervisor_close(struct supervisor *supervisor);
bool supervisor_has_workers(const struct supervisor *supervisor);

#endif
