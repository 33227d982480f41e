/* SPDX-License-Identifier: ISC */
/* Messages of a worker to its monitor that no unmodified worker sends. */
#define _GNU_SOURCE
#include "attacker.h"

#include "base/clock.h"
#include "base/log_level.h"
#include "base/view.h"
#include "core/operation.h"
#include "core/verdict.h"
#include "ipc/channel.h"
#include "ipc/message.h"
#include "ipc/outcome.h"
#include "ipc/worker_context.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define MANY 100000

/* Waits when the monitor is slower. False when it is gone. */
static bool
send_bytes(const struct scene *scene, const void *bytes, size_t size)
{
	struct pollfd room = { scene->channel, POLLOUT, 0 };

	while (send(scene->channel, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		if (errno != EAGAIN)
			return false;
		(void)poll(&room, 1, 1000);
	}
	return true;
}

static bool
say(const struct scene *scene, const struct message *message)
{
	uint8_t room[MESSAGE_SMALL_MAX];

	return send_bytes(scene, room, message_write(message, room));
}

/* The best possible outcome of a request. */
static struct message
yes(uint32_t number)
{
	return (struct message){
		.kind = MESSAGE_OUTCOME,
		.number = number,
		.outcome = { .kind = OUTCOME_ASKED,
			     .operation = OPERATION_AUTH,
			     .verdict = VERDICT_GRANTED,
			     .status = 200,
			     .attempts = 1 },
	};
}

static void
say_yes(const struct scene *scene, uint32_t number)
{
	struct message message = yes(number);

	(void)say(scene, &message);
}

/* Four yeses in advance, and then a death that makes another worker serve. */
static void
stock(const struct scene *scene)
{
	uint32_t i;

	for (i = argument_is(scene, "without its own") ? 1 : 0; i < 5; i++)
		say_yes(scene, scene->number + i);
	(void)getppid();
	survived();
}

static void
twice(const struct scene *scene)
{
	say_yes(scene, scene->number);
	say_yes(scene, scene->number);
	spin();
}

static void
other(const struct scene *scene)
{
	say_yes(scene, scene->number + (uint32_t)atoi(scene->argument));
	spin();
}

/* Request after request, a breaker that opens and closes. */
static void
flapping(const struct scene *scene)
{
	struct message message = yes(scene->number);
	uint8_t room[MESSAGE_SIZE_MAX];

	message.outcome.verdict = VERDICT_UNAVAILABLE;
	do {
		message.outcome.change = message.number % 2 == 0 ? BREAKER_OPENED : BREAKER_CLOSED;
		(void)say(scene, &message);
		message.number++;
	} while (recv(scene->channel, room, sizeof(room), 0) > 0);
}

/* An exit status that has a meaning before the seal only. */
static void
leave(const struct scene *scene)
{
	say_yes(scene, scene->number);
	_exit(WORKER_SEALED_OUT);
}

static void
late(const struct scene *scene)
{
	while (clock_now() < scene->deadline)
		(void)poll(NULL, 0, clock_poll_timeout(scene->deadline));
	(void)poll(NULL, 0, 200);
	say_yes(scene, scene->number);
}

/* Answers the next request without taking it from the channel, and dies with that one
 * and the one after it unread. */
static void
unread(const struct scene *scene)
{
	struct pollfd next = { scene->channel, POLLIN, 0 };

	say_yes(scene, scene->number);
	(void)poll(&next, 1, -1);
	say_yes(scene, scene->number + 1);
	(void)poll(NULL, 0, 300); /* there is no event for another one that follows it */
	(void)getppid();
	survived();
}

static void
contradictory(const struct scene *scene)
{
	struct message message = yes(scene->number);

	if (argument_is(scene, "status"))
		message.outcome.status = 404;
	else if (argument_is(scene, "attempts"))
		message.outcome.attempts = 0;
	else if (argument_is(scene, "local"))
		message.outcome.kind = OUTCOME_LOCAL;
	else if (argument_is(scene, "malformed"))
		message.outcome.kind = OUTCOME_MALFORMED;
	else if (argument_is(scene, "api"))
		message.outcome.api = 7;
	else if (argument_is(scene, "endpoint"))
		message.outcome.endpoint = UINT32_MAX;
	else if (argument_is(scene, "preferred"))
		message.outcome.memory.preferred = 15;
	else if (argument_is(scene, "breaker"))
		message.outcome.memory.breaker.failures = 200;
	(void)say(scene, &message);
	spin();
}

/* A yes that is not a whole message. */
static void
mangled(const struct scene *scene)
{
	static const char words[] = "no words that are no words";
	struct message message = yes(scene->number);
	uint8_t room[MESSAGE_SIZE_MAX] = { 0 };
	size_t size, i;

	message.outcome.reason = (struct view){ (const uint8_t *)words, sizeof(words) - 1 };
	if (argument_is(scene, "verdict"))
		message.outcome.verdict = (enum verdict)9;
	size = message_write(&message, room);

	if (argument_is(scene, "cut"))
		size--;
	else if (argument_is(scene, "longer"))
		size++;
	else if (argument_is(scene, "huge"))
		size = sizeof(room);
	else if (argument_is(scene, "kind"))
		room[0] = 200;
	else if (argument_is(scene, "short"))
		size = 1;
	else if (argument_is(scene, "empty"))
		size = 0;
	else if (argument_is(scene, "unclean"))
		memcpy(memmem(room, size, words, sizeof(words) - 1), "\033[2J\n", 5);
	if (!argument_is(scene, "random"))
		(void)send_bytes(scene, room, size);
	for (i = 0; argument_is(scene, "random") && i < 1000; i++) {
		size = 1 + i % 300;
		if (getrandom(room, size, 0) < 0 || !send_bytes(scene, room, size))
			break;
	}
	spin();
}

/* Messages that only the monitor sends, or a worker at another time. */
static void
out_of_turn(const struct scene *scene)
{
	struct message message = { .kind = MESSAGE_READY, .landlock = scene->landlock };
	uint8_t request[MESSAGE_REQUEST_HEAD + 16] = { 0 };

	message_write_request(scene->number, scene->deadline, request);
	if (argument_is(scene, "request")) {
		(void)send_bytes(scene, request, sizeof(request));
		spin();
	}
	if (argument_is(scene, "status"))
		message.stage = MESSAGE_STATUS_FILE;
	else if (argument_is(scene, "sealed"))
		message.stage = MESSAGE_SEALED;
	else if (argument_is(scene, "connected first"))
		message.stage = MESSAGE_HAS_CONNECTED;
	else if (argument_is(scene, "connected"))
		message.kind = MESSAGE_CONNECTED;
	else if (argument_is(scene, "serve"))
		message.kind = MESSAGE_SERVE;
	else if (argument_is(scene, "connect"))
		message.kind = MESSAGE_CONNECT;
	else if (argument_is(scene, "outcome"))
		message = yes(1);
	(void)say(scene, &message);
	spin();
}

static void
note(const struct scene *scene)
{
	static const char forged[] =
		"x\" level=error message=serving worker=1\\n time=2038-01-19T03:14:07Z forged";
	static const uint8_t escape[] = {
		MESSAGE_NOTE, LOG_ERROR, 0, 5, 0x1B, '[', '2', 'J', '\n'
	};
	struct message message = { .kind = MESSAGE_NOTE, .level = LOG_ERROR };
	uint32_t i;

	message.text = (struct view){ (const uint8_t *)forged, sizeof(forged) - 1 };
	if (argument_is(scene, "escape"))
		(void)send_bytes(scene, escape, sizeof(escape));
	else if (!argument_is(scene, "flood"))
		(void)say(scene, &message);
	for (i = 0; argument_is(scene, "flood") && i < MANY; i++) {
		if (!say(scene, &message))
			spin();
	}
	if (!argument_is(scene, "forged"))
		spin();
}

/* Requests a connection to an endpoint, and takes the result. Returns it, or -1. */
static int
ask_for(const struct scene *scene, uint32_t endpoint, uint32_t number)
{
	struct message message = { .kind = MESSAGE_CONNECT,
				   .number = number,
				   .endpoint = endpoint };
	uint8_t room[MESSAGE_SMALL_MAX];
	struct channel_received received = { .room = room, .room_size = sizeof(room) };

	if (!say(scene, &message) ||
	    channel_receive(scene->channel, &received, true) != CHANNEL_MESSAGE)
		spin();
	return received.passed;
}

static void
connect_flood(const struct scene *scene)
{
	uint32_t i;
	int fd;

	for (i = 0; i < MANY; i++) {
		fd = ask_for(scene, 0, 1000 + i);
		if (fd >= 0 && argument_is(scene, "closing"))
			(void)close(fd);
	}
	survived();
}

/* Without waiting for the result of each. */
static void
connect_rush(const struct scene *scene)
{
	struct message message = { .kind = MESSAGE_CONNECT, .number = 1000 };
	uint32_t i;

	for (i = 0; i < MANY; i++) {
		if (!say(scene, &message))
			spin();
	}
	survived();
}

static void
connect_nowhere(const struct scene *scene)
{
	struct message message = { .kind = MESSAGE_CONNECT, .number = 1000 };

	message.endpoint = (uint32_t)strtoul(scene->argument, NULL, 10);
	(void)say(scene, &message);
	spin();
}

static in_port_t
port_of(const struct scene *scene)
{
	return htons((uint16_t)atoi(scene->argument));
}

/* Tries to connect elsewhere than to the API. */
static void
reconnect(const struct scene *scene)
{
	struct sockaddr_in elsewhere = { .sin_family = AF_INET, .sin_port = port_of(scene) };
	struct sockaddr nowhere = { .sa_family = AF_UNSPEC };
	int fd = ask_for(scene, 0, 1000);

	elsewhere.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)connect(fd, &nowhere, sizeof(nowhere));
	(void)connect(fd, (struct sockaddr *)&elsewhere, sizeof(elsewhere));
	(void)send(fd, "stolen", 6, MSG_NOSIGNAL);
	(void)poll(NULL, 0, 200);
	(void)close(fd);
	spin();
}

