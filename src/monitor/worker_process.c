/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "monitor/worker_process.h"

#include "base/bucket.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/log_level.h"
#include "base/wipe.h"
#include "core/breaker.h"
#include "ipc/channel.h"
#include "ipc/message.h"
#include "ipc/outcome.h"
#include "sandbox/confirm.h"
#include "sandbox/environment.h"
#include "sandbox/kernel_log.h"
#include "sandbox/landlock.h"
#include "sandbox/walls.h"
#include "settings/api.h"
#include "settings/endpoint.h"
#include "settings/settings.h"
#include "worker/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

void
worker_process_init(struct worker_process *worker)
{
	*worker = (struct worker_process){
		.channel = -1, .far = -1, .status_file = -1, .limit = CLOCK_NEVER
	};
	connector_init(&worker->connector);
}

/* The life of the new process. All it inherits is the channel. */
static _Noreturn void
become_worker(struct worker_context *context, int null)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (null < 0 || dup2(null, fd) < 0)
			(void)close(fd);
	}
	if (dup2(context->channel, fd) != fd || environment_close_from(fd + 1) < 0)
		_exit(WORKER_MONITOR_GONE);
	context->channel = fd;
	walls_change_canary();
	_exit((int)worker_run(context));
}

/* What `before` knew of those APIs that are where they were. */
static struct outcome_memory *
inherit(const struct settings *settings, const struct worker_process *before)
{
	size_t i, count = settings_api_count(settings);
	struct outcome_memory *memories = calloc(count, sizeof(*memories));

	if (memories == NULL || before == NULL || before->memories == NULL)
		return memories;
	for (i = 0; i < count && i < settings_api_count(before->settings); i++) {
		if (settings_same_place(settings_api(settings, i),
					settings_api(before->settings, i)))
			memories[i] = before->memories[i];
	}
	return memories;
}

/* Forks the worker, with one end of a new channel. Returns the other end, or -1 with
 * errno set. */
static int
fork_worker(struct worker_process *worker, struct worker_context *context, int null)
{
	int ends[2], error;

	if (channel_open(ends) < 0)
		return -1;
	context->channel = ends[1];
	worker->pid = fork();
	error = errno;
	if (worker->pid == 0)
		become_worker(context, null);
	if (worker->pid > 0) {
		worker->far = ends[1];
		return ends[0];
	}
	(void)close(ends[0]);
	(void)close(ends[1]);
	worker->pid = 0;
	errno = error;
	return -1;
}

int
worker_process_start(struct worker_process *worker, struct settings *settings,
		     const struct worker_process *before, bool connects_first,
		     const struct worker_surroundings *surroundings, struct fault *fault)
{
	struct worker_context context = {
		.settings = settings,
		.memories = inherit(settings, before),
		.only_endpoint = surroundings->only_endpoint,
		.tells_peer = surroundings->observer >= 0,
		.monitor = getpid(),
	};
	struct lists lists = { NULL };
	int channel;

	if (context.memories == NULL || lists_note(&lists, settings) < 0) {
		free(context.memories);
		return fault_set(fault, "out of memory");
	}
	channel = fork_worker(worker, &context, surroundings->null);
	if (channel < 0) {
		free(context.memories);
		lists_free(&lists);
		return fault_set(fault, "a worker cannot be started: %s", strerror(errno));
	}
	settings_free(worker->settings); /* of the one that was here before */
	free(worker->memories);
	lists_free(&worker->lists);
	worker->lists = lists;
	worker->channel = channel;
	worker->settings = settings;
	worker->memories = context.memories;
	worker->state = WORKER_STARTING;
	worker->connects_first = connects_first;
	worker->limit = clock_now() + WORKER_START_MAX;
	return 0;
}

void
worker_process_end(struct worker_process *worker)
{
	connector_stop(&worker->connector);
	if (worker->channel >= 0)
		(void)close(worker->channel);
	worker->channel = -1;
	if (worker->pid > 0)
		(void)kill(worker->pid, SIGKILL);
	worker->state = WORKER_ENDED;
	worker->limit = CLOCK_NEVER;
}

