/* SPDX-License-Identifier: ISC */
/*
 * What monitor and worker share besides messages: the context that a worker starts with, its
 * resource limits, and its exit status.
 */
#ifndef WORKER_CONTEXT_H
#define WORKER_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct outcome_memory;
struct settings;

/* Descriptors that a worker may have open: kept connections (HTTPS_KEPT_MAX of https.h);
 * standard descriptors, channel, libcurl's two for its wake-ups, one connection in use and some
 * that are being closed. */
#define WORKER_DESCRIPTORS_MAX 96

/*
 * Bytes that a worker may map besides what it starts with: with 64 kept connections, each with its
 * certificates, it needs a tenth of that.
 */
#define WORKER_MEMORY_MAX    ((size_t)512 * 1024 * 1024)
#define WORKER_ALL_ENDPOINTS SIZE_MAX /* instead of the number of a single one */

struct worker_context {
	const struct settings *settings;
	struct outcome_memory *memories; /* one per API, as the worker before it left them */
	size_t only_endpoint;		 /* ask only this one, unless ALL */
	bool tells_peer;		 /* outcomes include the peer */
	pid_t monitor;			 /* the parent; this process dies with it */
	int channel;			 /* to the monitor */
};

/*
 * The exit status of a worker.
 */
enum worker_end {
	WORKER_UNPREPARED = 11, /* not ready to serve; the log has the reason */
	WORKER_NO_CHANNEL = 12, /* its channel to the monitor is closed or broken */
	WORKER_SEALED_OUT = 13, /* the same as UNPREPARED, because of the monitor's own seal */
};

#endif
