/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "ipc/channel.h"

#include "ipc/message.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Room for one descriptor more than a message may carry: we see the extra one and close it,
 * instead of the kernel cutting it off. */
#define PASSED_MAX 2

union control {
	char bytes[CMSG_SPACE(sizeof(int) * PASSED_MAX)];
	struct cmsghdr alignment;
};

int
channel_open(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

int
channel_send(int end, struct view bytes, int passed)
{
	struct iovec part = { (void *)bytes.data, bytes.size };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	union control control;
	struct cmsghdr *item;
	ssize_t sent;

	if (passed >= 0) {
		memset(&control, 0, sizeof(control));
		header.msg_control = control.bytes;
		header.msg_controllen = CMSG_SPACE(sizeof(int));
		item = CMSG_FIRSTHDR(&header);
		item->cmsg_level = SOL_SOCKET;
		item->cmsg_type = SCM_RIGHTS;
		item->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(item), &passed, sizeof(passed));
	}
	do { /* a sealed worker has no sendmsg(2) */
		sent = passed >= 0 ? sendmsg(end, &header, MSG_NOSIGNAL | MSG_DONTWAIT)
				   : send(end, bytes.data, bytes.size, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)bytes.size ? 0 : -1;
}

int
channel_send_message(int end, const struct message *message, int passed)
{
	uint8_t room[MESSAGE_SMALL_MAX];
	struct view bytes = { room, 0 };

	bytes.size = message_write(message, room);
	return channel_send(end, bytes, passed);
}

/* Takes the descriptors out of a received header. Returns how many there are. */
static size_t
take_descriptors(struct msghdr *header, int descriptors[PASSED_MAX])
{
	struct cmsghdr *item;
	size_t count = 0, length;

	for (item = CMSG_FIRSTHDR(header); item != NULL; item = CMSG_NXTHDR(header, item)) {
		if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS)
			continue;
		for (length = CMSG_LEN(sizeof(int)); length <= item->cmsg_len && count < PASSED_MAX;
		     length += sizeof(int)) {
			memcpy(&descriptors[count],
			       CMSG_DATA(item) + (length - CMSG_LEN(sizeof(int))), sizeof(int));
			count++;
		}
	}
	return count;
}

enum channel_result
channel_receive(int end, struct channel_received *received, bool waits)
{
	struct iovec part = { received->room, received->room_size };
	union control control;
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	int descriptors[PASSED_MAX];
	size_t count;
	ssize_t size;

	received->passed = -1;
	received->size = 0;
	do {
		size = recvmsg(end, &header, MSG_CMSG_CLOEXEC | (waits ? 0 : MSG_DONTWAIT));
	} while (size < 0 && errno == EINTR);
	if (size < 0 && errno == EAGAIN)
		return CHANNEL_EMPTY;
	if (size < 0)
		return errno == ECONNRESET ? CHANNEL_CLOSED : CHANNEL_BROKEN;

	/* a message of no bytes looks like the end, but may carry descriptors */
	count = take_descriptors(&header, descriptors);
	if (size == 0 && count == 0)
		return CHANNEL_CLOSED;
	if (count > 1 || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
		while (count > 0)
			(void)close(descriptors[--count]);
		return CHANNEL_BROKEN;
	}
	if (count == 1)
		received->passed = descriptors[0];
	received->size = (size_t)size;
	return CHANNEL_MESSAGE;
}
