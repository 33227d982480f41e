/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "monitor/succession.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/log_level.h"
#include "base/safe_path.h"
#include "base/throttle.h"
#include "base/version.h"
#include "core/frame.h"
#include "core/operation.h"
#include "core/verdict.h"
#include "core/verdict_reply.h"
#include "core/xmpp_server.h"
#include "ipc/message.h"
#include "ipc/outcome.h"
#include "monitor/afresh.h"
#include "monitor/confinement.h"
#include "monitor/gate.h"
#include "monitor/log_sink.h"
#include "monitor/request_log.h"
#include "monitor/statistics.h"
#include "monitor/watch.h"
#include "monitor/worker_process.h"
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

/* Messages that are still heard of a worker that has died. */
#define LAST_WORDS_MAX 16

static void
end(struct succession *succession, int status)
{
	succession->ended = true;
	succession->status = status;
}

/* Notes that something happens now. True when it has happened `most` times in `span`
 * before. */
static bool
happens_too_often(struct succession_times *times, size_t most, int64_t span)
{
	int64_t *oldest = &times->ring[times->count % most];
	bool often = times->count >= most && clock_now() - *oldest < span;

	*oldest = clock_now();
	times->count++;
	return often;
}

/* Starts a worker with settings as they now are. */
static int
try_worker(struct succession *succession, struct worker_process *worker, struct fault *fault)
{
	const struct command_line *line = succession->line;
	struct settings *settings = settings_load(line, fault);

	if (settings == NULL) {
		if (safe_path_met_seal())
			afresh_begin(&succession->afresh);
		return -1;
	}
	if (succession->surroundings.observer < 0)
		log_sink_adopt(&succession->log, settings);
	if (succession->restricted && confinement_reaches(settings, fault) < 0) {
		afresh_begin(&succession->afresh);
		settings_free(settings);
		return -1;
	}
	if ((!succession->restricted && confinement_restrict(settings, line, fault) < 0) ||
	    worker_process_start(worker, settings, succession->current,
				 worker == succession->fresh && succession->current->used,
				 &succession->surroundings, fault) < 0) {
		settings_free(settings);
		return -1;
	}
	succession->restricted = true;
	watch_note(&succession->watch, settings, line);
	return 0;
}

/* Remembers how a reload went, for whoever watches the counters. */
static void
note_reload(struct succession *succession, bool succeeded)
{
	struct statistics *statistics = succession->request_log.statistics;

	if (!succeeded)
		log_message(LOG_ERROR, "the settings in force stay as they are");
	statistics->last_reload = (uint64_t)time(NULL);
	statistics->reload_failed = !succeeded;
}

/* Starts a worker that will be the current one, or that will take its place. */
static void
start_worker(struct succession *succession, struct worker_process *worker)
{
	struct fault fault;

	succession->retry = CLOCK_NEVER;
	if (succession->hopeless || succession->guessed ||
	    try_worker(succession, worker, &fault) == 0)
		return;
	log_message(LOG_ERROR, "%s%s", worker == succession->current ? "refused to serve: " : "",
		    fault.text);
	if (worker == succession->current)
		succession->retry = clock_now() + SUCCESSION_RETRY;
	else
		note_reload(succession, false);
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
	succession->renewing = false;
	start_worker(succession, succession->current->state == WORKER_ABSENT ? succession->current
									     : succession->fresh);
}

void
succession_finish(struct succession *succession)
{
	succession->ending = true;
}

void
succession_suspect(struct succession *succession)
{
	if (happens_too_often(&succession->suspicions, SUCCESSION_SUSPICIONS_MAX - 1,
			      SUCCESSION_HOUR))
		succession->guessed = true;
}

/* --- requests ------------------------------------------------------------------------ */

int64_t
succession_allowed(const struct succession *succession)
{
	const struct settings *settings = succession->current->settings;

	return settings != NULL ? settings->deadline : SUCCESSION_ALLOWED;
}

/* True when the frame under way has not been answered. */
static bool
owes_reply(const struct succession *succession)
{
	return succession->gate.phase == GATE_WHOLE || succession->gate.phase == GATE_ASKED;
}

/* The operation makes no difference to "unavailable". */
static enum frame_reply
unavailable(const struct succession *succession)
{
	return verdict_reply(VERDICT_UNAVAILABLE, OPERATION_AUTH, succession->server);
}

/* Answers in the place of a worker. */
static void
answer_unavailable(struct succession *succession, const char *reason)
{
	unsigned int held;
	struct log_line line;

	gate_reply(&succession->gate, unavailable(succession));
	if (!throttle_passes(&succession->request_log.throttle, clock_now(), &held) ||
	    !log_begin(&line, LOG_WARNING, "answered \"unavailable\" in the place of a worker"))
		return;
	log_text(&line, "reason", reason);
	if (held > 0)
		log_number(&line, "lines_held_back", held);
	log_end(&line);
}

