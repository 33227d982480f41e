/* SPDX-License-Identifier: ISC */
/*
 * Stands where ejabberd stands: starts a program with two pipes, sends frames and
 * waits for the replies.
 *
 *     drive meter PROGRAM...        times exchanges as meter.h says
 *     drive first PROGRAM...        prints the nanoseconds from its start to its first reply
 *     drive ready TEXT PROGRAM...   prints those until TEXT is in its standard error
 *
 * Each reply must be a "yes": a fast "unavailable" is worth nothing.
 */
#define _GNU_SOURCE
#include "meter.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct program {
	pid_t pid;
	int in, out, log; /* log: -1 unless it is read */
	uint64_t started;
};

static struct program
start(char **argv, bool logs)
{
	int in[2], out[2], log[2] = { -1, -1 };
	struct program program;

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 ||
	    (logs && pipe2(log, O_CLOEXEC) < 0))
		meter_fail("drive", "no pipe");
	program = (struct program){ -1, in[1], out[0], log[0], meter_now() };
	program.pid = vfork();
	if (program.pid == 0) {
		if (dup2(in[0], STDIN_FILENO) >= 0 && dup2(out[1], STDOUT_FILENO) >= 0 &&
		    (!logs || dup2(log[1], STDERR_FILENO) >= 0))
			(void)execv(argv[0], argv);
		_exit(127);
	}
	if (program.pid < 0)
		meter_fail("drive", "cannot fork");
	(void)close(in[0]);
	(void)close(out[1]);
	if (logs)
		(void)close(log[1]);
	return program;
}

/* Hangs up and waits for the end. */
static void
finish(struct program *program)
{
	(void)close(program->in);
	(void)waitpid(program->pid, NULL, 0);
}

static void
exchange(void *context)
{
	static const char frame[] = "\0\x1d" METER_FRAME;
	struct program *program = context;
	uint8_t reply[4];
	size_t held = 0;

	if (write(program->in, frame, sizeof(frame) - 1) != (ssize_t)sizeof(frame) - 1)
		meter_fail("drive", "the program is gone");
	while (held < sizeof(reply)) {
		ssize_t count = read(program->out, reply + held, sizeof(reply) - held);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			meter_fail("drive", "the program is gone");
		held += (size_t)count;
	}
	if (memcmp(reply, "\0\2\0\1", sizeof(reply)) != 0)
		meter_fail("drive", "the reply is not a yes");
}

static void
await_text(struct program *program, const char *text)
{
	char log[8192];
	size_t held = 0;

	for (;;) {
		ssize_t count = read(program->log, log + held, sizeof(log) - 1 - held);

		if (count <= 0)
			meter_fail("drive", "the program is gone");
		held += (size_t)count;
		log[held] = '\0';
		if (strstr(log, text) != NULL)
			return;
	}
}

int
main(int argc, char **argv)
{
	struct program program;

	_Static_assert(sizeof(METER_FRAME) - 1 == 0x1d, "the header in exchange()");
	if (argc >= 3 && strcmp(argv[1], "meter") == 0) {
		program = start(argv + 2, false);
		meter_loop(exchange, &program);
	} else if (argc >= 3 && strcmp(argv[1], "first") == 0) {
		program = start(argv + 2, false);
		exchange(&program);
		(void)printf("%" PRIu64 "\n", meter_now() - program.started);
	} else if (argc >= 4 && strcmp(argv[1], "ready") == 0) {
		program = start(argv + 3, true);
		await_text(&program, argv[2]);
		(void)printf("%" PRIu64 "\n", meter_now() - program.started);
	} else {
		meter_fail(argv[0], "wants meter|first PROGRAM... or ready TEXT PROGRAM...");
	}
	finish(&program);
	return 0;
}
