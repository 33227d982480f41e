/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "messages.h"

#include "fuzz.h"

#include <sys/socket.h>
#include <unistd.h>

#define DESCRIPTORS_MAX 7

static void
send_one(int end, struct view bytes, size_t descriptors)
{
	uint8_t copy[BYTES_MAX];
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
	size_t count, size;

	for (count = 0; count < MESSAGES_MAX && input->size > 0; count++) {
		struct sent *one = &sent[count];

		size = take_byte(input);
		size = (size << 8 | take_byte(input)) % (BYTES_MAX + 1);
		one->descriptors = take_byte(input) % (DESCRIPTORS_MAX + 1);
		one->has_credentials = has_credentials;
		one->bytes = take_bytes(input, size);
		send_one(ends[0], one->bytes, one->descriptors);
	}
	return count;
}

bool
messages_is_sound(const struct sent *sent)
{
	return sent->descriptors <= 1 && !sent->has_credentials && !messages_is_end(sent);
}

bool
messages_is_end(const struct sent *sent)
{
	return sent->bytes.size == 0 && (sent->descriptors == 0 || sent->has_credentials);
}

int
messages_lowest_free(void)
{
	int fd = dup(STDERR_FILENO);

	MUST(fd >= 0 && close(fd) == 0);
	return fd;
}
