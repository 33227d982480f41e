/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "monitor/succession.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/log_level.h"
#include "base/version.h"
#include "core/xmpp_server.h"
#include "ipc/progress.h"
#include "ipc/statistics.h"
#include "monitor/confinement.h"
#include "monitor/log_sink.h"
#include "sandbox/landlock.h"
#include "sandbox/walls.h"
#include "settings/command_line.h"
#include "settings/settings.h"
#include "worker/worker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

static void
end(struct succession *succession, int status)
{
	succession->ended = true;
	succession->status = status;
}

/* Starts a worker with settings as they now are. */
static int
try_worker(struct succession *succession, struct worker_process *worker, struct fault *fault)
{
	const struct command_line *line = succession->line;
	struct settings *settings = settings_load(line, fault);

	if (settings == NULL)
		return -1;
	if (succession->surroundings.record == NULL)
		log_sink_adopt(&succession->surroundings.log, settings);
	if ((!succession->restricted && confinement_restrict(settings, line, fault) < 0) ||
	    worker_process_start(worker, settings, &succession->surroundings, fault) < 0) {
		settings_free(settings);
		return -1;
	}
	succession->restricted = true;
	watch_note(&succession->watch, settings, line);
	return 0;
}

/* Starts a worker that will be the current one, or that will take its place. */
static void
start_worker(struct succession *succession, struct worker_process *worker)
{
	struct fault fault;

	succession->retry = CLOCK_NEVER;
	if (succession->hopeless || try_worker(succession, worker, &fault) == 0)
		return;
	log_message(LOG_ERROR, "%s%s", worker == succession->current ? "refused to serve: " : "",
		    fault.text);
	if (worker == succession->current)
		succession->retry = clock_now() + SUCCESSION_RETRY;
	else
		log_message(LOG_ERROR, "the settings in force stay as they are");
}

void
succession_begin(struct succession *succession)
{
	succession->current = &succession->workers[0];
	succession->fresh = &succession->workers[1];
	worker_process_init(succession->current);
	worker_process_init(succession->fresh);
	start_worker(succession, succession->current);
}

void
succession_reload(struct succession *succession)
{
	succession->outdated = succession->fresh->state != WORKER_ABSENT;
	if (succession->outdated || succession->ending)
		return; /* one is on its way already, or none is to come */
	log_message(LOG_NOTICE, "reading the settings again");
	start_worker(succession, succession->current->state == WORKER_ABSENT ? succession->current
									     : succession->fresh);
}

void
succession_finish(struct succession *succession)
{
	succession->ending = true;
}

/* True when another replacement now would be one too many. */
static bool
dies_too_often(struct succession *succession)
{
	size_t slot = succession->replacements % SUCCESSION_REPLACEMENTS_MAX;

	if (succession->replacements >= SUCCESSION_REPLACEMENTS_MAX &&
	    clock_now() - succession->replaced[slot] < SUCCESSION_WINDOW)
		return true;
	succession->replaced[slot] = clock_now();
	succession->replacements++;
	return false;
}

/* The worker in charge died of something. What it owed is paid here; false when
 * that cannot be done and the program has to end. */
static bool
pay_debt(struct succession *succession, enum stream_position position)
{
	switch (position) {
	case STREAM_BETWEEN_FRAMES:
		return true;
	case STREAM_OWES_REPLY:
		log_message(LOG_WARNING, "the request it had is answered \"unavailable\"");
		if (standby_reply(succession->surroundings.host_out, succession->server))
			return true;
		end(succession, 0);
		return false;
	case STREAM_IN_FRAME:
	case STREAM_IN_REPLY:
		break;
	}
	log_message(LOG_ERROR, "how far it was in the host's stream is not known: "
			       "ending, so that the host starts the program again");
	end(succession, 1);
	return false;
}

/* The current worker is gone; the fresh one, if there is any, comes forward. */
static void
promote(struct succession *succession)
{
	struct worker_process *gone = succession->current;

	succession->current = succession->fresh;
	succession->fresh = gone;
}

