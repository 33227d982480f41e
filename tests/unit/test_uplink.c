/* SPDX-License-Identifier: ISC */
/*
 * A worker without a monitor: every call fails, and none waits.
 */
#include "channel_ends.h"
#include "unit.h"

#include "base/clock.h"
#include "base/log_level.h"
#include "ipc/channel.h"
#include "ipc/message.h"
#include "ipc/outcome.h"
#include "ipc/uplink.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static uint8_t room[MESSAGE_SIZE_MAX];
static struct uplink uplink;

static int
open_uplink(void **state)
{
	int result = open_channel(state);

	uplink = (struct uplink){ .channel = ends[1], .room = room };
	return result;
}

static void
send_request(void)
{
	uint8_t bytes[MESSAGE_REQUEST_HEAD + 1] = { 0 };

	message_write_request(1, clock_now() + CLOCK_SECOND, bytes);
	assert_int_equal(channel_send(ends[0], (struct view){ bytes, sizeof(bytes) }, -1), 0);
}

/* Every call of a worker. One that waits runs into the test's alarm. */
static void
assert_lost(void)
{
	const struct outcome outcome = { .kind = OUTCOME_MALFORMED };
	const struct message done = { .kind = MESSAGE_REQUEST, .number = 1 };
	struct uplink_connection connection;
	struct message message;
	bool connects_first;
	short happened;

	(void)alarm(5);
	assert_true(uplink.lost);
	assert_int_equal(uplink_next(&uplink, &message), UPLINK_MONITOR_GONE);
	assert_int_equal(uplink_connect(&uplink, 0, CLOCK_NEVER, &connection), UPLINK_MONITOR_GONE);
	assert_int_equal(connection.socket, -1);
	assert_int_equal(uplink_wait(&uplink, -1, POLLIN, CLOCK_NEVER, &happened),
			 UPLINK_MONITOR_GONE);
	assert_int_equal(uplink_outcome(&uplink, &done, &outcome), UPLINK_MONITOR_GONE);
	assert_int_equal(uplink_ready(&uplink, 0, &connects_first), UPLINK_MONITOR_GONE);
	assert_int_equal(uplink_introduce(&uplink, STDIN_FILENO), UPLINK_MONITOR_GONE);
	assert_int_equal(uplink_has_connected(&uplink), UPLINK_MONITOR_GONE);
	uplink_note(&uplink, LOG_INFO, "a note");
	(void)alarm(0);
}

static void
a_request_is_received(void **state)
{
	struct message message;

	(void)state;
	send_request();
	assert_int_equal(uplink_next(&uplink, &message), UPLINK_OK);
	assert_int_equal(message.number, 1);
	assert_false(uplink.lost);
}

static void
a_closed_channel_is_lost(void **state)
{
	struct message message;

	(void)state;
	assert_int_equal(shutdown(ends[0], SHUT_RDWR), 0);
	assert_int_equal(uplink_next(&uplink, &message), UPLINK_MONITOR_GONE);
	assert_lost();
}

/* A monitor that breaks the rules once is not trusted afterwards. */
static void
no_message_counts_after_one_that_is_none(void **state)
{
	struct message message;
	uint8_t byte;

	(void)state;
	assert_int_equal(channel_send(ends[0], VIEW("\xff"), -1), 0);
	assert_int_equal(uplink_next(&uplink, &message), UPLINK_MONITOR_GONE);
	assert_lost();
	send_request();
	assert_lost();
	assert_int_equal(recv(ends[0], &byte, 1, MSG_DONTWAIT), -1); /* and nothing is sent */
}

static void
a_monitor_that_goes_ends_the_wait_for_a_socket(void **state)
{
	int quiet[2];
	short happened;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, quiet), 0);
	assert_int_equal(shutdown(ends[0], SHUT_RDWR), 0);
	(void)alarm(5);
	assert_int_equal(uplink_wait(&uplink, quiet[0], POLLIN, CLOCK_NEVER, &happened),
			 UPLINK_MONITOR_GONE);
	assert_lost();
	(void)close(quiet[0]);
	(void)close(quiet[1]);
}

static void
a_socket_that_always_has_something_does_not_stop_the_clock(void **state)
{
	int busy[2];
	short happened;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, busy), 0);
	assert_int_equal(send(busy[1], "x", 1, 0), 1);
	assert_int_equal(uplink_wait(&uplink, busy[0], POLLIN, CLOCK_NEVER, &happened), UPLINK_OK);
	assert_int_equal(uplink_wait(&uplink, busy[0], POLLIN, clock_now() - 1, &happened),
			 UPLINK_TIMED_OUT);
	(void)close(busy[0]);
	(void)close(busy[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_request_is_received, open_uplink, close_channel),
		cmocka_unit_test_setup_teardown(
			a_socket_that_always_has_something_does_not_stop_the_clock, open_uplink,
			close_channel),
		cmocka_unit_test_setup_teardown(a_closed_channel_is_lost, open_uplink,
						close_channel),
		cmocka_unit_test_setup_teardown(no_message_counts_after_one_that_is_none,
						open_uplink, close_channel),
		cmocka_unit_test_setup_teardown(a_monitor_that_goes_ends_the_wait_for_a_socket,
						open_uplink, close_channel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
