/* SPDX-License-Identifier: ISC */
/*
 * What monitor and worker share besides messages: the context that a worker starts with, its
 * limits, and how it ends.
 */
#ifndef WORKER_CONTEXT_H
#define WORKER_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct outcome_memory;
struct settings;

/* What a worker may have open: kept connections (HTTPS_KEPT_MAX of https.h); standard
 * descriptors, channel, libcurl's two for waking itself, one connection in use and
 * some that are being closed. */
#define WORKER_DESCRIPTORS_MAX 96

/*
 * What a worker may map besides what it starts with, bytes: with 64 connections kept,
 * each with its certificates, it takes a tenth of that.
 */
#define WORKER_MEMORY_MAX    ((size_t)512 * 1024 * 1024)
#define WORKER_ALL_ENDPOINTS SIZE_MAX /* not a single one of them is asked */

struct worker_context {
	const struct settings *settings;
	struct outcome_memory *memories; /* one per API: where its predecessor left off */
	size_t only_endpoint;		 /* ask no other than this one, unless ALL */
	bool tells_peer;		 /* outcomes carry the server's side of TLS */
	pid_t monitor;			 /* the parent that this process dies with */
	int channel;			 /* to the monitor */
};

/*
 * How a worker ends, as its exit status.
 */
enum worker_end {
	WORKER_UNPREPARED = 11, /* could not be made ready, and has said why */
	WORKER_NO_CHANNEL = 12, /* its channel to the monitor is closed or broken */
	WORKER_SEALED_OUT = 13, /* the same as UNPREPARED, for the monitor's own seal */
};

#endif
