/* SPDX-License-Identifier: ISC */
/*
 * The log line and the counters of each request. They are made from the worker's outcome and from
 * what the monitor has measured.
 */
#ifndef REQUEST_LOG_H
#define REQUEST_LOG_H

#include "base/throttle.h"
#include "core/frame.h"

#include <stdint.h>

struct outcome;
struct settings;
struct statistics;

/*
 * It starts as zeroed memory, except for `statistics`.
 */
struct request_log {
	struct statistics *statistics;
	struct throttle throttle; /* of lines about unavailable requests */
	struct throttle changes;  /* of lines about breakers */
};

/*
 * Counts the outcome of a request, which had `reply` after `latency` microseconds, and writes its
 * line, and another one if it opened or closed the API's breaker. `settings` are those of the
 * worker that had it.
 */
void request_log_write(struct request_log *log, const struct settings *settings,
		       const struct outcome *outcome, enum frame_reply reply, int64_t latency);

#endif
