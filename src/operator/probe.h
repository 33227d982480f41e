/* SPDX-License-Identifier: ISC */
/*
 * A probe: one request through the complete program, both processes sealed, with
 * this process in the host's place. It shows what a host would get, and what the
 * worker saw.
 */
#ifndef PROBE_H
#define PROBE_H

#include "base/must_use.h"
#include "base/view.h"
#include "core/frame.h"

#include <stddef.h>
#include <stdint.h>

struct fault;
struct monitor_context;
struct record;

/*
 * Sends a frame to a program of its own and waits for the reply.
 *
 * context    how to run the program; its descriptors and record are set here
 * frame      header and payload; it may hold a password
 * endpoint   the only endpoint to ask, or RECORD_ALL_ENDPOINTS
 * reply      the four bytes that came back
 * record     what the worker saw; record->complete is false when none got so far
 *
 * Returns 0; or -1 with *fault set when no reply came.
 */
MUST_USE int probe_run(const struct monitor_context *context, struct view frame, size_t endpoint,
		       uint8_t reply[FRAME_REPLY_SIZE], struct record *record, struct fault *fault);

#endif
