/* SPDX-License-Identifier: ISC */
/*
 * The worker: the process that handles requests. It prepares itself from the
 * files that the settings name, seals its sandbox, and then does nothing but
 *
 *     frame → request → contract → https → verdict → reply
 */
#ifndef WORKER_H
#define WORKER_H

#include "base/log.h"
#include "ipc/progress.h"
#include "ipc/record.h"
#include "ipc/statistics.h"
#include "settings/settings.h"

#include <stddef.h>
#include <sys/types.h>

/* What a worker may have open: kept connections (HTTPS_KEPT_MAX of https.h); standard
 * descriptors, replies, channel, log, libcurl's two for waking itself, one connection
 * in use and some that are being closed. */
#define WORKER_DESCRIPTORS_MAX 96

/*
 * What a worker may map besides what it starts with, bytes: with 64 connections kept,
 * each with its certificates, it takes a tenth of that.
 */
#define WORKER_MEMORY_MAX ((size_t)512 * 1024 * 1024)

struct worker_context {
	const struct settings *settings;
	struct progress *progress;     /* shared with the monitor */
	struct statistics *statistics; /* likewise */
	struct record *record;	       /* likewise; NULL: nobody asks for one */
	size_t only_endpoint;	       /* with a record: ask no other than this one */
	pid_t monitor;		       /* the parent that this process dies with */
	int host_in;		       /* requests */
	int host_out;		       /* replies */
	int channel;		       /* to the monitor */
	struct log_sink log;
};

/*
 * How a worker ends, as its exit status.
 */
enum worker_end {
	WORKER_HOST_GONE = 0,	/* the host closed its side: all is over */
	WORKER_RETIRED = 10,	/* asked to, between two frames */
	WORKER_UNPREPARED = 11, /* could not be made ready; the log has the reason */
	WORKER_MONITOR_GONE = 12,
};

/*
 * Runs in the worker process, from its first moment to its last. The caller
 * passes the result to _exit(2).
 */
enum worker_end worker_run(const struct worker_context *context);

#endif
