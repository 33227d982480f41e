/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "operator/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMAND_MAX 8192 /* bytes with the NUL */

/* How long a program may take to end after the server has hung up. */
#define GRACE (5 * CLOCK_SECOND)

struct pipes {
	int requests[2], replies[2], errors[2];
};

static int
open_pipes(struct pipes *pipes, struct fault *fault)
{
	if (pipe2(pipes->requests, O_CLOEXEC) < 0 || pipe2(pipes->replies, O_CLOEXEC) < 0 ||
	    pipe2(pipes->errors, O_CLOEXEC | O_NONBLOCK) < 0)
		return fault_set(fault, "cannot create a pipe: %s", strerror(errno));
	return 0;
}

/* Erlang has sh(1) run "exec COMMAND" in a session of its own, with SIGPIPE ignored
 * (doc/protocol.md section 2.7). */
static void
execute(const char *command, const struct pipes *pipes)
{
	static char shell[] = "/bin/sh", option[] = "-c",
		    path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char line[COMMAND_MAX];
	char *const argv[] = { shell, option, line, NULL }, *const environment[] = { path, NULL };

	(void)snprintf(line, sizeof(line), "exec %s", command);
	(void)setsid();
	(void)signal(SIGPIPE, SIG_IGN);
	if (dup2(pipes->requests[0], STDIN_FILENO) >= 0 &&
	    dup2(pipes->replies[1], STDOUT_FILENO) >= 0 &&
	    dup2(pipes->errors[1], STDERR_FILENO) >= 0)
		(void)execve(shell, argv, environment);
	_exit(127);
}

static int
converse(const struct pipes *pipes, struct view frame, uint8_t reply[FRAME_REPLY_SIZE],
	 struct fault *fault)
{
	int64_t until = clock_now() + TRIAL_PATIENCE;
	struct pollfd fd = { pipes->replies[0], POLLIN, 0 };
	size_t got = 0;

	if (write(pipes->requests[1], frame.data, frame.size) != (ssize_t)frame.size)
		return fault_set(fault, "it does not accept a request: %s", strerror(errno));
	while (got < FRAME_REPLY_SIZE) {
		ssize_t count;

		if (poll(&fd, 1, clock_poll_timeout(until)) <= 0)
			return fault_set(fault, "it does not reply within 30 seconds");
		count = read(fd.fd, reply + got, FRAME_REPLY_SIZE - got);
		if (count <= 0)
			return fault_set(fault, "it ended without a reply");
		got += (size_t)count;
	}
	return 0;
}

static void
read_words(int fd, char words[TRIAL_WORDS_MAX])
{
	ssize_t size = read(fd, words, TRIAL_WORDS_MAX - 1);

	words[size > 0 ? size : 0] = '\0';
	words[strcspn(words, "\n")] = '\0';
}

/* Waits for a program after the hang-up, and kills one that does not end. */
static void
reap(pid_t pid)
{
	int64_t until = clock_now() + GRACE;
	struct timespec pause = { 0, 10000000 }; /* nanoseconds */

	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (clock_now() > until && kill(-pid, SIGKILL) < 0)
			(void)kill(pid, SIGKILL);
		(void)nanosleep(&pause, NULL);
	}
}

int
trial_run(const char *command, struct view frame, uint8_t reply[FRAME_REPLY_SIZE],
	  char words[TRIAL_WORDS_MAX], struct fault *fault)
{
	struct pipes pipes;
	int result = -1;
	pid_t pid;

	words[0] = '\0';
	if (open_pipes(&pipes, fault) < 0)
		return -1;
	(void)signal(SIGPIPE, SIG_IGN); /* it may have ended already */
	pid = fork();
	if (pid == 0)
		execute(command, &pipes);
	(void)close(pipes.requests[0]);
	(void)close(pipes.replies[1]);
	(void)close(pipes.errors[1]);
	if (pid < 0)
		(void)fault_set(fault, "cannot create a process: %s", strerror(errno));
	else
		result = converse(&pipes, frame, reply, fault);
	(void)close(pipes.requests[1]); /* the server hangs up */
	(void)close(pipes.replies[0]);
	if (pid > 0)
		reap(pid);
	read_words(pipes.errors[0], words);
	(void)close(pipes.errors[0]);
	return result;
}
