/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "monitor/supervisor.h"

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
#include "monitor/lists.h"
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

/* Why nobody is granted when the trust may have become less. */
#define WITHDRAWN "a revocation list has changed and cannot be put in force"

/* Messages that are still heard of a worker that has died. */
#define LAST_WORDS_MAX 16

static void
end(struct supervisor *supervisor, int status)
{
	supervisor->ended = true;
	supervisor->status = status;
}

/* Notes that something happens now. True when it has happened `most` times in `span`
 * before. */
static bool
happens_too_often(struct supervisor_times *times, size_t most, int64_t span)
{
	int64_t *oldest = &times->ring[times->count % most];
	bool often = times->count >= most && clock_now() - *oldest < span;

	*oldest = clock_now();
	times->count++;
	return often;
}

/* Starts a worker with settings that were read, which it then owns. */
static int
try_worker(struct supervisor *supervisor, struct worker_process *worker, struct settings *settings,
	   struct fault *fault)
{
	const struct command_line *line = supervisor->line;

	if (supervisor->surroundings.observer < 0)
		log_sink_adopt(&supervisor->log, settings);
	if (supervisor->restricted && confinement_reaches(settings, fault) < 0) {
		afresh_begin(&supervisor->afresh);
		return -1;
	}
	if (!supervisor->restricted && confinement_restrict(settings, line, fault) < 0)
		return -1;
	/* before the worker reads the files: what changes while it does is seen later */
	watch_note(&supervisor->watch, settings, line);
	if (worker_process_start(worker, settings, supervisor->current,
				 worker == supervisor->fresh && supervisor->current->used,
				 &supervisor->surroundings, fault) < 0)
		return -1;
	supervisor->restricted = true;
	return 0;
}

/* Remembers how a reload went, for whoever watches the counters. */
static void
note_reload(struct supervisor *supervisor, bool succeeded)
{
	struct statistics *statistics = supervisor->request_log.statistics;

	statistics->last_reload = (uint64_t)time(NULL);
	statistics->reload_failed = !succeeded;
}

/* Ends the worker in charge: `path` may revoke whom it trusts. */
static void
withdraw(struct supervisor *supervisor, const char *path)
{
	log_message(LOG_ERROR,
		    "%s: this revocation list is not the one in force and cannot be put in force, "
		    "for the reason above: requests are answered \"unavailable\" until it can; put "
		    "that right, or name no crl_file",
		    path);
	worker_process_end(supervisor->current);
	supervisor->withdrawn = true;
}

/* A reload came to nothing. The worker in charge goes on, unless the one that was not
 * to be, with the settings that were `wanted` or NULL, may have had less trust. */
static void
refuse_reload(struct supervisor *supervisor, const struct settings *wanted)
{
	const struct worker_process *current = supervisor->current;
	const char *path;

	note_reload(supervisor, false);
	if (current->state == WORKER_ABSENT || current->state == WORKER_ENDED)
		return;
	path = lists_changed(&current->lists, current->settings);
	if (path == NULL && wanted != NULL)
		path = lists_added(current->settings, wanted);
	if (path != NULL)
		withdraw(supervisor, path);
	else
		log_message(LOG_ERROR, "the settings in force stay as they are");
}

/* Starts a worker that will be the current one, or that will take its place. */
static void
start_worker(struct supervisor *supervisor, struct worker_process *worker)
{
	struct settings *settings;
	struct fault fault;

	supervisor->retry = CLOCK_NEVER;
	if (supervisor->hopeless || supervisor->guessed)
		return;
	settings = settings_load(supervisor->line, &fault);
	if (settings != NULL && try_worker(supervisor, worker, settings, &fault) == 0)
		return;
	if (settings == NULL && safe_path_met_seal())
		afresh_begin(&supervisor->afresh);
	log_message(LOG_ERROR, "%s%s", worker == supervisor->current ? "refused to serve: " : "",
		    fault.text);
	if (worker == supervisor->current)
		supervisor->retry = clock_now() + SUPERVISOR_RETRY;
	else
		refuse_reload(supervisor, settings);
	settings_free(settings);
}

