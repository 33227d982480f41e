/* SPDX-License-Identifier: ISC */
/*
 * How a worker is started: the settings are read, this process restricts itself to what the first
 * ones name, and the worker is forked with settings of its own.
 */
#ifndef LAUNCH_H
#define LAUNCH_H

#include "base/must_use.h"
#include "monitor/watch.h"
#include "monitor/worker_surroundings.h"

#include <stdbool.h>

struct afresh;
struct command_line;
struct fault;
struct log_sink;
struct settings;
struct worker_process;

/*
 * The same for all workers of a monitor. The caller sets line, log, surroundings and afresh, and
 * zeroes the rest.
 */
struct launch {
	const struct command_line *line;
	struct log_sink *log;
	struct worker_surroundings surroundings;
	struct afresh *afresh; /* told when the seal does not fit what the settings name */
	struct watch watch;    /* of the files that were read last */
	bool restricted;       /* Landlock is in force */
};

/*
 * Reads the settings as they now are. Returns them, to be freed by the caller, or NULL
 * with *fault set.
 */
MUST_USE struct settings *launch_read(struct launch *launch, struct fault *fault);

/*
 * True when it is time to check the files that were read last, for `settings` or NULL, and one of
 * them has changed, which is logged.
 */
bool launch_is_outdated(struct launch *launch, const struct settings *settings);

/*
 * Starts a worker, which then owns `settings`, and continues with what `before` knew of the APIs
 * (worker_process_start()). Returns 0, or -1 with *fault set and `settings` still the caller's.
 */
MUST_USE int launch_worker(struct launch *launch, struct worker_process *worker,
			   struct settings *settings, const struct worker_process *before,
			   bool connects_first, struct fault *fault);

#endif
