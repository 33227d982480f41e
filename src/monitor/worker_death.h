/* SPDX-License-Identifier: ISC */
/*
 * Why a worker died.
 */
#ifndef WORKER_DEATH_H
#define WORKER_DEATH_H

#include <stdbool.h>

struct worker_process;
struct worker_surroundings;

/*
 * Writes to the log how the worker died, unless we have ended it or it has said so
 * itself. `status` is waitpid(2)'s. True when the death is suspicious: what an
 * attempt to take it over could have led to.
 */
bool worker_death_log(const struct worker_process *worker,
		      const struct worker_surroundings *surroundings, int status);

#endif
