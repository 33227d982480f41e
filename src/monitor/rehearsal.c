/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "monitor/rehearsal.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/view.h"
#include "ipc/channel.h"
#include "sandbox/libraries.h"
#include "sandbox/sandbox.h"
#include "settings/command_line.h"
#include "settings/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void
wait_for(pid_t pid)
{
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* One round of the loop, with a message that carries a descriptor. */
static void
play_round(void)
{
	static uint8_t byte, room[1];
	struct channel_received received = { .room = room, .room_size = sizeof(room) };
	const struct timespec now = { 0, 0 };
	struct pollfd waiting = { -1, POLLIN, 0 };
	int ends[2];

	(void)getuid();
	(void)clock_now();
	(void)time(NULL);
	if (channel_open(ends) < 0)
		return;
	(void)channel_send(ends[0], (struct view){ &byte, sizeof(byte) }, ends[0]);
	waiting.fd = ends[1];
	(void)ppoll(&waiting, 1, &now, NULL);
	if (channel_receive(ends[1], &received, false) == CHANNEL_MESSAGE && received.passed >= 0)
		(void)close(received.passed);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

/* Runs in the child. What fails in it will fail in the monitor, which can log it. */
static _Noreturn void
play(const struct policy *const *policies, const struct command_line *line, int caught)
{
	struct settings *settings;
	struct fault ignored;
	pid_t child;

	if (sandbox_rehearse(policies, caught, &ignored) < 0)
		_exit(0);
	settings = line != NULL ? settings_load(line, &ignored) : NULL;
	settings_free(settings);
	play_round();
	child = fork();
	if (child == 0)
		_exit(0);
	wait_for(child);
	_exit(0);
}

static int
explain(int number, struct fault *fault)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
	char libraries[LIBRARIES_TEXT_MAX];

	libraries_list(libraries);
	(void)fault_set(fault,
			"at its start this process would be killed for the system call %s (%d), "
			"which its sandbox forbids; " LIBRARIES_CURE "%s",
			name != NULL ? name : "unknown", number, libraries);
	free(name);
	return -1;
}

int
rehearsal_run(const struct policy *const *policies, const struct command_line *line,
	      struct fault *fault)
{
	int caught[2], number;
	ssize_t size;
	pid_t pid;

	if (pipe2(caught, O_CLOEXEC) < 0)
		return fault_set(fault, "no pipe can be made: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		play(policies, line, caught[1]);
	(void)close(caught[1]);
	do
		size = read(caught[0], &number, sizeof(number));
	while (size < 0 && errno == EINTR);
	(void)close(caught[0]);
	wait_for(pid);
	return size == (ssize_t)sizeof(number) ? explain(number, fault) : 0;
}
