/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "operator/probe.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/view.h"
#include "ipc/record.h"
#include "monitor/monitor.h"
#include "settings/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Longer than any deadline: it is the program that gives up, not we. */
#define PATIENCE (SETTINGS_DEADLINE_MAX + 5 * CLOCK_SECOND)

struct pipes {
	int requests[2];
	int replies[2];
};

static int
open_pipes(struct pipes *pipes, struct fault *fault)
{
	if (pipe2(pipes->requests, O_CLOEXEC) < 0 || pipe2(pipes->replies, O_CLOEXEC) < 0)
		return fault_set(fault, "no pipe can be made: %s", strerror(errno));
	return 0;
}

static pid_t
start(const struct monitor_context *context, const struct pipes *pipes, struct record *record,
      size_t endpoint)
{
	struct monitor_context probed = *context;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	(void)close(pipes->requests[1]);
	(void)close(pipes->replies[0]);
	probed.host_in = pipes->requests[0];
	probed.host_out = pipes->replies[1];
	probed.record = record;
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
		return fault_set(fault, "the program does not take the request: %s",
				 strerror(errno));
	while (got < FRAME_REPLY_SIZE) {
		ssize_t count;

		if (poll(&fd, 1, clock_poll_timeout(until)) <= 0)
			return fault_set(fault, "the program does not answer");
		count = read(fd.fd, reply + got, FRAME_REPLY_SIZE - got);
		if (count <= 0)
			return fault_set(fault, "the program has ended without an answer");
		got += (size_t)count;
	}
	return 0;
}

int
probe_run(const struct monitor_context *context, struct view frame, size_t endpoint,
	  uint8_t reply[FRAME_REPLY_SIZE], struct record *record, struct fault *fault)
{
	struct record *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct pipes pipes = { { -1, -1 }, { -1, -1 } };
	int result = -1;
	pid_t pid;

	if (shared == MAP_FAILED)
		return fault_set(fault, "no memory to share: %s", strerror(errno));
	if (open_pipes(&pipes, fault) < 0)
		goto out;
	pid = start(context, &pipes, shared, endpoint);
	(void)close(pipes.requests[0]);
	(void)close(pipes.replies[1]);
	if (pid < 0)
		(void)fault_set(fault, "no process can be made: %s", strerror(errno));
	else
		result = converse(&pipes, frame, reply, fault);
	(void)close(pipes.requests[1]); /* the host hangs up */
	(void)close(pipes.replies[0]);
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	*record = *shared;
out:
	(void)munmap(shared, sizeof(*shared));
	return result;
}
