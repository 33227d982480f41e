/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "channel_ends.h"
#include "unit.h"

#include "ipc/channel.h"
#include "ipc/message.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* The lowest free descriptor: grows when one is leaked. */
static int
lowest_free(void)
{
	int fd = dup(STDIN_FILENO);

	(void)close(fd);
	return fd;
}

/* Sends raw bytes with `count` copies of standard input's descriptor. */
static void
send_raw(const void *bytes, size_t size, size_t count)
{
	struct iovec part = { (void *)bytes, size };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	char control[CMSG_SPACE(sizeof(int) * 8)];

	if (count > 0) {
		struct cmsghdr *item;
		size_t i;

		memset(control, 0, sizeof(control));
		header.msg_control = control;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		item = CMSG_FIRSTHDR(&header);
		item->cmsg_level = SOL_SOCKET;
		item->cmsg_type = SCM_RIGHTS;
		item->cmsg_len = CMSG_LEN(sizeof(int) * count);
		for (i = 0; i < count; i++)
			memcpy(CMSG_DATA(item) + i * sizeof(int), &(int){ STDIN_FILENO },
			       sizeof(int));
	}
	assert_int_equal(sendmsg(ends[0], &header, 0), size);
}

static uint8_t room[256];

/* Receives without waiting, and says what came. */
static enum channel_result
receive(struct channel_received *received)
{
	*received = (struct channel_received){ .room = room, .room_size = sizeof(room) };
	return channel_receive(ends[1], received, false);
}

static void
bytes_arrive_as_they_were_sent(void **state)
{
	struct view sent = VIEW("a message\0of bytes");
	struct channel_received received;

	(void)state;
	assert_int_equal(receive(&received), CHANNEL_EMPTY);
	assert_int_equal(channel_send(ends[0], sent, -1), 0);
	assert_int_equal(channel_send(ends[0], VIEW("x"), -1), 0);
	assert_int_equal(receive(&received), CHANNEL_MESSAGE);
	assert_view_equal(((struct view){ room, received.size }), sent);
	assert_int_equal(received.passed, -1);
	assert_int_equal(receive(&received), CHANNEL_MESSAGE);
	assert_int_equal(received.size, 1);
	assert_int_equal(receive(&received), CHANNEL_EMPTY);
}

static void
the_largest_request_arrives_in_one_piece(void **state)
{
	static uint8_t sent[MESSAGE_SIZE_MAX], got[MESSAGE_SIZE_MAX];
	struct channel_received received = { .room = got, .room_size = sizeof(got) };

	(void)state;
	memset(sent, 'x', sizeof(sent));
	assert_int_equal(channel_send(ends[0], (struct view){ sent, sizeof(sent) }, -1), 0);
	assert_int_equal(channel_receive(ends[1], &received, true), CHANNEL_MESSAGE);
	assert_int_equal(received.size, sizeof(sent));
	assert_memory_equal(sent, got, sizeof(sent));
}

static void
a_descriptor_arrives_with_its_message_and_closes_on_exec(void **state)
{
	struct channel_received received;

	(void)state;
	assert_int_equal(channel_send(ends[0], VIEW("x"), STDIN_FILENO), 0);
	assert_int_equal(receive(&received), CHANNEL_MESSAGE);
	assert_true(received.passed > STDERR_FILENO);
	assert_int_equal(fcntl(received.passed, F_GETFD), FD_CLOEXEC);
	(void)close(received.passed);
}

static void
what_is_cut_or_brings_too_much_is_broken_and_leaks_nothing(void **state)
{
	static const struct {
		size_t size, descriptors;
	} rows[] = {
		{ sizeof(room) + 1, 0 },
		{ sizeof(room) + 1, 1 },
		{ 10, 2 },
		{ 10, 3 },
		{ 10, 8 },
		{ 1, 8 },
		{ 0, 8 },
		{ 0, 2 },
	};
	char bytes[sizeof(room) + 1] = { 1 };
	struct channel_received received;
	int free_before = lowest_free();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		send_raw(bytes, rows[i].size, rows[i].descriptors);
		assert_int_equal(receive(&received), CHANNEL_BROKEN);
		assert_int_equal(received.passed, -1);
		assert_int_equal(lowest_free(), free_before);
	}
}

static void
a_closed_end_is_noticed(void **state)
{
	struct channel_received received;

	(void)state;
	(void)close(ends[0]);
	assert_int_equal(receive(&received), CHANNEL_CLOSED);
	assert_int_equal(channel_send(ends[1], VIEW("x"), -1), -1);
	ends[0] = -1;
}

static void
a_reader_that_sleeps_does_not_hold_up_the_sender(void **state)
{
	int sent = 0;

	(void)state;
	while (channel_send(ends[0], VIEW("x"), -1) == 0)
		assert_true(++sent < 1000000);
	assert_true(sent > 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_channel, close_channel)
	const struct CMUnitTest tests[] = {
		TEST(bytes_arrive_as_they_were_sent),
		TEST(the_largest_request_arrives_in_one_piece),
		TEST(a_descriptor_arrives_with_its_message_and_closes_on_exec),
		TEST(what_is_cut_or_brings_too_much_is_broken_and_leaks_nothing),
		TEST(a_closed_end_is_noticed),
		TEST(a_reader_that_sleeps_does_not_hold_up_the_sender),
	};

	return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
