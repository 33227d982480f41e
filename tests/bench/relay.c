/* SPDX-License-Identifier: ISC */
/*
 * A TCP relay that delays what it passes on, for kernels without sch_netem:
 *
 *     relay TARGET-PORT MICROSECONDS
 *
 * listens on a free port of 127.0.0.1, prints its number, and connects each client
 * to the target. What arrives leaves that many microseconds later, in both
 * directions; the end of a connection is delayed, too, but not its set-up. The relay
 * ends at the end of its stdin.
 */
#define _GNU_SOURCE
#include "meter.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 64
#define CHUNK_MAX   16384

struct chunk {
	struct chunk *next;
	uint64_t due; /* nanoseconds */
	size_t size;  /* 0: the end */
	char data[CHUNK_MAX];
};

/* One direction of a connection. */
struct way {
	int from; /* -1: it has ended */
	int to;	  /* -1: not in use */
	struct chunk *first, **last;
};

static struct way ways[2 * CLIENTS_MAX];
static size_t way_count;
static uint64_t delay;

static struct sockaddr_in
loopback(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

static void
set_no_delay(int connection)
{
	int on = 1;

	(void)setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void
set_way(struct way *way, int from, int to)
{
	*way = (struct way){ from, to, NULL, NULL };
	way->last = &way->first;
}

/* The first of two ways, in opposite directions, that are not in use. */
static struct way *
free_pair(void)
{
	size_t i;

	for (i = 0; i < way_count; i += 2) {
		if (ways[i].to < 0)
			return &ways[i];
	}
	if (way_count == 2 * CLIENTS_MAX)
		meter_fail("relay", "too many connections");
	way_count += 2;
	return &ways[i];
}

/* Closes a connection when both directions have ended. */
static void
clean_up(struct way *pair)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		if (pair[i].to < 0 || pair[i].from >= 0 || pair[i].first != NULL)
			return;
	}
	for (i = 0; i < 2; i++) {
		(void)close(pair[i].to);
		pair[i].to = -1;
	}
}

static void
admit(int listener, uint16_t port)
{
	struct sockaddr_in target = loopback(port);
	int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct way *pair = free_pair();

	if (client < 0 || server < 0 ||
	    connect(server, (struct sockaddr *)&target, sizeof(target)) < 0)
		meter_fail("relay", "cannot connect");
	set_no_delay(client);
	set_no_delay(server);
	set_way(&pair[0], client, server);
	set_way(&pair[1], server, client);
}

/* Takes what has arrived. */
static void
take(struct way *way)
{
	struct chunk *chunk = malloc(sizeof(*chunk));
	ssize_t count;

	if (chunk == NULL)
		meter_fail("relay", "out of memory");
	count = read(way->from, chunk->data, sizeof(chunk->data));
	chunk->size = count > 0 ? (size_t)count : 0;
	chunk->due = meter_now() + delay;
	chunk->next = NULL;
	*way->last = chunk;
	way->last = &chunk->next;
	if (chunk->size == 0)
		way->from = -1;
}

/* Passes on what is due. */
static void
pass_on(struct way *way, uint64_t now)
{
	struct chunk *chunk;
	size_t done;

	while ((chunk = way->first) != NULL && chunk->due <= now) {
		for (done = 0; done < chunk->size;) {
			ssize_t count =
				send(way->to, chunk->data + done, chunk->size - done, MSG_NOSIGNAL);

			if (count <= 0)
				break; /* its reader is gone */
			done += (size_t)count;
		}
		if (chunk->size == 0)
			(void)shutdown(way->to, SHUT_WR);
		way->first = chunk->next;
		if (way->first == NULL)
			way->last = &way->first;
		free(chunk);
	}
}

/* The time until the first chunk is due. */
static struct timespec *
wait_time(struct timespec *time)
{
	uint64_t first = UINT64_MAX, now = meter_now(), left;
	size_t i;

	for (i = 0; i < way_count; i++) {
		if (ways[i].first != NULL && ways[i].first->due < first)
			first = ways[i].first->due;
	}
	if (first == UINT64_MAX)
		return NULL;
	left = first > now ? first - now : 0;
	*time = (struct timespec){ (time_t)(left / 1000000000), (long)(left % 1000000000) };
	return time;
}

static void
run(int listener, uint16_t port)
{
	struct pollfd fds[2 + 2 * CLIENTS_MAX];
	struct timespec time;
	size_t i, count;

	for (;;) {
		count = way_count;
		fds[0] = (struct pollfd){ STDIN_FILENO, POLLIN, 0 };
		fds[1] = (struct pollfd){ listener, POLLIN, 0 };
		for (i = 0; i < count; i++)
			fds[2 + i] = (struct pollfd){ ways[i].from, POLLIN, 0 };
		if (ppoll(fds, 2 + count, wait_time(&time), NULL) < 0)
			meter_fail("relay", "ppoll fails");
		if (fds[0].revents != 0)
			return;
		for (i = 0; i < count; i++) {
			if (fds[2 + i].revents != 0)
				take(&ways[i]);
			pass_on(&ways[i], meter_now());
		}
		for (i = 0; i < count; i += 2)
			clean_up(&ways[i]);
		if (fds[1].revents != 0)
			admit(listener, port);
	}
}

int
main(int argc, char **argv)
{
	struct sockaddr_in address = loopback(0);
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc != 3)
		meter_fail(argv[0], "wants TARGET-PORT MICROSECONDS");
	delay = strtoull(argv[2], NULL, 10) * 1000;
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) < 0 ||
	    listen(listener, CLIENTS_MAX) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) < 0)
		meter_fail("relay", "cannot listen");
	(void)printf("%u\n", ntohs(address.sin_port));
	(void)fflush(stdout);
	run(listener, (uint16_t)strtoul(argv[1], NULL, 10));
	return 0;
}
