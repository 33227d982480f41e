/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "ipc/channel.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Room for one descriptor more than a message may carry, so that an extra one
 * is seen and closed by us instead of being cut by the kernel. */
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
channel_send(int end, const struct channel_message *message, int passed)
{
	struct iovec part = { (void *)message, sizeof(*message) };
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
	do {
		sent = sendmsg(end, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)sizeof(*message) ? 0 : -1;
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
channel_receive(int end, struct channel_message *message, int *passed)
{
	struct channel_message received;
	struct iovec part = { &received, sizeof(received) };
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

	*passed = -1;
	do {
		size = recvmsg(end, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	} while (size < 0 && errno == EINTR);
	if (size < 0 && errno == EAGAIN)
		return CHANNEL_EMPTY;
	if (size < 0)
		return errno == ECONNRESET ? CHANNEL_CLOSED : CHANNEL_BROKEN;

	/* a message of no bytes looks like the end, but may carry descriptors */
	count = take_descriptors(&header, descriptors);
	if (size == 0 && count == 0)
		return CHANNEL_CLOSED;
	if (size != (ssize_t)sizeof(received) || count > 1 ||
	    (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
		while (count > 0)
			(void)close(descriptors[--count]);
		return CHANNEL_BROKEN;
	}
	if (count == 1)
		*passed = descriptors[0];
	*message = received;
	return CHANNEL_MESSAGE;
}