static void
pass(const struct scene *scene, const struct message *message, const char *path)
{
	(void)channel_send_message(scene->channel, message, open(path, O_RDONLY | O_CLOEXEC));
}

/* At the worker's end of the channel, before it is sealed: it can pass descriptors. */
static void
impostor(const struct scene *scene)
{
	struct message status = { .kind = MESSAGE_READY, .stage = MESSAGE_STATUS_FILE };
	struct message sealed = { .kind = MESSAGE_READY,
				  .stage = MESSAGE_SEALED,
				  .landlock = scene->landlock };
	struct message line = { .kind = MESSAGE_NOTE, .level = LOG_ERROR };
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%ld/status", (long)getppid());
	if (argument_is(scene, "unsealed"))
		pass(scene, &status, "/proc/self/status");
	else if (argument_is(scene, "its monitor's status"))
		pass(scene, &status, path);
	else if (argument_is(scene, "another file"))
		pass(scene, &status, "/etc/hosts");
	else if (argument_is(scene, "no descriptor"))
		(void)say(scene, &status);
	else if (argument_is(scene, "a descriptor with a line"))
		pass(scene, &line, "/etc/hosts");
	else if (argument_is(scene, "status twice")) {
		pass(scene, &status, "/proc/self/status");
		pass(scene, &status, "/proc/self/status");
	}
	if (argument_is(scene, "a descriptor when sealed"))
		pass(scene, &sealed, "/proc/self/status");
	else
		(void)say(scene, &sealed);
	spin();
}

