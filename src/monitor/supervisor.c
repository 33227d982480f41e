/* SPDX-License-Identifier: ISC */
#include "monitor/supervisor.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/log_level.h"
#include "base/recent.h"
#include "core/breaker.h"
#include "ipc/message.h"
#include "ipc/worker_context.h"
#include "monitor/afresh.h"
#include "monitor/announcement.h"
#include "monitor/connector.h"
#include "monitor/gate.h"
#include "monitor/launch.h"
#include "monitor/lists.h"
#include "monitor/monitor.h"
#include "monitor/pending.h"
#include "monitor/statistics.h"
#include "monitor/watch.h"
#include "monitor/worker_death.h"
#include "monitor/worker_message.h"
#include "monitor/worker_process.h"
#include "settings/settings.h"

#include <assert.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 2 /* one that serves, and a fresh one */

static_assert(SUPERVISOR_FDS_MAX == WORKERS * (1 + CONNECTOR_FDS_MAX), "there is room for all");

/* The reason when the worker may trust too much. */
#define WITHDRAWN "a revocation list has changed, and cannot be loaded"

/* Messages of a dead worker that are still read. */
#define LAST_WORDS_MAX 16

struct supervisor {
	struct launch launch;
	struct afresh afresh;
	struct pending pending;
	struct statistics *statistics;
	struct worker_process workers[WORKERS];
	struct worker_process *current; /* serves, or will do so next */
	struct worker_process *fresh;	/* takes over between two requests */
	struct recent replaced;
	int64_t started; /* clock.h, as all times here */
	int64_t retry;	 /* when to try again to start a worker; CLOCK_NEVER */
	int64_t renewal; /* when the current worker has served long enough */
	bool renewing;	 /* the fresh worker was started because of that */
	bool outdated;	 /* another reload came after the fresh worker was started */
	bool hopeless;	 /* nothing can make this process serve */
	bool ending;	 /* no request follows the one under way */
};

/* A reload failed. The current worker goes on, unless the one that was to replace it, with the
 * settings `wanted` or NULL, might have trusted less. */
static void
refuse_reload(struct supervisor *supervisor, const struct settings *wanted)
{
	struct worker_process *current = supervisor->current;

	statistics_note_reload(supervisor->statistics, false);
	if (current->state == WORKER_ABSENT || current->state == WORKER_ENDED)
		return;
	if (lists_hold(&current->lists, current->settings, wanted)) {
		log_message(LOG_ERROR, "keeping the current settings");
		return;
	}
	worker_process_end(current);
	supervisor->pending.withdrawn = WITHDRAWN;
}

/* Starts a worker that becomes the current one, or will replace it. */
static void
start_worker(struct supervisor *supervisor, struct worker_process *worker)
{
	struct settings *settings;
	struct fault fault;

	supervisor->retry = CLOCK_NEVER;
	if (supervisor->hopeless || supervisor->afresh.guessed)
		return;
	settings = launch_read(&supervisor->launch, &fault);
	if (settings != NULL &&
	    launch_worker(&supervisor->launch, worker, settings, supervisor->current,
			  worker == supervisor->fresh && supervisor->current->used, &fault) == 0)
		return;
	log_message(LOG_ERROR, "%s%s", worker == supervisor->current ? "refused to serve: " : "",
		    fault.text);
	if (worker == supervisor->current) /* a directory may be half way to its new place */
		supervisor->retry =
			clock_now() +
			(supervisor->pending.withdrawn != NULL ? WATCH_INTERVAL : SUPERVISOR_RETRY);
	else
		refuse_reload(supervisor, settings);
	settings_free(settings);
}

struct supervisor *
supervisor_begin(const struct supervisor_parts *parts)
{
	static struct supervisor supervisor;
	const struct monitor_context *context = parts->context;

	supervisor = (struct supervisor){
		.launch = {
			.line = context->line,
			.log = parts->log,
			.afresh = &supervisor.afresh,
			.surroundings = {
				.null = context->null,
				.observer = context->observer,
				.only_endpoint = context->only_endpoint,
				.kernel_log = context->kernel_log,
				.uid = getuid(),
				.bounded = context->bounded,
			},
		},
		.pending = {
			.gate = parts->gate,
			.server = context->server,
			.request_log.statistics = parts->statistics,
		},
		.statistics = parts->statistics,
		.current = &supervisor.workers[0],
		.fresh = &supervisor.workers[1],
		.started = parts->started,
		.retry = CLOCK_NEVER,
		.renewal = CLOCK_NEVER,
		.hopeless = parts->hopeless,
	};
	worker_process_init(supervisor.current);
	worker_process_init(supervisor.fresh);
	start_worker(&supervisor, supervisor.current);
	return &supervisor;
}

