/* SPDX-License-Identifier: ISC */
/*
 * The monitor: the process that the server starts. It keeps a sealed worker
 * between server and API, makes its connections, replaces it when it dies, and
 * answers "unavailable" itself when there is none. It never parses a request,
 * a name server's answer or a TLS record.
 */
#ifndef MONITOR_H
#define MONITOR_H

#include "base/clock.h"
#include "core/xmpp_server.h"

#include <stdbool.h>
#include <stddef.h>

struct command_line;

/* How often it is looked whether the log's file is still there, and tried to regain one
 * that was lost. */
#define MONITOR_LOG_RETRY (5 * CLOCK_SECOND)

/* How long the end of killed workers is waited for. */
#define MONITOR_CLOSE_MAX (1 * CLOCK_SECOND)

struct monitor_context {
	const struct command_line *line; /* NULL: it is invalid */
	const char *complaint;		 /* why the program can only stand by; NULL: it can serve */
	int server_in;
	int server_out;
	int kernel_log;		 /* see kernel_log.h; -1: none */
	bool bounded;		 /* the capability bounding set was emptied */
	enum xmpp_server server; /* whom to answer while settings cannot be read */
	int null;		 /* /dev/null; -1: there is none */
	int observer;		 /* who gets outcomes as well, for --ask and --check; or -1 */
	size_t only_endpoint;	 /* ask no other than this one; WORKER_ALL_ENDPOINTS */
};

/*
 * Lets the signals that a monitor hears wait until it does: before it is ready for them
 * they would end it. They wait also while the program executes itself again.
 * monitor_release_signals() is for what does not become a monitor.
 */
void monitor_hold_signals(void);
void monitor_release_signals(void);

/*
 * Runs until the server is gone. Returns the exit status.
 */
int monitor_run(const struct monitor_context *context);

#endif