/* An outcome counts when it is in time. Else the reply is what it is by the clock:
 * "unavailable", if it was not given yet. */
static void
settle(struct succession *succession, uint32_t number, struct outcome *outcome,
       const struct settings *settings)
{
	struct gate *gate = &succession->gate;
	bool owed = gate->phase == GATE_ASKED && gate->number == number;
	enum frame_reply reply;

	if (!owed || clock_now() >= gate->deadline) {
		if (outcome->kind == OUTCOME_ASKED && outcome->verdict != VERDICT_UNAVAILABLE)
			outcome->reason = outcome_text("no answer in time");
		outcome->kind = OUTCOME_ASKED;
		outcome->verdict = VERDICT_UNAVAILABLE;
	}
	reply = outcome->kind == OUTCOME_MALFORMED
			? unavailable(succession)
			: verdict_reply(outcome->verdict, outcome->operation, succession->server);
	request_log_write(&succession->request_log, settings, outcome, reply,
			  clock_now() - gate->started);
	if (owed)
		gate_reply(gate, reply);
}

void
succession_hear(struct succession *succession, struct worker_process *worker)
{
	struct message message;
	uint32_t number = worker->request;

	if (worker_process_receive(worker, &succession->surroundings, &message))
		settle(succession, number, &message.outcome, worker->settings);
}

/* Nobody needs to wait for a worker that is late, or not there. */
static void
answer_overdue(struct succession *succession)
{
	struct worker_process *current = succession->current;
	struct gate *gate = &succession->gate;

	if (!owes_reply(succession))
		return;
	if (gate->phase == GATE_WHOLE && current->state == WORKER_ABSENT)
		answer_unavailable(succession, "there is no worker");
	else if (clock_now() < gate->deadline)
		return;
	else if (gate->phase == GATE_WHOLE)
		answer_unavailable(succession, "no worker was ready in time");
	else /* its outcome, or its end, says why */
		gate_reply(gate, unavailable(succession));
}

static void
hand_over(struct succession *succession)
{
	struct worker_process *current = succession->current;
	struct gate *gate = &succession->gate;

	if (gate->phase != GATE_WHOLE || current->state != WORKER_SERVING || current->request != 0)
		return;
	worker_process_ask(current, gate_request(gate), gate->number, gate->deadline);
	gate_was_asked(gate);
}

/* --- workers that end ------------------------------------------------------------------ */

static void
swap(struct succession *succession)
{
	struct worker_process *current = succession->current;

	succession->current = succession->fresh;
	succession->fresh = current;
}

/* The worker in charge died of something. */
static void
replace(struct succession *succession, bool served)
{
	struct statistics *statistics = succession->request_log.statistics;

	if (succession->guessed) {
		log_message(LOG_ERROR,
			    "workers have died too often of what an attempt to take them over "
			    "could have led to: ending between two frames, so that the host "
			    "starts a program with another layout of its memory");
		return;
	}
	if (succession->fresh->state != WORKER_ABSENT && succession->fresh->state != WORKER_ENDED) {
		swap(succession);
		return;
	}
	if (served && !happens_too_often(&succession->replaced, SUCCESSION_REPLACEMENTS_MAX,
					 SUCCESSION_WINDOW)) {
		statistics->replacements++;
		start_worker(succession, succession->current);
		return;
	}
	log_message(LOG_ERROR, "requests are answered \"unavailable\"; trying again in %d s",
		    (int)(SUCCESSION_RETRY / CLOCK_SECOND));
	succession->retry = clock_now() + SUCCESSION_RETRY;
}

static void
on_death(struct succession *succession, struct worker_process *worker, int status)
{
	struct gate *gate = &succession->gate;
	bool dismissed = worker->dismissed, served = worker->served;
	uint32_t request = worker->request;

	if (!dismissed && worker_process_log_death(worker, &succession->surroundings, status))
		succession_suspect(succession);
	if (WIFEXITED(status) && WEXITSTATUS(status) == WORKER_SEALED_OUT)
		afresh_begin(&succession->afresh);
	if (!dismissed && request != 0 && gate->phase == GATE_ASKED && gate->number == request) {
		if (worker_process_take_back(worker, gate_room(gate)))
			gate_was_not_asked(gate);
		else
			answer_unavailable(succession, "its worker died");
	}
	worker_process_bury(worker);
	if (dismissed)
		return;
	if (worker == succession->current)
		replace(succession, served);
	else
		note_reload(succession, false);
}

bool
succession_note_death(struct succession *succession, pid_t pid, int status)
{
	size_t i, said;

	for (i = 0; i < 2; i++) {
		struct worker_process *worker = &succession->workers[i];

		if (worker->pid != pid)
			continue;
		/* what it has said before; a reason why it could not serve, as a rule */
		for (said = 0; worker->channel >= 0 && said < LAST_WORDS_MAX; said++)
			succession_hear(succession, worker);
		on_death(succession, worker, status);
		return true;
	}
	return false;
}

