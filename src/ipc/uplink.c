/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "ipc/uplink.h"

#include "base/clock.h"
#include "ipc/channel.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define HANG_UP (POLLHUP | POLLERR | POLLNVAL)

bool
uplink_host_is_gone(const struct uplink *uplink)
{
	struct pollfd host = { uplink->host, 0, 0 };

	return poll(&host, 1, 0) == 1 && (host.revents & HANG_UP) != 0;
}

/* Takes one message off the channel. RETIRE is noted here; what is left for the
 * caller is the answer it waits for. UPLINK_FAILED: there was none. */
static enum uplink_result
receive(struct uplink *uplink, struct channel_message *message, int *passed)
{
	switch (channel_receive(uplink->channel, message, passed)) {
	case CHANNEL_MESSAGE:
		break;
	case CHANNEL_EMPTY:
		return UPLINK_FAILED;
	case CHANNEL_CLOSED:
	case CHANNEL_BROKEN:
		return UPLINK_MONITOR_GONE;
	}
	if (message->kind == CHANNEL_CONNECTED)
		return UPLINK_OK;
	if (*passed >= 0) {
		(void)close(*passed);
		return UPLINK_MONITOR_GONE;
	}
	if (message->kind == CHANNEL_RETIRE)
		uplink->retiring = true;
	else if (message->kind != CHANNEL_SERVE)
		return UPLINK_MONITOR_GONE;
	return message->kind == CHANNEL_SERVE ? UPLINK_OK : UPLINK_FAILED;
}

/* Waits for a message of the wanted kind, at most until the deadline. Late
 * answers to requests that were given up are closed on the way. */
static enum uplink_result
await(struct uplink *uplink, enum channel_kind kind, int64_t deadline,
      struct channel_message *message, int *passed)
{
	struct pollfd fds[] = {
		{ uplink->channel, POLLIN, 0 },
		{ uplink->host, 0, 0 },
	};
	enum uplink_result result;

	for (;;) {
		int ready = poll(fds, 2, clock_poll_timeout(deadline));

		if (ready < 0 && errno != EINTR)
			return UPLINK_MONITOR_GONE;
		if (ready == 0)
			return UPLINK_TIMED_OUT;
		if (ready < 0)
			continue;
		if ((fds[1].revents & HANG_UP) != 0)
			return UPLINK_HOST_GONE;
		result = receive(uplink, message, passed);
		if (result == UPLINK_MONITOR_GONE)
			return result;
		if (result == UPLINK_FAILED)
			continue;
		if (message->kind == kind &&
		    (kind != CHANNEL_CONNECTED || message->id == uplink->id))
			return UPLINK_OK;
		if (*passed >= 0)
			(void)close(*passed);
	}
}

enum uplink_result
uplink_ready(struct uplink *uplink, int landlock, int status)
{
	struct channel_message message = { .kind = CHANNEL_READY, .error = landlock };
	int passed;

	if (channel_send(uplink->channel, &message, status) < 0)
		return UPLINK_MONITOR_GONE;
	return await(uplink, CHANNEL_SERVE, CLOCK_NEVER, &message, &passed);
}

enum uplink_result
uplink_connect(struct uplink *uplink, uint32_t endpoint, int64_t deadline,
	       struct uplink_connection *connection)
{
	struct channel_message message = {
		.kind = CHANNEL_CONNECT,
		.id = ++uplink->id,
		.endpoint = endpoint,
	};
	enum uplink_result result;
	int passed = -1;

	*connection = (struct uplink_connection){ -1, 0, 0, 0 };
	if (channel_send(uplink->channel, &message, -1) < 0)
		return UPLINK_MONITOR_GONE;
	result = await(uplink, CHANNEL_CONNECTED, deadline, &message, &passed);
	if (result != UPLINK_OK)
		return result;
	connection->socket = passed;
	connection->error = message.error;
	connection->resolve_us = message.resolve_us;
	connection->connect_us = message.connect_us;
	return passed >= 0 ? UPLINK_OK : UPLINK_FAILED;
}

/* Takes a message off the channel that nobody waits for. False when the monitor is
 * gone. */
static bool
take_unasked(struct uplink *uplink)
{
	struct channel_message message;
	int passed = -1;
	enum uplink_result result = receive(uplink, &message, &passed);

	if (result == UPLINK_OK && passed >= 0)
		(void)close(passed);
	return result != UPLINK_MONITOR_GONE;
}

enum uplink_result
uplink_wait(struct uplink *uplink, int socket, short events, int64_t deadline, short *happened)
{
	struct pollfd fds[] = {
		{ socket, events, 0 },
		{ uplink->channel, POLLIN, 0 },
		{ uplink->host, 0, 0 }, /* hang-up only: a next frame may wait */
	};

	for (;;) {
		int ready = poll(fds, 3, clock_poll_timeout(deadline));

		if (ready < 0 && errno != EINTR)
			return UPLINK_MONITOR_GONE;
		if (ready == 0)
			return UPLINK_TIMED_OUT;
		if (ready < 0)
			continue;
		if ((fds[2].revents & HANG_UP) != 0)
			return UPLINK_HOST_GONE;
		if (fds[1].revents != 0 && !take_unasked(uplink))
			return UPLINK_MONITOR_GONE;
		*happened = fds[0].revents;
		if (*happened != 0)
			return UPLINK_OK;
	}
}

enum uplink_result
uplink_wait_host(struct uplink *uplink, bool could_retire)
{
	struct pollfd fds[] = {
		{ uplink->host, POLLIN, 0 },
		{ uplink->channel, POLLIN, 0 },
	};
	for (;;) {
		int ready = poll(fds, 2, -1);

		if (ready < 0 && errno != EINTR)
			return UPLINK_MONITOR_GONE;
		if (ready <= 0)
			continue;
		if (fds[1].revents != 0) {
			if (!take_unasked(uplink))
				return UPLINK_MONITOR_GONE;
			if (could_retire && uplink->retiring)
				return UPLINK_OK;
		}
		if (fds[0].revents != 0)
			return UPLINK_OK;
	}
}