void
worker_process_dismiss(struct worker_process *worker)
{
	worker->dismissed = true;
	worker_process_end(worker);
}

/* It has done what no worker does. */
static void
end_suspect(struct worker_process *worker, const char *deed)
{
	log_message(LOG_ERROR,
		    "worker %ld %s, which no worker does, and is killed; it may have been taken "
		    "over: please report it as SECURITY.md says, with --version",
		    (long)worker->pid, deed);
	worker->suspect = true;
	worker_process_end(worker);
}

/* Sends what it waits for. */
static void
send_bytes(struct worker_process *worker, struct view bytes, int passed)
{
	if (channel_send(worker->channel, bytes, passed) == 0 || errno == EPIPE ||
	    errno == ECONNRESET)
		return; /* its death will be noticed */
	log_message(LOG_ERROR,
		    "worker %ld cannot be sent a message of %zu bytes (%s) and is killed",
		    (long)worker->pid, bytes.size, strerror(errno));
	worker_process_end(worker);
}

static void
send_message(struct worker_process *worker, const struct message *message, int passed)
{
	uint8_t room[MESSAGE_SMALL_MAX];

	send_bytes(worker, (struct view){ room, message_write(message, room) }, passed);
}

/* The worker says that it is sealed, and with which Landlock ABI. */
static void
confirm(struct worker_process *worker, const struct worker_surroundings *surroundings,
	const struct message *message)
{
	struct message serve = { .kind = MESSAGE_SERVE, .connects_first = worker->connects_first };
	int abi = landlock_abi();
	struct fault fault;
	int result;

	if (message->landlock != (uint32_t)abi)
		result = fault_set(&fault, "the worker is under Landlock ABI %u, but there is %d",
				   (unsigned int)message->landlock, abi);
	else
		result = confirm_sealed(worker->status_file, worker->pid, surroundings->bounded,
					&fault);
	if (result < 0) {
		log_message(LOG_ERROR, "refused to serve: %s", fault.text);
		worker_process_end(worker);
		return;
	}
	worker->state = worker->connects_first ? WORKER_CONNECTING : WORKER_READY;
	if (worker->state == WORKER_READY)
		worker->limit = CLOCK_NEVER;
	send_message(worker, &serve, -1);
}

/* False when that was not its turn to say so. */
static bool
receive_ready(struct worker_process *worker, const struct worker_surroundings *surroundings,
	      const struct message *message, int passed)
{
	switch (message->stage) {
	case MESSAGE_STATUS_FILE:
		if (worker->state != WORKER_STARTING || worker->status_file >= 0 || passed < 0)
			return false;
		worker->status_file = passed;
		return true;
	case MESSAGE_SEALED:
		if (worker->state != WORKER_STARTING || passed >= 0)
			return false;
		confirm(worker, surroundings, message);
		return true;
	case MESSAGE_HAS_CONNECTED:
		if (worker->state != WORKER_CONNECTING || passed >= 0)
			return false;
		worker->state = WORKER_READY;
		worker->limit = CLOCK_NEVER;
		return true;
	}
	return false;
}

/* A line for the log, which is written when there are not too many. */
static bool
receive_note(struct worker_process *worker, const struct message *message)
{
	unsigned int held;
	struct log_line line;
	char text[MESSAGE_NOTE_MAX + 1];

	if (++worker->note_count > WORKER_NOTES_MAX)
		return false;
	if (!throttle_passes(&worker->notes, clock_now(), &held))
		return true;
	(void)snprintf(text, sizeof(text), "%.*s", (int)message->text.size,
		       (const char *)message->text.data);
	if (!log_begin(&line, message->level, text))
		return true;
	log_number(&line, "worker", worker->pid);
	if (held > 0)
		log_number(&line, "lines_held_back", held);
	log_end(&line);
	return true;
}

static bool
receive_connect(struct worker_process *worker, const struct message *message)
{
	const struct endpoint *endpoint =
		settings_numbered_endpoint(worker->settings, message->endpoint);

	if (endpoint == NULL ||
	    (worker->state != WORKER_SERVING && worker->state != WORKER_CONNECTING) ||
	    !bucket_take(&worker->connects, clock_now()))
		return false;
	worker->connection = message->number;
	worker->connector.round = worker->request;
	connector_start(&worker->connector, endpoint,
			clock_now() + worker->settings->connect_timeout);
	worker_process_connect(worker);
	return true;
}

