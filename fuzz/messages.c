/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "messages.h"

#include "fuzz.h"

#include <sys/socket.h>
#include <unistd.h>

#define SIZE_MAX_SENT	40
#define DESCRIPTORS_MAX 7

static void
send_one(int end, struct view bytes, size_t descriptors)
{
	uint8_t copy[SIZE_MAX_SENT];
	struct iovec part = { copy, bytes.size };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	union {
		char bytes[CMSG_SPACE(sizeof(int) * DESCRIPTORS_MAX)];
		struct cmsghdr alignment;
	} control;
	int numbers[DESCRIPTORS_MAX];
	size_t i;

	memcpy(copy, bytes.data, bytes.size);
	if (descriptors > 0) {
		struct cmsghdr *item;

		memset(&control, 0, sizeof(control));
		header.msg_control = control.bytes;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors);
		item = CMSG_FIRSTHDR(&header);
		item->cmsg_level = SOL_SOCKET;
		item->cmsg_type = SCM_RIGHTS;
		item->cmsg_len = CMSG_LEN(sizeof(int) * descriptors);
		for (i = 0; i < descriptors; i++)
			numbers[i] = STDERR_FILENO;
		memcpy(CMSG_DATA(item), numbers, sizeof(int) * descriptors);
	}
	MUST(sendmsg(end, &header, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)bytes.size);
}

static bool
ask_for_credentials(struct view *input, int end)
{
	const int on = 1;

	if (input->size == 0 || input->data[0] != '@')
		return false;
	(void)take_byte(input);
	MUST(setsockopt(end, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0);
	return true;
}

size_t
messages_send(struct view *input, const int ends[2], struct sent sent[MESSAGES_MAX])
{
	bool has_credentials = ask_for_credentials(input, ends[1]);
	size_t count;

	for (count = 0; count < MESSAGES_MAX && input->size > 0; count++) {
		struct sent *one = &sent[count];
		struct view bytes;

		memset(one, 0, sizeof(*one));
		one->size = take_byte(input) % (SIZE_MAX_SENT + 1);
		one->descriptors = take_byte(input) % (DESCRIPTORS_MAX + 1);
		one->has_credentials = has_credentials;
		bytes = take_bytes(input, one->size);
		one->size = bytes.size;
		if (bytes.size == sizeof(one->message))
			memcpy(&one->message, bytes.data, bytes.size);
		send_one(ends[0], bytes, one->descriptors);
	}
	return count;
}

bool
messages_is_sound(const struct sent *sent)
{
	return sent->size == sizeof(sent->message) && sent->descriptors <= 1 &&
	       !sent->has_credentials;
}

bool
messages_is_end(const struct sent *sent)
{
	return sent->size == 0 && (sent->descriptors == 0 || sent->has_credentials);
}

enum uplink_result
messages_expected(const struct sent sent[], size_t count, uint32_t id)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const struct channel_message *message = &sent[i].message;

		if (!messages_is_sound(&sent[i]))
			return UPLINK_MONITOR_GONE;
		if (message->kind == CHANNEL_CONNECTED && message->id == id)
			return sent[i].descriptors == 1 ? UPLINK_OK : UPLINK_FAILED;
		if (message->kind == CHANNEL_CONNECTED)
			continue; /* late */
		if (sent[i].descriptors > 0 ||
		    (message->kind != CHANNEL_RETIRE && message->kind != CHANNEL_SERVE))
			return UPLINK_MONITOR_GONE;
	}
	return UPLINK_TIMED_OUT;
}

int
messages_lowest_free(void)
{
	int fd = dup(STDERR_FILENO);

	MUST(fd >= 0 && close(fd) == 0);
	return fd;
}