void
supervisor_reload(struct supervisor *supervisor)
{
	supervisor->outdated = supervisor->fresh->state != WORKER_ABSENT;
	if (supervisor->outdated || supervisor->ending)
		return; /* one has been started already, or none must be */
	log_message(LOG_NOTICE, "reading the settings again");
	supervisor->renewing = false;
	start_worker(supervisor, supervisor->current->state == WORKER_ABSENT ? supervisor->current
									     : supervisor->fresh);
}

void
supervisor_finish(struct supervisor *supervisor)
{
	supervisor->ending = true;
}

void
supervisor_suspect(struct supervisor *supervisor)
{
	afresh_suspect(&supervisor->afresh);
}

void
supervisor_outgrow_seal(struct supervisor *supervisor)
{
	afresh_begin(&supervisor->afresh);
}

/* --- what it waits for --------------------------------------------------------------- */

/* When there is something to do by the clock. */
static int64_t
next_wake(const struct supervisor *supervisor)
{
	const struct worker_process *current = supervisor->current;
	const struct launch *launch = &supervisor->launch;
	int64_t wake = clock_earlier(supervisor->retry, current->overdue_at);

	wake = clock_earlier(wake, supervisor->fresh->overdue_at);
	if (pending_is_owed(&supervisor->pending))
		wake = clock_earlier(wake, supervisor->pending.gate->deadline);
	wake = clock_earlier(wake, afresh_wake(&supervisor->afresh));
	if (current->state == WORKER_SERVING && supervisor->fresh->state == WORKER_ABSENT)
		wake = clock_earlier(wake, clock_earlier(launch->watch.next, supervisor->renewal));
	if (current->state == WORKER_ABSENT && current->settings != NULL)
		wake = clock_earlier(wake, launch->watch.next);
	return wake;
}

size_t
supervisor_wait(const struct supervisor *supervisor, struct pollfd fds[SUPERVISOR_FDS_MAX],
		int64_t *wake)
{
	size_t i, count = WORKERS;

	*wake = clock_earlier(*wake, next_wake(supervisor));
	for (i = 0; i < WORKERS; i++) {
		const struct worker_process *worker = &supervisor->workers[i];

		/* poll(2) ignores -1 */
		fds[i] = (struct pollfd){ worker->channel, POLLIN, 0 };
		count += connector_wait(&worker->connector, fds + count, wake);
	}
	return count;
}

/* Takes one message from the worker. */
static void
hear(struct supervisor *supervisor, struct worker_process *worker)
{
	struct message message;
	uint32_t number = worker->request;

	if (!worker_message_receive(worker, &supervisor->launch.surroundings, &message))
		return;
	supervisor->statistics->certificate_expiry = worker->expiry;
	if (message.outcome.change != BREAKER_SAME)
		supervisor->statistics->breakers_open = worker_process_open_breakers(worker);
	pending_settle(&supervisor->pending, number, &message.outcome, worker->settings);
}

void
supervisor_hear(struct supervisor *supervisor, const struct pollfd *fds)
{
	size_t i;

	for (i = 0; i < WORKERS; i++) {
		struct worker_process *worker = &supervisor->workers[i];

		if (worker->channel >= 0 && fds[i].revents != 0)
			hear(supervisor, worker);
		worker_process_connect(worker);
	}
}

int64_t
supervisor_allowed(const struct supervisor *supervisor)
{
	const struct settings *settings = supervisor->current->settings;

	return settings != NULL ? settings->deadline : SUPERVISOR_ALLOWED;
}

/* --- workers that end ------------------------------------------------------------------ */

static void
swap(struct supervisor *supervisor)
{
	struct worker_process *current = supervisor->current;

	supervisor->current = supervisor->fresh;
	supervisor->fresh = current;
}

/* The current worker died. */
static void
replace(struct supervisor *supervisor, bool served)
{
	int64_t pause = served ? SUPERVISOR_PAUSE : SUPERVISOR_RETRY;

	if (served)
		supervisor->statistics->replacements++;
	if (supervisor->afresh.guessed)
		return;
	if (supervisor->fresh->state != WORKER_ABSENT && supervisor->fresh->state != WORKER_ENDED) {
		swap(supervisor);
		return;
	}
	if (served && !recent_exceeds(&supervisor->replaced, SUPERVISOR_REPLACEMENTS_MAX,
				      SUPERVISOR_WINDOW, clock_now())) {
		start_worker(supervisor, supervisor->current);
		return;
	}
	log_message(LOG_ERROR, "replying \"unavailable\"; retrying in %d s",
		    (int)(pause / CLOCK_SECOND));
	supervisor->retry = clock_now() + pause;
}

