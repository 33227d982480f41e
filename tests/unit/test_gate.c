/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "unit.h"

#include "base/clock.h"
#include "base/fault.h"
#include "core/frame.h"
#include "ipc/message.h"
#include "monitor/gate.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

static const size_t lengths[] = { 0, 1, 255, 256, 32767, 32768, 65535 };

/* A gate, and the server's ends of its pipes. */
struct stage {
	struct gate gate;
	int requests, replies;
};

static struct stage stage;

static int
set_up(void **state)
{
	int requests[2], replies[2];
	struct fault fault;

	*state = &stage;
	if (pipe2(requests, O_NONBLOCK) < 0 || pipe2(replies, O_NONBLOCK) < 0)
		return -1;
	(void)fcntl(requests[1], F_SETPIPE_SZ, 1 << 18);
	stage.requests = requests[1];
	stage.replies = replies[0];
	return gate_open(&stage.gate, requests[0], replies[1], &fault);
}

static int
tear_down(void **state)
{
	(void)state;
	(void)close(stage.gate.in);
	(void)close(stage.gate.out);
	(void)close(stage.requests);
	(void)close(stage.replies);
	return 0;
}

static void
send_bytes(const uint8_t *bytes, size_t size)
{
	assert_int_equal(write(stage.requests, bytes, size), size);
}

/* Sends a frame of `length` bytes, all of them `fill`. */
static void
send_frame(size_t length, uint8_t fill)
{
	static uint8_t frame[FRAME_SIZE_MAX];

	frame[0] = (uint8_t)(length >> 8);
	frame[1] = (uint8_t)length;
	memset(frame + 2, fill, length);
	send_bytes(frame, 2 + length);
}

/* Lets the gate go on until it has nothing to do. */
static void
turn(void)
{
	struct pollfd fds[GATE_FDS];
	nfds_t count;

	do {
		count = gate_wait(&stage.gate, fds);
		if (poll(fds, count, 0) < 1)
			break;
		gate_step(&stage.gate, fds, CLOCK_SECOND);
	} while (stage.gate.phase == GATE_READING && !stage.gate.server_gone);
}

static struct view
payload(void)
{
	struct view request = gate_request(&stage.gate);

	return (struct view){ request.data + MESSAGE_REQUEST_HEAD,
			      request.size - MESSAGE_REQUEST_HEAD };
}

static void
expect_reply(uint8_t code)
{
	uint8_t reply[FRAME_REPLY_SIZE + 1];

	assert_int_equal(read(stage.replies, reply, sizeof(reply)), FRAME_REPLY_SIZE);
	assert_memory_equal(reply, "\0\2\0", 3);
	assert_int_equal(reply[3], code);
}

static void
a_frame_of_every_length_is_found_whole_and_answered_once(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(lengths); i++) {
		send_frame(lengths[i], 'x');
		turn();
		assert_int_equal(stage.gate.phase, GATE_WHOLE);
		assert_int_equal(stage.gate.number, i + 1);
		assert_int_equal(payload().size, lengths[i]);
		for (j = 0; j < lengths[i]; j++)
			assert_int_equal(payload().data[j], 'x');
		gate_handed_over(&stage.gate);
		gate_reply(&stage.gate, FRAME_REPLY_YES);
		expect_reply(1);
		assert_true(gate_is_between(&stage.gate));
	}
}

static void
no_frame_has_the_number_that_means_none(void **state)
{
	(void)state;
	stage.gate.number = UINT32_MAX;
	send_frame(1, 'x');
	turn();
	assert_int_equal(stage.gate.phase, GATE_WHOLE);
	assert_int_equal(stage.gate.number, 1);
}

static void
a_frame_is_not_whole_before_its_last_byte(void **state)
{
	static const uint8_t frame[] = { 0, 3, 'a', 'b', 'c' };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(frame); i++) {
		assert_int_equal(stage.gate.phase, GATE_READING);
		send_bytes(frame + i, 1);
		turn();
		assert_false(gate_is_between(&stage.gate));
	}
	assert_int_equal(stage.gate.phase, GATE_WHOLE);
	assert_view_equal(payload(), VIEW("abc"));
}

static void
two_frames_at_once_come_out_one_after_the_other(void **state)
{
	(void)state;
	send_frame(3, 'a');
	send_frame(5, 'b');
	turn();
	assert_view_equal(payload(), VIEW("aaa"));
	gate_reply(&stage.gate, FRAME_REPLY_NO);
	expect_reply(0);
	turn();
	assert_view_equal(payload(), VIEW("bbbbb"));
	gate_reply(&stage.gate, FRAME_REPLY_UNKNOWN);
	expect_reply(2);
}

static void
what_was_handed_over_is_wiped(void **state)
{
	const uint8_t *message = gate_room(&stage.gate);
	size_t i;

	(void)state;
	send_frame(1000, 'p');
	turn();
	assert_int_equal(message[MESSAGE_REQUEST_HEAD], 'p');
	gate_handed_over(&stage.gate);
	for (i = 0; i < MESSAGE_REQUEST_HEAD + 1000; i++)
		assert_int_equal(message[i], 0);
}

static void
a_request_that_was_not_read_is_whole_again(void **state)
{
	struct view request;
	uint8_t copy[MESSAGE_REQUEST_HEAD + 4];

	(void)state;
	send_frame(4, 'r');
	turn();
	request = gate_request(&stage.gate);
	assert_int_equal(request.size, sizeof(copy));
	memcpy(copy, request.data, sizeof(copy));
	gate_handed_over(&stage.gate);
	memcpy(gate_room(&stage.gate), copy, sizeof(copy));
	gate_taken_back(&stage.gate);
	assert_int_equal(stage.gate.phase, GATE_WHOLE);
	assert_view_equal(payload(), VIEW("rrrr"));
}

static void
a_reply_waits_for_a_host_that_does_not_read(void **state)
{
	static const uint8_t full[4096];
	uint8_t rest[4096];

	(void)state;
	while (write(stage.gate.out, full, sizeof(full)) > 0)
		;
	send_frame(1, 'x');
	turn();
	gate_reply(&stage.gate, FRAME_REPLY_YES);
	assert_int_equal(stage.gate.phase, GATE_REPLYING);
	turn();
	assert_int_equal(stage.gate.phase, GATE_REPLYING);
	while (read(stage.replies, rest, sizeof(rest)) > 0)
		;
	turn();
	expect_reply(1);
	assert_true(gate_is_between(&stage.gate));
}

static void
a_hang_up_is_noticed_in_every_phase(void **state)
{
	(void)state;
	send_frame(1, 'x');
	turn();
	assert_false(stage.gate.server_gone);
	(void)close(stage.requests);
	turn();
	assert_true(stage.gate.server_gone);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_frame_of_every_length_is_found_whole_and_answered_once),
		TEST(no_frame_has_the_number_that_means_none),
		TEST(a_frame_is_not_whole_before_its_last_byte),
		TEST(two_frames_at_once_come_out_one_after_the_other),
		TEST(what_was_handed_over_is_wiped),
		TEST(a_request_that_was_not_read_is_whole_again),
		TEST(a_reply_waits_for_a_host_that_does_not_read),
		TEST(a_hang_up_is_noticed_in_every_phase),
	};

	return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