static void
on_current_died(struct succession *succession, int status)
{
	struct worker_process *worker = succession->current;
	enum stream_position position =
		(enum stream_position)atomic_load(&worker->progress->position);
	bool served = succession_is_served(succession);
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	worker_process_log_death(worker, &succession->surroundings, status);
	worker_process_bury(worker);
	if (code == WORKER_HOST_GONE) {
		end(succession, 0);
		return;
	}
	if (served && code != WORKER_RETIRED && !pay_debt(succession, position))
		return;
	promote(succession);
	if (succession->current->state != WORKER_ABSENT || succession->ending)
		return;
	if (served && !dies_too_often(succession)) {
		statistics_add(&succession->surroundings.statistics->replacements, 1);
		start_worker(succession, succession->current);
		return;
	}
	log_message(LOG_ERROR, "requests are answered \"unavailable\"; trying again in %d s",
		    (int)(SUCCESSION_RETRY / CLOCK_SECOND));
	succession->retry = clock_now() + SUCCESSION_RETRY;
}

bool
succession_note_death(struct succession *succession, pid_t pid, int status)
{
	if (pid == succession->current->pid) {
		on_current_died(succession, status);
		return true;
	}
	if (pid != succession->fresh->pid)
		return false;
	worker_process_log_death(succession->fresh, &succession->surroundings, status);
	worker_process_bury(succession->fresh);
	log_message(LOG_ERROR, "the settings in force stay as they are");
	return true;
}

bool
succession_is_served(const struct succession *succession)
{
	return succession->current->state == WORKER_SERVING ||
	       succession->current->state == WORKER_RETIRING;
}

bool
succession_stands_by(const struct succession *succession)
{
	return succession->current->state == WORKER_ABSENT ||
	       (!succession_is_served(succession) &&
		!standby_is_between_frames(&succession->standby));
}

void
succession_host_waits(struct succession *succession)
{
	const struct worker_surroundings *surroundings = &succession->surroundings;

	/* when we do not read, only a hang-up wakes us */
	if (!succession_stands_by(succession) ||
	    !standby_read(&succession->standby, surroundings->host_in, surroundings->host_out,
			  succession->server))
		end(succession, 0);
}

static void
log_serving(const struct succession *succession)
{
	const struct settings *settings = succession->current->settings;
	char walls[WALLS_TEXT_MAX];
	struct log_line line;

	if (!log_begin(&line, LOG_NOTICE, "serving"))
		return;
	log_text(&line, "version", VERSION);
	log_text(&line, "server", xmpp_server_name(settings->server));
	log_text(&line, "endpoint", settings_api(settings, 0)->endpoints.list[0].url);
	log_number(&line, "apis", (int64_t)settings_api_count(settings));
	log_number(&line, "uid", succession->surroundings.uid);
	log_number(&line, "worker", succession->current->pid);
	log_number(&line, "landlock", landlock_abi());
	(void)walls_list(true, walls);
	log_text(&line, "walls", walls);
	(void)walls_list(false, walls);
	log_text(&line, "walls_absent", walls);
	log_text(&line, "libcurl", succession->libraries->version);
	log_text(&line, "tls", succession->libraries->ssl_version);
	log_end(&line);
}

static void
let_serve(struct succession *succession)
{
	succession->server = succession->current->settings->server;
	worker_process_serve(succession->current);
	log_serving(succession);
}

void
succession_advance(struct succession *succession)
{
	struct worker_process *current = succession->current, *fresh = succession->fresh;

	if (current->state == WORKER_SEALED && standby_is_between_frames(&succession->standby))
		let_serve(succession);
	if (current->state == WORKER_SERVING &&
	    (fresh->state == WORKER_SEALED || succession->ending))
		worker_process_retire(current);
	if (current->state == WORKER_ABSENT && succession->ending)
		end(succession, 0);
	if (succession->retry <= clock_now())
		start_worker(succession, current);
	if (current->state != WORKER_SERVING || fresh->state != WORKER_ABSENT)
		return;
	if (succession->outdated)
		succession_reload(succession);
	else if (watch_look(&succession->watch, current->settings, succession->line)) {
		log_message(LOG_NOTICE, "a file that the settings name has changed");
		succession_reload(succession);
	}
}

bool
succession_lost_log(const struct succession *succession)
{
	const struct progress *progress = succession->current->progress;

	return log_is_cut_off() || (progress != NULL && atomic_load(&progress->log_lost));
}

int64_t
succession_wake(const struct succession *succession)
{
	int64_t wake = succession->retry;

	if (succession->current->state == WORKER_SERVING)
		wake = clock_earlier(wake, succession->watch.next);
	return wake;
}
