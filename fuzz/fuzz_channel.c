/* SPDX-License-Identifier: ISC */
/*
 * What arrives on the channel at the worker, from a monitor that cannot be trusted: first received
 * by the channel, then by the uplink while it waits for a connection. The input is a list of
 * messages (messages.h) after what failures.h describes.
 */
#include "fuzz.h"

#include "failures.h"
#include "ipc/channel.h"
#include "ipc/message.h"
#include "ipc/uplink.h"
#include "messages.h"

#include <unistd.h>

#define SHORT_MAX 64 /* see uplink.c */

static struct sent sent[MESSAGES_MAX];

/* Every message is received as what it is. */
static void
check_channel(struct view input, int ends[2])
{
	size_t i, count = messages_send(&input, ends, sent);
	enum channel_result result = CHANNEL_EMPTY;
	uint8_t room[BYTES_MAX];

	for (i = 0; i < count && result != CHANNEL_CLOSED; i++) {
		struct channel_received received = { .room = room, .room_size = sizeof(room) };

		result = channel_receive(ends[1], &received, false);
		MUST((result == CHANNEL_MESSAGE) == messages_is_sound(&sent[i]));
		/* a message of no bytes looks like the end of a stream */
		MUST((result == CHANNEL_CLOSED) == messages_is_end(&sent[i]));
		MUST((received.passed >= 0) ==
		     (result == CHANNEL_MESSAGE && sent[i].descriptors == 1));
		if (result == CHANNEL_MESSAGE)
			MUST(received.size == sent[i].bytes.size &&
			     memcmp(room, sent[i].bytes.data, received.size) == 0);
		if (received.passed >= 0)
			(void)close(received.passed);
	}
}

/* What a worker must conclude from them when it waits for the connection `id`. */
static enum uplink_result
expected(size_t count, uint32_t id)
{
	static struct outcome_peer unused;
	struct message message;
	size_t i;

	for (i = 0; i < count; i++) {
		message.outcome = (struct outcome){ .peer = &unused };
		if (!messages_is_sound(&sent[i]) || sent[i].bytes.size > SHORT_MAX ||
		    message_read(sent[i].bytes, &message) < 0 ||
		    message.kind != MESSAGE_CONNECTED ||
		    (message.error == 0) != (sent[i].descriptors == 1))
			return UPLINK_MONITOR_GONE;
		if (message.number == id)
			return message.error == 0 ? UPLINK_OK : UPLINK_FAILED;
	}
	return UPLINK_TIMED_OUT;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int ends[2], lowest;
	struct view input = { data, size };
	bool fails = failures_start(&input);
	struct uplink uplink = { .channel = -1 };
	struct uplink_connection connection;
	enum uplink_result result;
	size_t count;

	failures_stop();
	MUST(channel_open(ends) == 0);
	lowest = messages_lowest_free();
	check_channel(input, ends);
	MUST(messages_lowest_free() == lowest);
	MUST(close(ends[0]) == 0 && close(ends[1]) == 0);

	MUST(channel_open(ends) == 0);
	uplink.channel = ends[1];
	count = messages_send(&input, ends, sent);
	input = (struct view){ data, size };
	(void)failures_start(&input);
	result = uplink_connect(&uplink, 0, 0, &connection);
	failures_stop();
	MUST(fails || result == expected(count, uplink.id));
	MUST((connection.socket >= 0) == (result == UPLINK_OK));
	if (result == UPLINK_OK)
		(void)close(connection.socket);
	MUST(messages_lowest_free() == lowest);
	MUST(close(ends[0]) == 0 && close(ends[1]) == 0);
	return 0;
}