void
supervisor_begin(struct supervisor *supervisor)
{
	supervisor->current = &supervisor->workers[0];
	supervisor->fresh = &supervisor->workers[1];
	worker_process_init(supervisor->current);
	worker_process_init(supervisor->fresh);
	start_worker(supervisor, supervisor->current);
}

void
supervisor_reload(struct supervisor *supervisor)
{
	supervisor->outdated = supervisor->fresh->state != WORKER_ABSENT;
	if (supervisor->outdated || supervisor->ending)
		return; /* one is on its way already, or none is to come */
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
	if (happens_too_often(&supervisor->suspicions, SUPERVISOR_SUSPICIONS_MAX - 1,
			      SUPERVISOR_HOUR))
		supervisor->guessed = true;
}

/* --- requests ------------------------------------------------------------------------ */

int64_t
supervisor_allowed(const struct supervisor *supervisor)
{
	const struct settings *settings = supervisor->current->settings;

	return settings != NULL ? settings->deadline : SUPERVISOR_ALLOWED;
}

/* True when the frame under way has not been answered. */
static bool
owes_reply(const struct supervisor *supervisor)
{
	return supervisor->gate.phase == GATE_WHOLE || supervisor->gate.phase == GATE_ASKED;
}

/* The operation makes no difference to "unavailable". */
static enum frame_reply
unavailable(const struct supervisor *supervisor)
{
	return verdict_reply(VERDICT_UNAVAILABLE, OPERATION_AUTH, supervisor->server);
}

