/* SPDX-License-Identifier: ISC */
#include "monitor/announcement.h"

#include "base/log.h"
#include "base/log_level.h"
#include "base/version.h"
#include "core/xmpp_server.h"
#include "monitor/worker_process.h"
#include "monitor/worker_surroundings.h"
#include "sandbox/landlock.h"
#include "sandbox/libraries.h"
#include "sandbox/walls.h"
#include "settings/endpoint.h"
#include "settings/settings.h"

#include <stdbool.h>
#include <stdint.h>

void
announcement_write(enum log_level level, const struct worker_surroundings *surroundings,
		   const struct worker_process *worker)
{
	const struct settings *settings = worker->settings;
	char walls[WALLS_TEXT_MAX], libraries[LIBRARIES_TEXT_MAX], untested[LIBRARIES_TEXT_MAX];
	struct log_line line;

	if (libraries_untested(untested) > 0 && level == LOG_NOTICE)
		level = LOG_WARNING;
	if (!log_begin(&line, level, "serving"))
		return;
	log_text(&line, "version", VERSION);
	log_text(&line, "server", xmpp_server_name(settings->server));
	log_text(&line, "endpoint", settings_api(settings, 0)->endpoints.list[0].url);
	log_number(&line, "apis", (int64_t)settings_api_count(settings));
	log_number(&line, "uid", surroundings->uid);
	log_number(&line, "worker", worker->pid);
	log_number(&line, "landlock", landlock_abi());
	(void)walls_list(true, walls);
	log_text(&line, "walls", walls);
	(void)walls_list(false, walls);
	log_text(&line, "walls_absent", walls);
	libraries_list(libraries);
	log_text(&line, "libraries", libraries);
	log_text(&line, "libraries_untested", untested);
	log_end(&line);
}
