/* SPDX-License-Identifier: ISC */
#ifndef ANNOUNCEMENT_H
#define ANNOUNCEMENT_H

#include "base/log_level.h"

struct worker_process;
struct worker_surroundings;

/*
 * Writes to the log that the worker serves from now on, for which server and behind which walls: as
 * a warning instead of a notice if the libraries are not among those that were tested
 * (libraries.h).
 */
void announcement_write(enum log_level level, const struct worker_surroundings *surroundings,
			const struct worker_process *worker);

#endif
