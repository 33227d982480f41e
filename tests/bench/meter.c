/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "meter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MAX 65535

uint64_t
meter_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void
meter_fail(const char *name, const char *text)
{
	(void)fprintf(stderr, "%s: %s\n", name, text);
	exit(1);
}

/* Reads exactly `size` bytes. False at the end of the stream. */
static bool
read_all(void *data, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t count = read(STDIN_FILENO, (char *)data + done, size - done);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return false;
		done += (size_t)count;
	}
	return true;
}

static void
write_all(const void *data, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t count = write(STDOUT_FILENO, (const char *)data + done, size - done);

		if (count <= 0)
			meter_fail("meter", "stdout is gone");
		done += (size_t)count;
	}
}

void
meter_loop(void (*exchange)(void *context), void *context)
{
	uint32_t count, i, *times;

	while (read_all(&count, sizeof(count))) {
		times = calloc(count, sizeof(*times));
		if (times == NULL)
			meter_fail("meter", "out of memory");
		for (i = 0; i < count; i++) {
			uint64_t start = meter_now();

			exchange(context);
			times[i] = (uint32_t)(meter_now() - start);
		}
		write_all(times, count * sizeof(*times));
		free(times);
	}
}

void
meter_serve(void (*exchange)(void *context), void *context)
{
	static const uint8_t yes[] = { 0, 2, 0, 1 };
	uint8_t frame[2 + FRAME_MAX];
	size_t held = 0, size;

	for (;;) {
		ssize_t count = read(STDIN_FILENO, frame + held, sizeof(frame) - held);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return;
		held += (size_t)count;
		while (held >= 2 && held >= (size = 2 + (size_t)(frame[0] << 8 | frame[1]))) {
			exchange(context);
			write_all(yes, sizeof(yes));
			held -= size;
			memmove(frame, frame + size, held);
		}
	}
}

/* Makes an exchange for each frame that the other process hands over. */
static _Noreturn void
work(int channel, void (*exchange)(void *context), void *context)
{
	static const uint8_t yes[] = { 0, 2, 0, 1 };
	uint8_t frame[2 + FRAME_MAX];

	while (recv(channel, frame, sizeof(frame), 0) > 0) {
		exchange(context);
		if (send(channel, yes, sizeof(yes), 0) != (ssize_t)sizeof(yes))
			break;
	}
	exit(0);
}

void
meter_gate(void (*exchange)(void *context), void *context)
{
	uint8_t frame[2 + FRAME_MAX], reply[4];
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0 || (pid = fork()) < 0)
		meter_fail("meter", "there is no second process");
	(void)close(ends[pid != 0]);
	if (pid == 0)
		work(ends[1], exchange, context);
	for (;;) {
		ssize_t size = read(STDIN_FILENO, frame, sizeof(frame));

		if (size <= 0)
			return;
		if (send(ends[0], frame, (size_t)size, 0) != size ||
		    recv(ends[0], reply, sizeof(reply), 0) != (ssize_t)sizeof(reply))
			meter_fail("meter", "the second process is gone");
		write_all(reply, sizeof(reply));
	}
}

int
meter_main(int argc, char **argv, void *(*open)(const struct meter_target *target),
	   void (*exchange)(void *context))
{
	struct meter_target target;

	if (argc != 5)
		meter_fail(argv[0], "wants loop|serve|gate PORT CA-FILE PATH");
	target = (struct meter_target){ argv[2], argv[3], argv[4] };
	if (strcmp(argv[1], "loop") == 0)
		meter_loop(exchange, open(&target));
	else if (strcmp(argv[1], "gate") == 0)
		meter_gate(exchange, open(&target));
	else
		meter_serve(exchange, open(&target));
	return 0;
}