/* What it remembers must not lead its successors astray for long. */
static void
keep_memory(struct worker_process *worker, const struct outcome *outcome)
{
	struct outcome_memory *memory = &worker->memories[outcome->api];
	int64_t now = clock_now();

	*memory = outcome->memory;
	memory->breaker.until = clock_earlier(memory->breaker.until, now + BREAKER_LIMIT_MAX);
	memory->since = clock_earlier(memory->since, now);
}

/* False when it is not for the request that it has, or about what there is not. */
static bool
receive_outcome(struct worker_process *worker, const struct message *message)
{
	const struct outcome *outcome = &message->outcome;

	if (worker->state != WORKER_SERVING || worker->request == 0 ||
	    message->number != worker->request)
		return false;
	if (outcome->kind == OUTCOME_ASKED) {
		if (settings_endpoint(worker->settings, outcome->api, outcome->endpoint) == NULL ||
		    settings_endpoint(worker->settings, outcome->api, outcome->memory.preferred) ==
			    NULL)
			return false;
		keep_memory(worker, outcome);
	}
	worker->request = 0;
	worker->limit = CLOCK_NEVER;
	return true;
}

/* Does what a message asks. False when no worker would have sent it. */
static bool
obey(struct worker_process *worker, const struct worker_surroundings *surroundings,
     const struct message *message, int passed)
{
	if (message->kind == MESSAGE_READY)
		return receive_ready(worker, surroundings, message, passed);
	if (passed >= 0)
		return false;
	switch (message->kind) {
	case MESSAGE_CONNECT:
		return receive_connect(worker, message);
	case MESSAGE_OUTCOME:
		return receive_outcome(worker, message);
	case MESSAGE_NOTE:
		return receive_note(worker, message);
	case MESSAGE_REQUEST:
	case MESSAGE_CONNECTED:
	case MESSAGE_READY:
	case MESSAGE_SERVE:
		break;
	}
	return false;
}

bool
worker_process_receive(struct worker_process *worker,
		       const struct worker_surroundings *surroundings, struct message *message)
{
	static uint8_t room[MESSAGE_SMALL_MAX]; /* the outcome's texts point into it */
	static struct outcome_peer peer;
	struct channel_received received = { .room = room, .room_size = sizeof(room) };
	struct view bytes;

	switch (channel_receive(worker->channel, &received, false)) {
	case CHANNEL_EMPTY:
		return false;
	case CHANNEL_CLOSED: /* its death will be noticed */
		(void)close(worker->channel);
		worker->channel = -1;
		return false;
	case CHANNEL_BROKEN:
		end_suspect(worker, "sent what is no message");
		return false;
	case CHANNEL_MESSAGE:
		break;
	}
	bytes = (struct view){ room, received.size };
	message->outcome.tells_peer = surroundings->observer >= 0;
	message->outcome.peer = &peer;
	if (message_read(bytes, message) < 0 ||
	    !obey(worker, surroundings, message, received.passed)) {
		if (received.passed >= 0 && received.passed != worker->status_file)
			(void)close(received.passed);
		end_suspect(worker, "sent a message out of turn or of no kind");
		return false;
	}
	if (worker->state == WORKER_ENDED || message->kind != MESSAGE_OUTCOME)
		return false;
	if (surroundings->observer >= 0)
		(void)channel_send(surroundings->observer, bytes, -1);
	return true;
}

static uint32_t
microseconds(int64_t from, int64_t to)
{
	return to > from && to - from < UINT32_MAX ? (uint32_t)(to - from) : 0;
}

void
worker_process_connect(struct worker_process *worker)
{
	struct connector *connector = &worker->connector;
	struct message message = { .kind = MESSAGE_CONNECTED, .number = worker->connection };

	connector_step(connector);
	if (connector->phase != CONNECTOR_DONE)
		return;
	message.error = connector->error;
	message.resolve_us = microseconds(connector->started, connector->connecting);
	message.connect_us = microseconds(connector->connecting, clock_now());
	send_message(worker, &message, connector->socket);
	connector_stop(connector);
}

