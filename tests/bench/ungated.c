/* SPDX-License-Identifier: ISC */
/*
 * The worker without a monitor: it takes frames from standard input, writes replies to
 * standard output, and makes its own connections. The program would be like this in
 * one process and unsealed, so that a measurement shows what the gate costs, and what
 * the rest does. Linked (ld --wrap) with the program's own modules, and never
 * installed.
 */
#define _GNU_SOURCE
#include "base/clock.h"
#include "base/fault.h"
#include "base/log_level.h"
#include "base/safe_path.h"
#include "base/secret.h"
#include "base/wipe.h"
#include "core/frame.h"
#include "core/verdict.h"
#include "core/verdict_reply.h"
#include "ipc/message.h"
#include "ipc/outcome.h"
#include "ipc/uplink.h"
#include "settings/command_line.h"
#include "settings/endpoint.h"
#include "settings/settings.h"
#include "worker/worker.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum uplink_result __wrap_uplink_introduce(struct uplink *uplink, int status);
enum uplink_result __wrap_uplink_ready(struct uplink *uplink, int landlock, bool *connects_first);
enum uplink_result __wrap_uplink_next(struct uplink *uplink, struct message *request);
enum uplink_result __wrap_uplink_outcome(struct uplink *uplink, const struct message *request,
					 const struct outcome *outcome);
enum uplink_result __wrap_uplink_connect(struct uplink *uplink, uint32_t endpoint, int64_t deadline,
					 struct uplink_connection *connection);
void __wrap_uplink_note(struct uplink *uplink, enum log_level level, const char *text);

static struct settings *settings;

enum uplink_result
__wrap_uplink_introduce(struct uplink *uplink, int status)
{
	(void)uplink;
	(void)status;
	return UPLINK_OK;
}

enum uplink_result
__wrap_uplink_ready(struct uplink *uplink, int landlock, bool *connects_first)
{
	(void)uplink;
	(void)landlock;
	*connects_first = false;
	return UPLINK_OK;
}

/* Reads a frame as the server writes it, in one piece. */
enum uplink_result
__wrap_uplink_next(struct uplink *uplink, struct message *request)
{
	ssize_t size = read(STDIN_FILENO, uplink->room, FRAME_HEADER_SIZE + FRAME_PAYLOAD_MAX);

	if (size < FRAME_HEADER_SIZE ||
	    (size_t)size != FRAME_HEADER_SIZE + frame_decode_header(uplink->room))
		return UPLINK_MONITOR_GONE;
	*request = (struct message){
		.kind = MESSAGE_REQUEST,
		.number = ++uplink->id,
		.deadline = clock_now() + settings->deadline,
		.text = { uplink->room + FRAME_HEADER_SIZE, (size_t)size - FRAME_HEADER_SIZE },
	};
	return UPLINK_OK;
}

enum uplink_result
__wrap_uplink_outcome(struct uplink *uplink, const struct message *request,
		      const struct outcome *outcome)
{
	bool yes = outcome->kind == OUTCOME_ASKED && outcome->verdict == VERDICT_GRANTED;
	uint8_t reply[FRAME_REPLY_SIZE];

	wipe(uplink->room, FRAME_HEADER_SIZE + request->text.size);
	frame_encode_reply(yes ? FRAME_REPLY_YES : FRAME_REPLY_NO, reply);
	return write(STDOUT_FILENO, reply, sizeof(reply)) == (ssize_t)sizeof(reply)
		       ? UPLINK_OK
		       : UPLINK_MONITOR_GONE;
}

enum uplink_result
__wrap_uplink_connect(struct uplink *uplink, uint32_t number, int64_t deadline,
		      struct uplink_connection *connection)
{
	const struct endpoint *endpoint = settings_numbered_endpoint(settings, number);
	struct sockaddr_in address = { .sin_family = AF_INET };
	struct pollfd connecting = { -1, POLLOUT, 0 };
	int on = 1;

	(void)uplink;
	*connection = (struct uplink_connection){ -1, 0, 0, 0 };
	address.sin_port = htons((uint16_t)atoi(endpoint->port));
	(void)inet_pton(AF_INET, endpoint->host, &address.sin_addr);
	connecting.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	connection->socket = connecting.fd;
	(void)connect(connecting.fd, (struct sockaddr *)&address, sizeof(address));
	if (poll(&connecting, 1, clock_poll_timeout(deadline)) != 1 ||
	    setsockopt(connecting.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
		return UPLINK_FAILED;
	return UPLINK_OK;
}

void
__wrap_uplink_note(struct uplink *uplink, enum log_level level, const char *text)
{
	(void)uplink;
	(void)level;
	(void)fprintf(stderr, "%s\n", text);
}

int
main(int argc, char **argv)
{
	struct worker_context context = {
		.only_endpoint = WORKER_ALL_ENDPOINTS,
		.monitor = getppid(),
		.channel = -1,
	};
	struct command_line line = { .mode = MODE_SERVE };
	struct fault fault;

	safe_path_note_user();
	if (secret_install_allocator(&fault) < 0 ||
	    command_line_read(&line, argc, argv, &fault) < 0 ||
	    (settings = settings_load(&line, &fault)) == NULL) {
		(void)fprintf(stderr, "ungated: %s\n", fault.text);
		return 1;
	}
	context.settings = settings;
	context.memories = calloc(settings_api_count(settings), sizeof(*context.memories));
	return context.memories != NULL ? (int)worker_run(&context) : 1;
}
