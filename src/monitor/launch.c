/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "monitor/launch.h"

#include "base/fault.h"
#include "base/log.h"
#include "base/log_level.h"
#include "base/safe_path.h"
#include "monitor/afresh.h"
#include "monitor/confinement.h"
#include "monitor/log_sink.h"
#include "monitor/watch.h"
#include "monitor/worker_process.h"
#include "settings/settings.h"

#include <stdbool.h>
#include <stddef.h>

/* Restricts this process to what the settings name; a seal that is already in force must fit
 * them. */
static int
restrict_to(struct launch *launch, const struct settings *settings, struct fault *fault)
{
	if (!launch->restricted)
		return confinement_restrict(settings, launch->line, fault);
	if (confinement_reaches(settings, fault) == 0)
		return 0;
	afresh_begin(launch->afresh);
	return -1;
}

struct settings *
launch_read(struct launch *launch, struct fault *fault)
{
	struct settings *settings = settings_load(launch->line, fault);

	if (settings == NULL && safe_path_met_seal())
		afresh_begin(launch->afresh);
	return settings;
}

bool
launch_is_outdated(struct launch *launch, const struct settings *settings)
{
	if (settings == NULL || !watch_look(&launch->watch, settings, launch->line))
		return false;
	log_message(LOG_NOTICE, "a file that the settings name has changed");
	return true;
}

int
launch_worker(struct launch *launch, struct worker_process *worker, struct settings *settings,
	      const struct worker_process *before, bool connects_first, struct fault *fault)
{
	if (launch->surroundings.observer < 0)
		log_sink_adopt(launch->log, settings);
	if (restrict_to(launch, settings, fault) < 0)
		return -1;
	/* before the worker reads the files: a change while it does is noticed later */
	watch_note(&launch->watch, settings, launch->line);
	if (worker_process_start(worker, settings, before, connects_first, &launch->surroundings,
				 fault) < 0)
		return -1;
	launch->restricted = true;
	return 0;
}
