/* SPDX-License-Identifier: ISC */
/*
 * The succession of workers: one serves; when it dies, or the settings have
 * changed, another one takes its place between two frames; and while there is
 * none, frames are answered "unavailable".
 *
 *                    sealed            told to serve
 *     (absent) ──▶ STARTING ──▶ SEALED ──▶ SERVING ──▶ RETIRING ──▶ (absent)
 *        ▲                                    │   a fresh one is sealed
 *        └──────────── died: replaced ────────┘
 */
#ifndef SUCCESSION_H
#define SUCCESSION_H

#include "base/clock.h"
#include "core/xmpp_server.h"
#include "monitor/standby.h"
#include "monitor/watch.h"
#include "monitor/worker_process.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct command_line;

/* A frame that kills workers must not keep the machine busy: so many are
 * replaced at once in this time. */
#define SUCCESSION_REPLACEMENTS_MAX 5
#define SUCCESSION_WINDOW	    (60 * CLOCK_SECOND)

/* How often a worker that could not be made ready is tried again. */
#define SUCCESSION_RETRY (10 * CLOCK_SECOND)

struct succession {
	const struct command_line *line;
	const curl_version_info_data *libraries; /* asked for before the seal */
	struct worker_surroundings surroundings;
	enum xmpp_server server; /* for replies of our own */
	struct worker_process workers[2];
	struct worker_process *current; /* serves, or is the next to */
	struct worker_process *fresh;	/* takes over when current has retired */
	struct standby standby;
	struct watch watch;
	int64_t replaced[SUCCESSION_REPLACEMENTS_MAX]; /* when; a ring */
	size_t replacements;
	int64_t retry;	 /* when to try to start a worker again; CLOCK_NEVER */
	bool outdated;	 /* what the fresh worker has read was asked for again */
	bool hopeless;	 /* nothing can make this process serve */
	bool restricted; /* Landlock is in force */
	bool ending;	 /* no worker is to follow the current one */
	bool ended;	 /* nothing is left to be done but to exit with: */
	int status;
};

/*
 * Starts the first worker, unless it is hopeless. The caller has set line,
 * surroundings, server and hopeless, and zeroed the rest.
 */
void succession_begin(struct succession *succession);

/*
 * Makes a fresh worker read everything again, and take over the log as it now
 * is, while the current one goes on with what it has.
 */
void succession_reload(struct succession *succession);

/*
 * Asks the current worker to finish its request; then it is ended.
 */
void succession_finish(struct succession *succession);

/*
 * Takes note of a death. False when `pid` was no worker. `status` is waitpid(2)'s.
 */
bool succession_note_death(struct succession *succession, pid_t pid, int status);

/*
 * The host has sent something, or hung up, while no worker serves.
 */
void succession_host_waits(struct succession *succession);

/*
 * Does what has become due: tells who is ready to serve or to retire, starts
 * who is to be started, looks at files.
 */
void succession_advance(struct succession *succession);

/*
 * True while the host's pipes are a worker's; otherwise, whether frames are
 * to be read and answered here.
 */
bool succession_is_served(const struct succession *succession);
bool succession_stands_by(const struct succession *succession);

/*
 * True when the worker in charge, or this process, has lost its log.
 */
bool succession_lost_log(const struct succession *succession);

/*
 * When succession_advance() has something to do by the clock, clock.h.
 */
int64_t succession_wake(const struct succession *succession);

#endif
