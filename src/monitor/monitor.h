/* SPDX-License-Identifier: ISC */
/*
 * The monitor: the process that the server starts. It keeps a sealed worker
 * between server and API, makes its connections, replaces it when it dies, and
 * replies "unavailable" itself when there is none. It never parses a request,
 * a name server's answer or a TLS record.
 */
#ifndef MONITOR_H
#define MONITOR_H

#include "base/clock.h"
#include "core/xmpp_server.h"

#include <stdbool.h>
#include <stddef.h>

struct command_line;

/* How often to check that the log's file is still in place, and to try to reopen one that was
 * lost. */
#define MONITOR_LOG_RETRY (5 * CLOCK_SECOND)

/* How long to wait for the end of killed workers. */
#define MONITOR_CLOSE_MAX (1 * CLOCK_SECOND)

struct monitor_context {
	const struct command_line *line; /* NULL: it is invalid */
	const char *complaint;		 /* why the program can only stand by; NULL: it can serve */
	int server_in;
	int server_out;
	int kernel_log;		 /* see kernel_log.h; -1: none */
	bool bounded;		 /* the capability bounding set was emptied */
	enum xmpp_server server; /* to reply to while settings cannot be read */
	int null;		 /* /dev/null; -1: there is none */
	int observer;		 /* receives a copy of each outcome, for --ask and --check; or -1 */
	size_t only_endpoint;	 /* ask only this one; or WORKER_ALL_ENDPOINTS */
};

/*
 * Holds back the signals that a monitor handles until it is ready for them, because they would end
 * it before. They are also held back while the program executes itself again.
 * monitor_release_signals() is for a process that does not become a monitor.
 */
void monitor_hold_signals(void);
void monitor_release_signals(void);

/*
 * Runs until the server is gone. Returns the exit status.
 */
int monitor_run(const struct monitor_context *context);

#endif
