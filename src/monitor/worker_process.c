/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "monitor/worker_process.h"

#include "base/bucket.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/log_level.h"
#include "base/wipe.h"
#include "ipc/channel.h"
#include "ipc/message.h"
#include "ipc/outcome.h"
#include "ipc/worker_context.h"
#include "monitor/connector.h"
#include "monitor/worker_surroundings.h"
#include "sandbox/environment.h"
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
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
worker_process_init(struct worker_process *worker)
{
	*worker = (struct worker_process){
		.channel = -1, .far = -1, .status_file = -1, .overdue_at = CLOCK_NEVER
	};
	connector_init(&worker->connector);
}

/* Runs in the new process. It inherits only the channel. */
static _Noreturn void
become_worker(struct worker_context *context, int null)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (null < 0 || dup2(null, fd) < 0)
			(void)close(fd);
	}
	if (dup2(context->channel, fd) != fd || environment_close_from(fd + 1) < 0)
		_exit(WORKER_NO_CHANNEL);
	context->channel = fd;
	walls_change_canary();
	_exit((int)worker_run(context));
}

/* What `before` knew of the APIs that have the same URLs. */
static struct outcome_memory *
inherit(const struct settings *settings, const struct worker_process *before)
{
	size_t i, count = settings_api_count(settings);
	struct outcome_memory *memories = calloc(count, sizeof(*memories));

	if (memories == NULL || before == NULL || before->memories == NULL)
		return memories;
	for (i = 0; i < count && i < settings_api_count(before->settings); i++) {
		if (api_same_place(settings_api(settings, i), settings_api(before->settings, i)))
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
	settings_free(worker->settings); /* of the worker before */
	free(worker->memories);
	lists_free(&worker->lists);
	worker->lists = lists;
	worker->channel = channel;
	worker->settings = settings;
	worker->memories = context.memories;
	worker->state = WORKER_STARTING;
	worker->connects_first = connects_first;
	worker->overdue_at = clock_now() + WORKER_START_MAX;
	return 0;
}

uint64_t
worker_process_open_breakers(const struct worker_process *worker)
{
	size_t i, count = settings_api_count(worker->settings);
	uint64_t open = 0;

	for (i = 0; i < count; i++)
		open += worker->memories[i].breaker.backoff != 0;
	return open;
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
	worker->overdue_at = CLOCK_NEVER;
}

void
worker_process_end_overdue(struct worker_process *worker)
{
	if (worker->overdue_at > clock_now())
		return;
	if (worker->state == WORKER_SERVING)
		log_message(
			LOG_ERROR,
			"worker %ld sent no outcome within %d s after the deadline, and is killed",
			(long)worker->pid, (int)(WORKER_GRACE / CLOCK_SECOND));
	else
		log_message(LOG_ERROR,
			    "worker %ld was not ready within %d s, and is killed: a file that the "
			    "settings name may be on an unresponsive file system",
			    (long)worker->pid, (int)(WORKER_START_MAX / CLOCK_SECOND));
	worker_process_end(worker);
}

void
worker_process_dismiss(struct worker_process *worker)
{
	worker->dismissed = true;
	worker_process_end(worker);
}

void
worker_process_end_suspect(struct worker_process *worker, const char *deed)
{
	log_message(LOG_ERROR,
		    "worker %ld %s, and is killed; it may be compromised: please report it as "
		    "SECURITY.md says, with --version",
		    (long)worker->pid, deed);
	worker->suspect = true;
	worker_process_end(worker);
}

/* Sends the connection that it waits for. */
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

void
worker_process_send(struct worker_process *worker, const struct message *message, int passed)
{
	uint8_t room[MESSAGE_SMALL_MAX];

	send_bytes(worker, (struct view){ room, message_write(message, room) }, passed);
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
	worker_process_send(worker, &message, connector->socket);
	connector_stop(connector);
}

void
worker_process_hand_over(struct worker_process *worker, struct view request, uint32_t number,
			 int64_t deadline)
{
	worker->request = number;
	worker->overdue_at = deadline + WORKER_GRACE;
	worker->used = true;
	bucket_fill(&worker->connects, MESSAGE_CONNECTS_MAX, clock_now());
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
		/* a connection that it did not take in time */
		if (received.passed >= 0)
			(void)close(received.passed);
		else if (is_its_request(worker, (struct view){ room, received.size }))
			return true;
		wipe(room, received.size); /* an earlier request, replied to without being read */
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