void
worker_process_ask(struct worker_process *worker, struct view request, uint32_t number,
		   int64_t deadline)
{
	worker->request = number;
	worker->limit = deadline + WORKER_GRACE;
	worker->used = true;
	bucket_fill(&worker->connects, WORKER_CONNECTS_MAX, clock_now());
	send_bytes(worker, request, -1);
}

/* True when that is the request that it has. */
static bool
is_its_request(const struct worker_process *worker, struct view bytes)
{
	struct outcome_peer peer;
	struct message message = { .outcome.peer = &peer };

	return message_read(bytes, &message) == 0 && message.kind == MESSAGE_REQUEST &&
	       message.number == worker->request;
}

bool
worker_process_take_back(struct worker_process *worker, uint8_t *room)
{
	struct channel_received received = { .room = room, .room_size = MESSAGE_SIZE_MAX };

	if (worker->request == 0)
		return false;
	while (channel_receive(worker->far, &received, false) == CHANNEL_MESSAGE) {
		if (received.passed >= 0)
			(void)close(received.passed); /* a connection that came too late */
		else if (is_its_request(worker, (struct view){ room, received.size }))
			return true;
		wipe(room, received.size); /* an earlier one, answered without being read */
	}
	return false;
}

void
worker_process_reap(struct worker_process *worker)
{
	struct settings *settings = worker->settings;
	struct outcome_memory *memories = worker->memories;
	struct lists lists = worker->lists;

	connector_stop(&worker->connector);
	if (worker->channel >= 0)
		(void)close(worker->channel);
	if (worker->far >= 0)
		(void)close(worker->far);
	if (worker->status_file >= 0)
		(void)close(worker->status_file);
	worker_process_init(worker);
	worker->settings = settings;
	worker->memories = memories;
	worker->lists = lists;
}

/* A violation of the sandbox has a name wherever the kernel tells it. */
static void
log_violation(const struct worker_process *worker, const struct worker_surroundings *surroundings)
{
	long pid = (long)worker->pid;
	char call[64];

	if (kernel_log_find_call(surroundings->kernel_log, worker->pid, call, sizeof(call)))
		log_message(LOG_ERROR,
			    "worker %ld was killed for the system call %s, which its sandbox "
			    "forbids; somebody may have taken it over, or the policy misses a "
			    "call: please report it as SECURITY.md says, with --version",
			    pid, call);
	else
		log_message(LOG_ERROR,
			    "worker %ld was killed for a system call that its sandbox forbids; "
			    "the kernel's log has its number (journalctl -k -g 'type=1326.* "
			    "pid=%ld '): please report it as SECURITY.md says, with --version",
			    pid, pid);
}

/* The signals of a program that was made to do what it was not written to do. */
static bool
is_suspicious(int number)
{
	static const int suspicious[] = { SIGSYS, SIGSEGV, SIGBUS, SIGILL, SIGABRT, SIGFPE };
	size_t i;

	for (i = 0; i < sizeof(suspicious) / sizeof(suspicious[0]); i++) {
		if (number == suspicious[i])
			return true;
	}
	return false;
}

bool
worker_process_log_death(const struct worker_process *worker,
			 const struct worker_surroundings *surroundings, int status)
{
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	bool ended = worker->state == WORKER_ENDED; /* by us */

	if (number == SIGSYS)
		log_violation(worker, surroundings);
	else if (number != 0 && !(number == SIGKILL && ended))
		log_message(LOG_ERROR, "worker %ld was killed by signal %d (%s)", (long)worker->pid,
			    number, sigdescr_np(number));
	else if (number == 0 && !ended && WEXITSTATUS(status) != WORKER_UNPREPARED &&
		 WEXITSTATUS(status) != WORKER_SEALED_OUT)
		log_message(LOG_ERROR, "worker %ld ended with status %d", (long)worker->pid,
			    WEXITSTATUS(status));
	return worker->suspect || is_suspicious(number);
}
