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
 * Logs how the worker died, unless we have ended it or it has logged the reason itself. `status` is
 * waitpid(2)'s. True when the death is suspicious: an attempt to take the worker over could have
 * caused it.
 */
bool worker_death_log(const struct worker_process *worker,
		      const struct worker_surroundings *surroundings, int status);

#endif