/* Answers in the place of a worker. */
static void
answer_unavailable(struct supervisor *supervisor, const char *reason)
{
	unsigned int held;
	struct log_line line;

	gate_reply(&supervisor->gate, unavailable(supervisor));
	if (!throttle_passes(&supervisor->request_log.throttle, clock_now(), &held) ||
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
settle(struct supervisor *supervisor, uint32_t number, struct outcome *outcome,
       const struct settings *settings)
{
	struct gate *gate = &supervisor->gate;
	bool owed = gate->phase == GATE_ASKED && gate->number == number;
	enum frame_reply reply;

	if (!owed || clock_now() >= gate->deadline) {
		if (outcome->kind == OUTCOME_ASKED && outcome->verdict != VERDICT_UNAVAILABLE)
			outcome->reason = outcome_text("no answer in time");
		outcome->kind = OUTCOME_ASKED;
		outcome->verdict = VERDICT_UNAVAILABLE;
	}
	reply = outcome->kind == OUTCOME_MALFORMED
			? unavailable(supervisor)
			: verdict_reply(outcome->verdict, outcome->operation, supervisor->server);
	request_log_write(&supervisor->request_log, settings, outcome, reply,
			  clock_now() - gate->started);
	if (owed)
		gate_reply(gate, reply);
}

void
supervisor_hear(struct supervisor *supervisor, struct worker_process *worker)
{
	struct message message;
	uint32_t number = worker->request;

	if (worker_process_receive(worker, &supervisor->surroundings, &message))
		settle(supervisor, number, &message.outcome, worker->settings);
}

/* Nobody needs to wait for a worker that is late, or not there. */
static void
answer_overdue(struct supervisor *supervisor)
{
	struct worker_process *current = supervisor->current;
	struct gate *gate = &supervisor->gate;

	if (!owes_reply(supervisor))
		return;
	if (gate->phase == GATE_WHOLE && current->state == WORKER_ABSENT)
		answer_unavailable(supervisor,
				   supervisor->withdrawn ? WITHDRAWN : "there is no worker");
	else if (clock_now() < gate->deadline)
		return;
	else if (gate->phase == GATE_WHOLE)
		answer_unavailable(supervisor, "no worker was ready in time");
	else /* its outcome, or its end, says why */
		gate_reply(gate, unavailable(supervisor));
}

static void
hand_over(struct supervisor *supervisor)
{
	struct worker_process *current = supervisor->current;
	struct gate *gate = &supervisor->gate;

	if (gate->phase != GATE_WHOLE || current->state != WORKER_SERVING || current->request != 0)
		return;
	worker_process_ask(current, gate_request(gate), gate->number, gate->deadline);
	gate_was_asked(gate);
}

/* --- workers that end ------------------------------------------------------------------ */

static void
swap(struct supervisor *supervisor)
{
	struct worker_process *current = supervisor->current;

	supervisor->current = supervisor->fresh;
	supervisor->fresh = current;
}

/* The worker in charge died of something. */
static void
replace(struct supervisor *supervisor, bool served)
{
	struct statistics *statistics = supervisor->request_log.statistics;

	if (supervisor->guessed) {
		log_message(LOG_ERROR,
			    "workers have died too often of what an attempt to take them over "
			    "could have led to: ending between two frames, so that the server "
			    "starts a program with another layout of its memory");
		return;
	}
	if (supervisor->fresh->state != WORKER_ABSENT && supervisor->fresh->state != WORKER_ENDED) {
		swap(supervisor);
		return;
	}
	if (supervisor->withdrawn) {
		supervisor->retry = clock_now() + SUPERVISOR_RETRY;
		return;
	}
	if (served && !happens_too_often(&supervisor->replaced, SUPERVISOR_REPLACEMENTS_MAX,
					 SUPERVISOR_WINDOW)) {
		statistics->replacements++;
		start_worker(supervisor, supervisor->current);
		return;
	}
	log_message(LOG_ERROR, "requests are answered \"unavailable\"; trying again in %d s",
		    (int)(SUPERVISOR_RETRY / CLOCK_SECOND));
	supervisor->retry = clock_now() + SUPERVISOR_RETRY;
}

static void
on_death(struct supervisor *supervisor, struct worker_process *worker, int status)
{
	struct gate *gate = &supervisor->gate;
	bool dismissed = worker->dismissed, served = worker->served;
	uint32_t request = worker->request;

	if (!dismissed && worker_process_log_death(worker, &supervisor->surroundings, status))
		supervisor_suspect(supervisor);
	if (WIFEXITED(status) && WEXITSTATUS(status) == WORKER_SEALED_OUT)
		afresh_begin(&supervisor->afresh);
	if (!dismissed && request != 0 && gate->phase == GATE_ASKED && gate->number == request) {
		if (worker_process_take_back(worker, gate_room(gate)))
			gate_was_not_asked(gate);
		else
			answer_unavailable(supervisor,
					   supervisor->withdrawn ? WITHDRAWN : "its worker died");
	}
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

	for (i = 0; i < 2; i++) {
		struct worker_process *worker = &supervisor->workers[i];

		if (worker->pid != pid)
			continue;
		/* what it has said before; a reason why it could not serve, as a rule */
		for (said = 0; worker->channel >= 0 && said < LAST_WORDS_MAX; said++)
			supervisor_hear(supervisor, worker);
		on_death(supervisor, worker, status);
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
supervisor_is_served(const struct supervisor *supervisor)
{
	return supervisor->current->state == WORKER_SERVING;
}

static void
log_serving(const struct supervisor *supervisor)
{
	const struct settings *settings = supervisor->current->settings;
	char walls[WALLS_TEXT_MAX];
	struct log_line line;

	if (!log_begin(&line, supervisor->renewing ? LOG_DEBUG : LOG_NOTICE, "serving"))
		return;
	log_text(&line, "version", VERSION);
	log_text(&line, "server", xmpp_server_name(settings->server));
	log_text(&line, "endpoint", settings_api(settings, 0)->endpoints.list[0].url);
	log_number(&line, "apis", (int64_t)settings_api_count(settings));
	log_number(&line, "uid", supervisor->surroundings.uid);
	log_number(&line, "worker", supervisor->current->pid);
	log_number(&line, "landlock", landlock_abi());
	(void)walls_list(true, walls);
	log_text(&line, "walls", walls);
	(void)walls_list(false, walls);
	log_text(&line, "walls_absent", walls);
	log_text(&line, "libcurl", supervisor->libraries->version);
	log_text(&line, "tls", supervisor->libraries->ssl_version);
	log_end(&line);
}

/* A worker that is ready has its turn when nobody else has a request. */
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
			note_reload(supervisor, true);
	}
	if (current->state != WORKER_READY)
		return;
	if (supervisor->withdrawn)
		note_reload(supervisor, true);
	supervisor->withdrawn = false;
	current->state = WORKER_SERVING;
	current->served = true;
	supervisor->server = current->settings->server;
	supervisor->renewal = clock_now() + current->settings->max_connection_age;
	log_serving(supervisor);
	supervisor->renewing = false;
}

/* True when it is time to look at the files that the settings name, and one has changed. */
static bool
is_touched(struct supervisor *supervisor)
{
	const struct settings *settings = supervisor->current->settings;

	if (settings == NULL || !watch_look(&supervisor->watch, settings, supervisor->line))
		return false;
	log_message(LOG_NOTICE, "a file that the settings name has changed");
	return true;
}

/* Starts who is to take over from a worker that serves, or in the place of one that
 * could not be made ready. */
static void
prepare_fresh(struct supervisor *supervisor)
{
	struct worker_process *current = supervisor->current;

	if (current->state == WORKER_ABSENT && is_touched(supervisor))
		start_worker(supervisor, current);
	if (current->state != WORKER_SERVING || supervisor->fresh->state != WORKER_ABSENT)
		return;
	if (supervisor->outdated || is_touched(supervisor)) {
		supervisor_reload(supervisor);
	} else if (supervisor->renewal <= clock_now()) {
		supervisor->renewal = clock_now() + current->settings->max_connection_age;
		supervisor->renewing = true;
		start_worker(supervisor, supervisor->fresh);
	}
}

/* True when the server has nothing under way, and has sent nothing more. */
static bool
is_between_frames(const struct supervisor *supervisor)
{
	struct pollfd server = { supervisor->gate.in, POLLIN, 0 };

	return gate_is_between(&supervisor->gate) && poll(&server, 1, 0) == 0;
}

/* The server is gone; we were told to end, and owe nothing; or it is time for another
 * layout, or another seal. */
static bool
is_over(const struct supervisor *supervisor)
{
	/* no quiet of the host's is waited for where nobody is granted anyway */
	int64_t heard = supervisor->withdrawn ? 0 : supervisor->gate.started;
	bool due;

	if (supervisor->gate.server_gone || (supervisor->ending && !owes_reply(supervisor)))
		return true;
	due = afresh_is_due(&supervisor->afresh, supervisor->started,
			    supervisor->renewal != CLOCK_NEVER, heard) ||
	      (supervisor->guessed && clock_now() - supervisor->started >= SUPERVISOR_LIFE_MIN);
	return due && is_between_frames(supervisor);
}

void
supervisor_advance(struct supervisor *supervisor)
{
	end_overdue(supervisor->current);
	end_overdue(supervisor->fresh);
	promote(supervisor);
	hand_over(supervisor);
	answer_overdue(supervisor);
	if (is_over(supervisor)) {
		end(supervisor, 0);
		return;
	}
	if (supervisor->retry <= clock_now())
		start_worker(supervisor, supervisor->current);
	prepare_fresh(supervisor);
}

int64_t
supervisor_wake(const struct supervisor *supervisor)
{
	const struct worker_process *current = supervisor->current;
	int64_t wake = clock_earlier(supervisor->retry, current->limit);

	wake = clock_earlier(wake, supervisor->fresh->limit);
	if (owes_reply(supervisor))
		wake = clock_earlier(wake, supervisor->gate.deadline);
	if (supervisor->guessed)
		wake = clock_earlier(wake, clock_now() + CLOCK_SECOND);
	wake = clock_earlier(wake, afresh_wake(&supervisor->afresh));
	if (current->state == WORKER_SERVING && supervisor->fresh->state == WORKER_ABSENT)
		wake = clock_earlier(wake,
				     clock_earlier(supervisor->watch.next, supervisor->renewal));
	if (current->state == WORKER_ABSENT && current->settings != NULL)
		wake = clock_earlier(wake, supervisor->watch.next);
	return wake;
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
