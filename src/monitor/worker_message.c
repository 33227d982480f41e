/* SPDX-License-Identifier: ISC */
#include "monitor/worker_message.h"

#include "base/bucket.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/log_level.h"
#include "base/throttle.h"
#include "base/view.h"
#include "core/breaker.h"
#include "ipc/channel.h"
#include "ipc/message.h"
#include "ipc/outcome.h"
#include "monitor/connector.h"
#include "monitor/worker_process.h"
#include "monitor/worker_surroundings.h"
#include "sandbox/confirm.h"
#include "sandbox/landlock.h"
#include "settings/endpoint.h"
#include "settings/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

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
		result = fault_set(&fault,
				   "the worker is under Landlock ABI %u, but the kernel has %d",
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
		worker->overdue_at = CLOCK_NEVER;
	worker_process_send(worker, &serve, -1);
}

/* False when it was not its turn to say so. */
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
		worker->overdue_at = CLOCK_NEVER;
		return true;
	}
	return false;
}

/* A line for the log, which is written unless there are too many. */
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

/* When the first certificate of all APIs expires, as far as known; or 0. */
static int64_t
first_expiry(const struct worker_process *worker)
{
	size_t i, count = settings_api_count(worker->settings);
	int64_t first = 0;

	for (i = 0; i < count; i++) {
		int64_t expiry = worker->memories[i].expiry;

		if (expiry != 0 && (first == 0 || expiry < first))
			first = expiry;
	}
	return first;
}

/* Keeps what the worker remembers of an API, bounded so that it cannot mislead later workers for
 * long. */
static void
keep_memory(struct worker_process *worker, const struct outcome *outcome)
{
	struct outcome_memory *memory = &worker->memories[outcome->api];
	int64_t now = clock_now();
	bool same = worker->expiry != 0 && memory->expiry == outcome->memory.expiry;

	*memory = outcome->memory;
	if (!same)
		worker->expiry = first_expiry(worker);
	memory->breaker.until = clock_earlier(memory->breaker.until, now + BREAKER_BACKOFF_MAX);
	memory->since = clock_earlier(memory->since, now);
}

/* False when it is not for the worker's request, or names an API or endpoint that does not
 * exist. */
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
	worker->overdue_at = CLOCK_NEVER;
	return true;
}

/* Carries out a message. False when no unmodified worker sends it. */
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
worker_message_receive(struct worker_process *worker,
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
		worker_process_end_suspect(worker, "sent an invalid message");
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
		worker_process_end_suspect(worker, "sent an unexpected message");
		return false;
	}
	if (worker->state == WORKER_ENDED || message->kind != MESSAGE_OUTCOME)
		return false;
	if (surroundings->observer >= 0)
		(void)channel_send(surroundings->observer, bytes, -1);
	return true;
}
