/* SPDX-License-Identifier: ISC */
#ifndef ANNOUNCEMENT_H
#define ANNOUNCEMENT_H

#include "base/log_level.h"

struct monitor_context;
struct worker_process;
struct worker_surroundings;

/*
 * Writes to the log that the worker serves from now on, for whom and inside what.
 */
void announcement_write(enum log_level level, const struct monitor_context *context,
			const struct worker_surroundings *surroundings,
			const struct worker_process *worker);

#endif
