/* SPDX-License-Identifier: ISC */
/*
 * A probe: one request through the complete program, all its processes sealed, with this
 * process in the server's place. It shows the reply that a server would get, and the worker's
 * outcome.
 */
#ifndef PROBE_H
#define PROBE_H

#include "base/must_use.h"
#include "base/view.h"
#include "core/frame.h"
#include "ipc/outcome.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct command_line;
struct endpoint;
struct fault;
struct monitor_context;
struct resolved;
struct settings;

struct probe_result {
	uint8_t reply[FRAME_REPLY_SIZE];
	int64_t total;		/* microseconds until it came */
	bool complete;		/* a worker has handled the request: see the outcome */
	struct outcome outcome; /* its texts are in the members below */
	char reason[OUTCOME_TEXT_MAX + 1];
	char api_message[OUTCOME_TEXT_MAX + 1]; /* escaped as JSON */
	struct outcome_peer peer;
};

/*
 * Sends a frame to a program of its own and waits for the reply.
 *
 * context    how to run the program; its descriptors and observer are set here
 * frame      header and payload; it may hold a password
 * endpoint   the only endpoint to ask, or WORKER_ALL_ENDPOINTS
 * seals      this process has nothing more to do but to print the result, and seals
 *            itself for that (policy/asker.def) when the program has been started
 *
 * Returns 0 with *result set; or -1 with *fault set when no reply came.
 */
MUST_USE int probe_run(const struct monitor_context *context, struct view frame, size_t endpoint,
		       bool seals, struct probe_result *result, struct fault *fault);

/*
 * Looks up an endpoint's name as the program does, in a sealed process. The result is in *resolved.
 */
void probe_resolve(const struct endpoint *endpoint, struct resolved *resolved);

#endif
