/* SPDX-License-Identifier: ISC */
/*
 * The monitor: the process that the host starts. It keeps a sealed worker
 * between host and API, makes its connections, replaces it when it dies, and
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

/* ejabberd gives up external authentication for good when its programs end
 * sooner than about a second after their start (doc/protocol.md section 2.1). */
#define MONITOR_LIFE_MIN (2 * CLOCK_SECOND)

/* How often it is looked whether the log's file is still there, and tried to regain one
 * that was lost. */
#define MONITOR_LOG_RETRY (5 * CLOCK_SECOND)

struct record;

struct monitor_context {
	const struct command_line *line; /* NULL: it was not understood */
	const char *complaint;		 /* why the program can only stand by; NULL: it can serve */
	int host_in;
	int host_out;
	int kernel_log;		 /* see kernel_log.h; -1: none */
	bool bounded;		 /* the capability bounding set was emptied */
	enum xmpp_server server; /* whom to answer while settings cannot be read */
	struct record *record;	 /* for --ask and --check; NULL when it serves */
	size_t only_endpoint;	 /* with a record: see record.h */
};

/*
 * Runs until the host is gone. Returns the exit status.
 */
int monitor_run(const struct monitor_context *context);

#endif