static void
two_descriptors(const struct scene *scene)
{
	uint8_t room[MESSAGE_SMALL_MAX];
	struct message status = { .kind = MESSAGE_READY, .stage = MESSAGE_STATUS_FILE };
	struct iovec part = { room, message_write(&status, room) };
	char control[CMSG_SPACE(8 * sizeof(int))] = { 0 };
	struct msghdr header = { .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control) };
	struct cmsghdr *item = CMSG_FIRSTHDR(&header);
	int *fds = (int *)(void *)CMSG_DATA(item), i, count = atoi(scene->argument);

	header.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
	item->cmsg_level = SOL_SOCKET;
	item->cmsg_type = SCM_RIGHTS;
	item->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
	for (i = 0; i < count; i++)
		fds[i] = scene->channel;
	(void)sendmsg(scene->channel, &header, MSG_NOSIGNAL);
	spin();
}

const struct attack attacks_by_message[] = {
	{ "stock", stock },
	{ "twice", twice },
	{ "other", other },
	{ "flapping", flapping },
	{ "leave", leave },
	{ "late", late },
	{ "unread", unread },
	{ "contradictory", contradictory },
	{ "mangled", mangled },
	{ "out-of-turn", out_of_turn },
	{ "note", note },
	{ "connect-flood", connect_flood },
	{ "connect-rush", connect_rush },
	{ "connect-nowhere", connect_nowhere },
	{ "reconnect", reconnect },
	{ "impostor", impostor },
	{ "descriptors-passed", two_descriptors },
	{ NULL, NULL },
};