static void
on_death(struct supervisor *supervisor, struct worker_process *worker, int status)
{
	bool dismissed = worker->dismissed, served = worker->served;

	if (!dismissed && worker_death_log(worker, &supervisor->launch.surroundings, status))
		supervisor_suspect(supervisor);
	if (worker->state == WORKER_STARTING && WIFEXITED(status) &&
	    WEXITSTATUS(status) == WORKER_SEALED_OUT)
		afresh_begin(&supervisor->afresh);
	if (!dismissed)
		pending_lose_worker(&supervisor->pending, worker);
	worker_process_reap(worker);
	if (dismissed)
		return;
	if (worker == supervisor->current)
		replace(supervisor, served);
	else
		refuse_reload(supervisor, worker->settings);
}

bool
supervisor_note_death(struct supervisor *supervisor, pid_t pid, int status)
{
	size_t i, said;

	for (i = 0; i < WORKERS; i++) {
		struct worker_process *worker = &supervisor->workers[i];

		if (worker->pid != pid)
			continue;
		/* what it sent before; usually why it could not serve */
		for (said = 0; worker->channel >= 0 && said < LAST_WORDS_MAX; said++)
			hear(supervisor, worker);
		on_death(supervisor, worker, status);
		return true;
	}
	return false;
}

/* --- workers that begin ------------------------------------------------------------------ */

bool
supervisor_is_served(const struct supervisor *supervisor)
{
	return supervisor->current->state == WORKER_SERVING;
}

/* A worker that is ready takes over when the other one has no request. */
static void
promote(struct supervisor *supervisor)
{
	struct worker_process *current = supervisor->current, *fresh = supervisor->fresh;

	if (fresh->state == WORKER_READY && current->request == 0) {
		if (current->state != WORKER_ABSENT)
			worker_process_dismiss(current);
		swap(supervisor);
		current = supervisor->current;
		if (!supervisor->renewing)
			statistics_note_reload(supervisor->statistics, true);
	}
	if (current->state != WORKER_READY)
		return;
	if (supervisor->pending.withdrawn != NULL)
		statistics_note_reload(supervisor->statistics, true);
	supervisor->pending.withdrawn = NULL;
	current->state = WORKER_SERVING;
	current->served = true;
	supervisor->pending.server = current->settings->server;
	supervisor->renewal = clock_now() + current->settings->max_connection_age;
	/* an API that is not in the settings any more takes its breaker with it */
	supervisor->statistics->breakers_open = worker_process_open_breakers(current);
	announcement_write(supervisor->renewing ? LOG_DEBUG : LOG_NOTICE,
			   &supervisor->launch.surroundings, current);
	supervisor->renewing = false;
}

/* Starts a worker that takes over from the one that serves, or replaces one that did not become
 * ready. */
static void
prepare_fresh(struct supervisor *supervisor)
{
	struct launch *launch = &supervisor->launch;
	struct worker_process *current = supervisor->current;

	if (current->state == WORKER_ABSENT && launch_is_outdated(launch, current->settings))
		start_worker(supervisor, current);
	if (current->state != WORKER_SERVING || supervisor->fresh->state != WORKER_ABSENT)
		return;
	if (supervisor->outdated || launch_is_outdated(launch, current->settings)) {
		supervisor_reload(supervisor);
	} else if (supervisor->renewal <= clock_now()) {
		supervisor->renewal = clock_now() + current->settings->max_connection_age;
		supervisor->renewing = true;
		start_worker(supervisor, supervisor->fresh);
	}
}

/* Whether the process ends: the server is gone; we were told to end, and owe no reply; or
 * another layout or seal is needed. */
static bool
is_over(const struct supervisor *supervisor)
{
	const struct gate *gate = supervisor->pending.gate;
	/* where no request is granted anyway, a quiet moment need not be awaited */
	int64_t heard = supervisor->pending.withdrawn != NULL ? 0 : gate->started;

	if (gate->server_gone || (supervisor->ending && !pending_is_owed(&supervisor->pending)))
		return true;
	return afresh_is_due(&supervisor->afresh, supervisor->started,
			     supervisor->renewal != CLOCK_NEVER, heard) &&
	       gate_is_between(gate);
}

bool
supervisor_advance(struct supervisor *supervisor)
{
	worker_process_end_overdue(supervisor->current);
	worker_process_end_overdue(supervisor->fresh);
	promote(supervisor);
	pending_hand_over(&supervisor->pending, supervisor->current);
	pending_reply_overdue(&supervisor->pending, supervisor->current);
	if (is_over(supervisor))
		return false;
	if (supervisor->retry <= clock_now())
		start_worker(supervisor, supervisor->current);
	prepare_fresh(supervisor);
	return true;
}

void
supervisor_close(struct supervisor *supervisor)
{
	worker_process_dismiss(supervisor->current);
	worker_process_dismiss(supervisor->fresh);
}

bool
supervisor_has_workers(const struct supervisor *supervisor)
{
	return supervisor->workers[0].pid > 0 || supervisor->workers[1].pid > 0;
}
