/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "ipc/uplink.h"

#include "base/clock.h"
#include "base/view.h"
#include "base/wipe.h"
#include "ipc/channel.h"
#include "ipc/message.h"
#include "ipc/outcome.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <unistd.h>

static_assert(2 * OUTCOME_USER_MAX + 2 * OUTCOME_TEXT_MAX + sizeof(struct outcome_peer) + 440 <
		      MESSAGE_SMALL_MAX,
	      "an OUTCOME fits");

/* The monitor sends nothing longer while we wait for a connection. */
#define SHORT_MAX 64

static enum uplink_result
lose(struct uplink *uplink)
{
	uplink->lost = true;
	return UPLINK_MONITOR_GONE;
}

static enum uplink_result
send_message(struct uplink *uplink, const struct message *message, int passed)
{
	if (uplink->lost || channel_send_message(uplink->channel, message, passed) < 0)
		return lose(uplink);
	return UPLINK_OK;
}

/* Receives one message. UPLINK_TIMED_OUT: there is none yet. Only a CONNECTED carries a
 * descriptor, and only without an error. */
static enum uplink_result
receive_message(struct uplink *uplink, struct channel_received *received, bool waits,
		struct message *message)
{
	static struct outcome_peer unused;
	bool brings;

	if (uplink->lost)
		return UPLINK_MONITOR_GONE;
	switch (channel_receive(uplink->channel, received, waits)) {
	case CHANNEL_MESSAGE:
		break;
	case CHANNEL_EMPTY:
		return UPLINK_TIMED_OUT;
	case CHANNEL_CLOSED:
	case CHANNEL_BROKEN:
		return lose(uplink);
	}
	/* the monitor sends no outcomes */
	message->outcome.tells_peer = false;
	message->outcome.peer = &unused;
	if (message_read((struct view){ received->room, received->size }, message) == 0) {
		brings = message->kind == MESSAGE_CONNECTED && message->error == 0;
		if (brings == (received->passed >= 0))
			return UPLINK_OK;
	}
	if (received->passed >= 0)
		(void)close(received->passed);
	return lose(uplink);
}

enum uplink_result
uplink_introduce(struct uplink *uplink, int status)
{
	const struct message message = { .kind = MESSAGE_READY, .stage = MESSAGE_STATUS_FILE };

	return send_message(uplink, &message, status);
}

enum uplink_result
uplink_ready(struct uplink *uplink, int landlock, bool *connects_first)
{
	struct message message = {
		.kind = MESSAGE_READY,
		.stage = MESSAGE_SEALED,
		.landlock = (uint32_t)landlock,
	};
	uint8_t room[SHORT_MAX];
	struct channel_received received = { .room = room, .room_size = sizeof(room) };

	if (send_message(uplink, &message, -1) != UPLINK_OK ||
	    receive_message(uplink, &received, true, &message) != UPLINK_OK)
		return UPLINK_MONITOR_GONE;
	if (message.kind != MESSAGE_SERVE) {
		if (received.passed >= 0)
			(void)close(received.passed);
		return lose(uplink);
	}
	*connects_first = message.connects_first;
	return UPLINK_OK;
}

enum uplink_result
uplink_has_connected(struct uplink *uplink)
{
	const struct message message = { .kind = MESSAGE_READY, .stage = MESSAGE_HAS_CONNECTED };

	return send_message(uplink, &message, -1);
}

enum uplink_result
uplink_next(struct uplink *uplink, struct message *request)
{
	struct channel_received received = {
		.room = uplink->room,
		.room_size = MESSAGE_SIZE_MAX,
	};

	for (;;) {
		if (receive_message(uplink, &received, true, request) != UPLINK_OK)
			return UPLINK_MONITOR_GONE;
		if (request->kind == MESSAGE_REQUEST)
			return UPLINK_OK;
		if (received.passed >= 0)
			(void)close(received.passed);
		/* a connection that arrived after we had given up waiting for it */
		if (request->kind != MESSAGE_CONNECTED)
			return lose(uplink);
	}
}

