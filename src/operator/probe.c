/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "operator/probe.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/view.h"
#include "ipc/channel.h"
#include "ipc/message.h"
#include "monitor/confinement.h"
#include "monitor/monitor.h"
#include "monitor/resolver.h"
#include "sandbox/landlock.h"
#include "sandbox/policy.h"
#include "sandbox/sandbox.h"
#include "settings/bounds.h"
#include "settings/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Longer than any deadline: the program gives up first. */
#define PATIENCE (SETTINGS_DEADLINE_MAX + 5 * CLOCK_SECOND)

#define RESOLVE_SECONDS 5  /* for one name */
#define DESCRIPTORS_MAX 16 /* standard ones, and the ends of pipes that remain */

struct pipes {
	int requests[2];
	int replies[2];
	int outcomes[2];
};

static int
open_pipes(struct pipes *pipes, struct fault *fault)
{
	if (pipe2(pipes->requests, O_CLOEXEC) < 0 || pipe2(pipes->replies, O_CLOEXEC) < 0 ||
	    channel_open(pipes->outcomes) < 0)
		return fault_set(fault, "cannot create a pipe: %s", strerror(errno));
	return 0;
}

static pid_t
start(const struct monitor_context *context, const struct pipes *pipes, size_t endpoint)
{
	struct monitor_context probed = *context;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	(void)close(pipes->requests[1]);
	(void)close(pipes->replies[0]);
	(void)close(pipes->outcomes[0]);
	probed.server_in = pipes->requests[0];
	probed.server_out = pipes->replies[1];
	probed.observer = pipes->outcomes[1];
	probed.only_endpoint = endpoint;
	_exit(monitor_run(&probed));
}

/* Writes the frame and reads the reply. */
static int
converse(const struct pipes *pipes, struct view frame, uint8_t reply[FRAME_REPLY_SIZE],
	 struct fault *fault)
{
	int64_t until = clock_now() + PATIENCE;
	struct pollfd fd = { pipes->replies[0], POLLIN, 0 };
	size_t got = 0;

	if (write(pipes->requests[1], frame.data, frame.size) != (ssize_t)frame.size)
		return fault_set(fault, "the program does not accept the request: %s",
				 strerror(errno));
	while (got < FRAME_REPLY_SIZE) {
		ssize_t count;

		if (poll(&fd, 1, clock_poll_timeout(until)) <= 0)
			return fault_set(fault, "the program does not reply");
		count = read(fd.fd, reply + got, FRAME_REPLY_SIZE - got);
		if (count <= 0)
			return fault_set(fault, "the program ended without a reply");
		got += (size_t)count;
	}
	return 0;
}

/* How long the outcome may come after the reply: the monitor replies at the deadline on its own,
 * and the worker has a second more to explain. */
#define OUTCOME_LATE CLOCK_SECOND

/* Reads the outcome, if there is one. */
static void
read_outcome(const struct pipes *pipes, struct probe_result *result)
{
	uint8_t room[MESSAGE_SMALL_MAX];
	struct channel_received received = { .room = room, .room_size = sizeof(room) };
	struct message message = { .outcome = { .tells_peer = true, .peer = &result->peer } };
	struct outcome *outcome = &message.outcome;
	const struct view none = { NULL, 0 };
	struct pollfd fd = { pipes->outcomes[0], POLLIN, 0 };

	result->complete = false;
	(void)poll(&fd, 1, clock_poll_timeout(clock_now() + OUTCOME_LATE));
	if (channel_receive(pipes->outcomes[0], &received, false) != CHANNEL_MESSAGE)
		return;
	if (received.passed >= 0)
		(void)close(received.passed);
	if (message_read((struct view){ room, received.size }, &message) < 0 ||
	    message.kind != MESSAGE_OUTCOME)
		return;
	(void)snprintf(result->reason, sizeof(result->reason), "%.*s", (int)outcome->reason.size,
		       (const char *)outcome->reason.data);
	(void)snprintf(result->api_message, sizeof(result->api_message), "%.*s",
		       (int)outcome->api_message.size, (const char *)outcome->api_message.data);
	outcome->user = outcome->host = outcome->reason = outcome->api_message = none;
	result->outcome = *outcome;
	result->complete = true;
}

/* Seals this process, which from now on only receives the reply and prints. */
static int
seal(struct fault *fault)
{
	const struct sandbox_limits limits = { .descriptors = DESCRIPTORS_MAX,
					       .may_write_files = true };
	const struct policy *const policies[] = { &policy_asker, NULL };
	struct landlock landlock;

	if (sandbox_limit(&limits, fault) < 0 || landlock_open(&landlock, fault) < 0 ||
	    landlock_seal(&landlock, fault) < 0)
		return -1;
	return sandbox_seal(policies, fault);
}

int
probe_run(const struct monitor_context *context, struct view frame, size_t endpoint, bool seals,
	  struct probe_result *result, struct fault *fault)
{
	struct pipes pipes = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	int64_t started = clock_now();
	int replied = -1;
	pid_t pid;

	*result = (struct probe_result){ .complete = false };
	if (open_pipes(&pipes, fault) < 0)
		return -1;
	pid = start(context, &pipes, endpoint);
	(void)close(pipes.requests[0]);
	(void)close(pipes.replies[1]);
	(void)close(pipes.outcomes[1]);
	if (pid < 0)
		(void)fault_set(fault, "cannot create a process: %s", strerror(errno));
	else if (!seals || seal(fault) == 0)
		replied = converse(&pipes, frame, result->reply, fault);
	result->total = clock_now() - started;
	if (replied == 0)
		read_outcome(&pipes, result);
	(void)close(pipes.requests[1]); /* the server hangs up */
	(void)close(pipes.replies[0]);
	(void)close(pipes.outcomes[0]);
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	return replied;
}

void
probe_resolve(const struct endpoint *endpoint, struct resolved *resolved)
{
	struct pollfd fd = { .events = POLLIN };
	int status;
	pid_t pid;

	if (endpoint->is_address) {
		resolver_parse(endpoint, resolved);
		return;
	}
	*resolved = (struct resolved){ .error = EAI_AGAIN };
	confinement_load_names();
	fd.fd = resolver_start(endpoint, RESOLVE_SECONDS, &pid);
	if (fd.fd < 0)
		return;
	if (poll(&fd, 1, (RESOLVE_SECONDS + 1) * 1000) != 1 || resolver_read(fd.fd, resolved) < 0)
		*resolved = (struct resolved){ .error = EAI_AGAIN };
	(void)close(fd.fd);
	resolver_stop(pid, true);
	if (waitpid(pid, &status, 0) == pid)
		(void)resolver_note_death(pid, status);
}
