/* SPDX-License-Identifier: ISC */
/*
 * The supervisor keeps workers: one serves; when it dies, its time is over or the
 * settings have changed, another one takes its place between two requests. While
 * there is none, a frame waits for the next one until its deadline, and is then
 * answered "unavailable".
 */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include "base/clock.h"
#include "base/log.h"
#include "core/xmpp_server.h"
#include "monitor/afresh.h"
#include "monitor/gate.h"
#include "monitor/request_log.h"
#include "monitor/watch.h"
#include "monitor/worker_process.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct command_line;

/* A frame that kills workers must not keep the machine busy: so many are
 * replaced at once in this time. */
#define SUPERVISOR_REPLACEMENTS_MAX 5
#define SUPERVISOR_WINDOW	    (60 * CLOCK_SECOND)

/*
 * Workers are forked, so all have the same layout: who guesses at it by crashing
 * them has so many tries in this time, and a thousand would be needed. Then the
 * program ends, and the server starts one with another layout.
 */
#define SUPERVISOR_SUSPICIONS_MAX 5
#define SUPERVISOR_HOUR		  (3600 * CLOCK_SECOND)

/* How often a worker that could not be made ready is tried again. */
#define SUPERVISOR_RETRY (10 * CLOCK_SECOND)

/* How long a frame may take while there are no settings: what the server with the least
 * patience takes (doc/protocol.md section 0). */
#define SUPERVISOR_ALLOWED (8 * CLOCK_SECOND)

#define SUPERVISOR_LIFE_MIN AFRESH_LIFE_MIN

/*
 * When things happened, as many of them as matter.
 */
struct supervisor_times {
	int64_t ring[SUPERVISOR_REPLACEMENTS_MAX];
	size_t count;
};

struct supervisor {
	const struct command_line *line;
	const curl_version_info_data *libraries; /* asked for before the seal */
	struct worker_surroundings surroundings;
	struct log_sink log;
	struct gate gate;
	struct request_log request_log;
	enum xmpp_server server; /* for replies of our own */
	struct worker_process workers[2];
	struct worker_process *current; /* serves, or is the next to */
	struct worker_process *fresh;	/* takes over between two requests */
	struct watch watch;
	struct supervisor_times replaced;
	struct supervisor_times suspicions;
	int64_t started; /* clock.h, as all times here */
	int64_t retry;	 /* when to try to start a worker again; CLOCK_NEVER */
	int64_t renewal; /* when the current worker has served long enough */
	bool renewing;	 /* the fresh worker was started because of that */
	bool withdrawn;	 /* the last worker was ended for what its trust was (lists.h) */
	bool outdated;	 /* what the fresh worker has read was asked for again */
	bool hopeless;	 /* nothing can make this process serve */
	bool restricted; /* Landlock is in force */
	struct afresh afresh;
	bool guessed; /* too many suspicious deaths: the layout is not to be used any more */
	bool ending;  /* no request is to follow the one under way */
	bool ended;   /* nothing is left to be done but to exit with: */
	int status;
};

/*
 * Starts the first worker, unless it is hopeless. The caller has set line,
 * surroundings, log, gate, request_log.statistics, server, started and hopeless, and
 * zeroed the rest.
 */
void supervisor_begin(struct supervisor *supervisor);

/*
 * Makes a fresh worker read everything again, while the current one goes on with
 * what it has.
 */
void supervisor_reload(struct supervisor *supervisor);

/*
 * Lets the request under way be answered; then it is ended.
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
 * One of the two workers has sent something.
 */
void supervisor_hear(struct supervisor *supervisor, struct worker_process *worker);

/*
 * How long a frame that comes now may take, in microseconds.
 */
int64_t supervisor_allowed(const struct supervisor *supervisor);

/*
 * Does what has become due: hands the request over, answers in the place of who
 * cannot, ends who takes too long, starts and renews workers, looks at files.
 */
void supervisor_advance(struct supervisor *supervisor);

/*
 * True when there is a worker in charge.
 */
bool supervisor_is_served(const struct supervisor *supervisor);

/*
 * When supervisor_advance() has something to do by the clock, clock.h.
 */
int64_t supervisor_wake(const struct supervisor *supervisor);

/*
 * Ends all workers; and whether there is one that has not been reaped.
 */
void supervisor_close(struct supervisor *supervisor);
bool supervisor_has_workers(const struct supervisor *supervisor);

#endif