/* Ends a worker that takes longer than it may. */
static void
end_overdue(struct worker_process *worker)
{
	if (worker->limit > clock_now())
		return;
	if (worker->state == WORKER_SERVING)
		log_message(LOG_ERROR,
			    "worker %ld has said nothing of its request, %d s after the deadline, "
			    "and is killed",
			    (long)worker->pid, (int)(WORKER_GRACE / CLOCK_SECOND));
	else
		log_message(LOG_ERROR,
			    "worker %ld has not become ready in %d s and is killed: a file that "
			    "the settings name may be on a file system that does not answer",
			    (long)worker->pid, (int)(WORKER_START_MAX / CLOCK_SECOND));
	worker_process_end(worker);
}

/* --- workers that begin ------------------------------------------------------------------ */

bool
succession_is_served(const struct succession *succession)
{
	return succession->current->state == WORKER_SERVING;
}

static void
log_serving(const struct succession *succession)
{
	const struct settings *settings = succession->current->settings;
	char walls[WALLS_TEXT_MAX];
	struct log_line line;

	if (!log_begin(&line, succession->renewing ? LOG_DEBUG : LOG_NOTICE, "serving"))
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

/* A worker that is ready has its turn when nobody else has a request. */
static void
promote(struct succession *succession)
{
	struct worker_process *current = succession->current, *fresh = succession->fresh;

	if (fresh->state == WORKER_READY && current->request == 0) {
		if (current->state != WORKER_ABSENT)
			worker_process_dismiss(current);
		swap(succession);
		current = succession->current;
		if (!succession->renewing)
			note_reload(succession, true);
	}
	if (current->state != WORKER_READY)
		return;
	current->state = WORKER_SERVING;
	current->served = true;
	succession->server = current->settings->server;
	succession->renewal = clock_now() + current->settings->max_connection_age;
	log_serving(succession);
	succession->renewing = false;
}

/* Starts who is to take over from a worker that serves. */
static void
prepare_fresh(struct succession *succession)
{
	struct worker_process *current = succession->current;

	if (current->state != WORKER_SERVING || succession->fresh->state != WORKER_ABSENT)
		return;
	if (succession->outdated) {
		succession_reload(succession);
	} else if (watch_look(&succession->watch, current->settings, succession->line)) {
		log_message(LOG_NOTICE, "a file that the settings name has changed");
		succession_reload(succession);
	} else if (succession->renewal <= clock_now()) {
		succession->renewal = clock_now() + current->settings->max_connection_age;
		succession->renewing = true;
		start_worker(succession, succession->fresh);
	}
}

/* True when the host has nothing under way, and has sent nothing more. */
static bool
is_between_frames(const struct succession *succession)
{
	struct pollfd host = { succession->gate.in, POLLIN, 0 };

	return gate_is_between(&succession->gate) && poll(&host, 1, 0) == 0;
}

/* The host is gone; we were told to end, and owe nothing; or it is time for another
 * layout, or another seal. */
static bool
is_over(const struct succession *succession)
{
	bool due;

	if (succession->gate.host_gone || (succession->ending && !owes_reply(succession)))
		return true;
	due = afresh_is_due(&succession->afresh, succession->started,
			    succession->renewal != CLOCK_NEVER, succession->gate.started) ||
	      (succession->guessed && clock_now() - succession->started >= SUCCESSION_LIFE_MIN);
	return due && is_between_frames(succession);
}

void
succession_advance(struct succession *succession)
{
	end_overdue(succession->current);
	end_overdue(succession->fresh);
	promote(succession);
	hand_over(succession);
	answer_overdue(succession);
	if (is_over(succession)) {
		end(succession, 0);
		return;
	}
	if (succession->retry <= clock_now())
		start_worker(succession, succession->current);
	prepare_fresh(succession);
}

int64_t
succession_wake(const struct succession *succession)
{
	const struct worker_process *current = succession->current;
	int64_t wake = clock_earlier(succession->retry, current->limit);

	wake = clock_earlier(wake, succession->fresh->limit);
	if (owes_reply(succession))
		wake = clock_earlier(wake, succession->gate.deadline);
	if (succession->guessed)
		wake = clock_earlier(wake, clock_now() + CLOCK_SECOND);
	wake = clock_earlier(wake, afresh_wake(&succession->afresh));
	if (current->state == WORKER_SERVING && succession->fresh->state == WORKER_ABSENT)
		wake = clock_earlier(wake,
				     clock_earlier(succession->watch.next, succession->renewal));
	return wake;
}

void
succession_close(struct succession *succession)
{
	worker_process_dismiss(succession->current);
	worker_process_dismiss(succession->fresh);
}

bool
succession_has_workers(const struct succession *succession)
{
	return succession->workers[0].pid > 0 || succession->workers[1].pid > 0;
}