enum uplink_result
uplink_outcome(struct uplink *uplink, const struct message *request, const struct outcome *outcome)
{
	const struct message message = {
		.kind = MESSAGE_OUTCOME,
		.number = request->number,
		.outcome = *outcome,
	};
	/* not on the stack, which the compiler would wipe: 12 KiB for each outcome */
	static uint8_t room[MESSAGE_SMALL_MAX];
	struct view bytes = { room, message_write(&message, room) };

	wipe(uplink->room, MESSAGE_REQUEST_HEAD + request->text.size);
	if (uplink->lost || channel_send(uplink->channel, bytes, -1) < 0)
		return lose(uplink);
	return UPLINK_OK;
}

/* Waits for the connection that was requested last. Connections that arrive after we gave up on
 * them are closed. */
static enum uplink_result
await_connected(struct uplink *uplink, int64_t deadline, struct message *message, int *passed)
{
	struct pollfd fd = { uplink->channel, POLLIN, 0 };
	uint8_t room[SHORT_MAX];
	struct channel_received received = { .room = room, .room_size = sizeof(room) };
	enum uplink_result result;

	for (;;) {
		int ready = poll(&fd, 1, clock_poll_timeout(deadline));

		if (ready < 0 && errno != EINTR)
			return lose(uplink);
		if (ready == 0)
			return UPLINK_TIMED_OUT;
		if (ready < 0)
			continue;
		result = receive_message(uplink, &received, false, message);
		if (result == UPLINK_TIMED_OUT)
			continue;
		if (result != UPLINK_OK || message->kind != MESSAGE_CONNECTED)
			return lose(uplink);
		if (message->number == uplink->id) {
			*passed = received.passed;
			return UPLINK_OK;
		}
		if (received.passed >= 0)
			(void)close(received.passed);
	}
}

enum uplink_result
uplink_connect(struct uplink *uplink, uint32_t endpoint, int64_t deadline,
	       struct uplink_connection *connection)
{
	struct message message = {
		.kind = MESSAGE_CONNECT,
		.number = ++uplink->id,
		.endpoint = endpoint,
	};
	enum uplink_result result;

	*connection = (struct uplink_connection){ -1, 0, 0, 0 };
	result = send_message(uplink, &message, -1);
	if (result == UPLINK_OK)
		result = await_connected(uplink, deadline, &message, &connection->socket);
	if (result != UPLINK_OK)
		return result;
	connection->error = message.error;
	connection->resolve_us = message.resolve_us;
	connection->connect_us = message.connect_us;
	return connection->socket >= 0 ? UPLINK_OK : UPLINK_FAILED;
}

/* Takes an unexpected message off the channel: a connection that arrived after we gave up on it.
 * False when it is another message, or the monitor is gone. */
static bool
take_unexpected(struct uplink *uplink)
{
	uint8_t room[SHORT_MAX];
	struct channel_received received = { .room = room, .room_size = sizeof(room) };
	struct message message;
	enum uplink_result result = receive_message(uplink, &received, false, &message);

	if (result == UPLINK_OK && received.passed >= 0)
		(void)close(received.passed);
	return result == UPLINK_TIMED_OUT ||
	       (result == UPLINK_OK && message.kind == MESSAGE_CONNECTED);
}

enum uplink_result
uplink_wait(struct uplink *uplink, int socket, short events, int64_t deadline, short *happened)
{
	struct pollfd fds[] = {
		{ socket, events, 0 },
		{ uplink->channel, POLLIN, 0 },
	};

	while (!uplink->lost) {
		int timeout = clock_poll_timeout(deadline), ready = poll(fds, 2, timeout);

		if (ready < 0 && errno != EINTR)
			return lose(uplink);
		/* there is always something to read from a peer that sends without end */
		if (ready == 0 || timeout == 0)
			return UPLINK_TIMED_OUT;
		if (ready < 0)
			continue;
		if (fds[1].revents != 0 && !take_unexpected(uplink))
			return lose(uplink);
		*happened = fds[0].revents;
		if (*happened != 0)
			return UPLINK_OK;
	}
	return UPLINK_MONITOR_GONE;
}

void
uplink_note(struct uplink *uplink, enum log_level level, const char *text)
{
	const struct message message = {
		.kind = MESSAGE_NOTE,
		.level = level,
		.text = outcome_text(text),
	};

	(void)send_message(uplink, &message, -1);
}
