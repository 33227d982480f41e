/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "monitor/connector.h"

#include "base/clock.h"
#include "monitor/bad_addresses.h"
#include "settings/endpoint.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* RFC 8305, section 5: the recommended Connection Attempt Delay. */
#define ATTEMPT_DELAY (250 * CLOCK_MILLISECOND)

/* The result must reach the worker before it gives up on its own: the monitor knows whether name
 * servers were silent, or the API. */
#define CONNECTOR_AHEAD (20 * CLOCK_MILLISECOND)

void
connector_init(struct connector *connector)
{
	size_t i;

	connector->phase = CONNECTOR_IDLE;
	connector->pipe = connector->socket = -1;
	connector->resolver = 0;
	for (i = 0; i < RESOLVER_ADDRESSES_MAX; i++)
		connector->sockets[i] = -1;
}

/* A resolver that is not needed any more is killed: it may have been taken over. */
static void
stop_resolving(struct connector *connector, bool done)
{
	resolver_stop(connector->resolver, done);
	connector->resolver = 0;
	if (connector->pipe >= 0)
		(void)close(connector->pipe);
	connector->pipe = -1;
}

static void
close_pending(struct connector *connector)
{
	size_t i;

	for (i = 0; i < RESOLVER_ADDRESSES_MAX; i++) {
		if (connector->sockets[i] >= 0)
			(void)close(connector->sockets[i]);
		connector->sockets[i] = -1;
	}
	stop_resolving(connector, true);
}

void
connector_stop(struct connector *connector)
{
	close_pending(connector);
	if (connector->socket >= 0)
		(void)close(connector->socket);
	connector_init(connector);
}

static void
finish(struct connector *connector, int socket, int error)
{
	close_pending(connector);
	connector->phase = CONNECTOR_DONE;
	connector->socket = socket;
	connector->error = error;
}

static size_t
count_pending(const struct connector *connector)
{
	size_t i, count = 0;

	for (i = 0; i < RESOLVER_ADDRESSES_MAX; i++)
		count += connector->sockets[i] >= 0;
	return count;
}

/* Bytes of a request that the kernel takes before the API has. Nearly all requests are smaller.
 * Of a large one the kernel would take megabytes, and an answer that came before the request was
 * read could not be recognised. */
#define SEND_BUFFER_SIZE 16384

/* Starts one attempt. False when it fails at once. */
static bool
try_address(struct connector *connector, uint32_t which)
{
	const struct address *address = &connector->resolved.addresses[which];
	int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int one = 1, room = SEND_BUFFER_SIZE;

	if (fd < 0) {
		connector->error = errno;
		return false;
	}
	/* set here, because the worker may not set socket options */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	if (connect(fd, (const struct sockaddr *)&address->storage, address->size) < 0 &&
	    errno != EINPROGRESS) {
		connector->error = errno;
		(void)close(fd);
		return false;
	}
	connector->sockets[which] = fd;
	return true;
}

/* Starts the next attempt that does not fail at once, if any. */
static void
try_next(struct connector *connector)
{
	while (connector->tried < connector->resolved.count) {
		if (try_address(connector, connector->tried++)) {
			connector->next = clock_now() + ATTEMPT_DELAY;
			return;
		}
	}
	connector->next = CLOCK_NEVER;
}

/* Remembers which address is handed out in this round. */
static void
note_given(struct connector *connector, size_t which)
{
	if (connector->given_count < RESOLVER_ADDRESSES_MAX)
		connector->given[connector->given_count++] = connector->resolved.addresses[which];
}

/* Checks the attempts under way. */
static void
reap_attempts(struct connector *connector)
{
	size_t i;

	for (i = 0; i < RESOLVER_ADDRESSES_MAX; i++) {
		struct pollfd fd = { connector->sockets[i], POLLOUT, 0 };
		int error = 0;
		socklen_t size = sizeof(error);

		if (fd.fd < 0 || poll(&fd, 1, 0) != 1)
			continue;
		if (getsockopt(fd.fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
			error = errno;
		connector->sockets[i] = -1;
		if (error == 0) {
			note_given(connector, i);
			finish(connector, fd.fd, 0);
			return;
		}
		connector->error = error;
		(void)close(fd.fd);
		/* RFC 8305, section 5: no delay after a failure */
		connector->next = clock_now();
	}
}

static void
step_connecting(struct connector *connector)
{
	reap_attempts(connector);
	if (connector->phase != CONNECTOR_CONNECTING)
		return;
	if (count_pending(connector) == 0 || clock_now() >= connector->next)
		try_next(connector);
	if (count_pending(connector) == 0 && connector->tried == connector->resolved.count)
		finish(connector, -1, connector->error != 0 ? connector->error : EHOSTUNREACH);
}

/* The port comes from the settings, whatever a resolver says. */
static void
set_ports(struct connector *connector)
{
	in_port_t port = htons((uint16_t)strtoul(connector->endpoint->port, NULL, 10));
	uint32_t i;

	for (i = 0; i < connector->resolved.count; i++) {
		struct sockaddr_storage *storage = &connector->resolved.addresses[i].storage;

		if (storage->ss_family == AF_INET)
			((struct sockaddr_in *)(void *)storage)->sin_port = port;
		else
			((struct sockaddr_in6 *)(void *)storage)->sin6_port = port;
	}
}

/* In a new round, or for another endpoint, nothing was handed out before. Otherwise TLS failed
 * at the address that was handed out last. */
static void
begin_round(struct connector *connector, const struct endpoint *endpoint)
{
	bool again = connector->round != 0 && connector->round == connector->given_round &&
		     connector->given_for == endpoint;

	if (again && connector->given_count > 0)
		bad_addresses_note(&connector->given[connector->given_count - 1]);
	if (!again)
		connector->given_count = 0;
	connector->given_round = connector->round;
	connector->given_for = endpoint;
}

static bool
was_given(const struct connector *connector, const struct address *address)
{
	size_t i;

	for (i = 0; i < connector->given_count; i++) {
		if (bad_addresses_same(&connector->given[i], address))
			return true;
	}
	return false;
}

/* Keeps only addresses that were not handed out before, the good ones first. */
static void
choose_addresses(struct connector *connector)
{
	struct resolved *resolved = &connector->resolved;
	uint32_t i, count = 0;

	for (i = 0; i < resolved->count; i++) {
		if (!was_given(connector, &resolved->addresses[i]))
			resolved->addresses[count++] = resolved->addresses[i];
	}
	resolved->count = count;
	bad_addresses_sort(resolved);
}

static void
begin_connecting(struct connector *connector)
{
	if (connector->resolved.error != 0) {
		finish(connector, -1, connector->resolved.error);
		return;
	}
	set_ports(connector);
	choose_addresses(connector);
	connector->phase = CONNECTOR_CONNECTING;
	connector->connecting = clock_now();
	step_connecting(connector);
}

static void
step_resolving(struct connector *connector)
{
	struct pollfd fd = { connector->pipe, POLLIN, 0 };
	bool found;

	if (poll(&fd, 1, 0) != 1)
		return;
	/* an empty pipe that is closed: the resolver died, or its alarm ended it */
	found = resolver_read(connector->pipe, &connector->resolved) == 0;
	if (!found)
		connector->resolved.error = EAI_AGAIN;
	stop_resolving(connector, found);
	begin_connecting(connector);
}

void
connector_start(struct connector *connector, const struct endpoint *endpoint, int64_t deadline)
{
	int64_t now = clock_now();
	unsigned int seconds =
		deadline <= now ? 1 : (unsigned int)((deadline - now) / CLOCK_SECOND) + 1;

	connector_stop(connector);
	deadline -= CONNECTOR_AHEAD;
	begin_round(connector, endpoint);
	connector->endpoint = endpoint;
	connector->deadline = deadline;
	connector->started = connector->connecting = now;
	connector->next = CLOCK_NEVER;
	connector->tried = 0;
	connector->error = 0;
	if (endpoint->is_address) {
		resolver_parse(endpoint, &connector->resolved);
		begin_connecting(connector);
		return;
	}
	connector->phase = CONNECTOR_RESOLVING;
	connector->pipe = resolver_start(endpoint, seconds, &connector->resolver);
	if (connector->pipe < 0)
		finish(connector, -1, errno);
}

size_t
connector_wait(const struct connector *connector, struct pollfd fds[CONNECTOR_FDS_MAX],
	       int64_t *wake)
{
	size_t i, count = 0;

	switch (connector->phase) {
	case CONNECTOR_IDLE:
		return 0;
	case CONNECTOR_DONE:
		*wake = 0;
		return 0;
	case CONNECTOR_RESOLVING:
		fds[count++] = (struct pollfd){ connector->pipe, POLLIN, 0 };
		break;
	case CONNECTOR_CONNECTING:
		for (i = 0; i < RESOLVER_ADDRESSES_MAX; i++) {
			if (connector->sockets[i] >= 0)
				fds[count++] = (struct pollfd){ connector->sockets[i], POLLOUT, 0 };
		}
		*wake = clock_earlier(*wake, connector->next);
		break;
	}
	*wake = clock_earlier(*wake, connector->deadline);
	return count;
}

void
connector_step(struct connector *connector)
{
	if (connector->phase == CONNECTOR_RESOLVING)
		step_resolving(connector);
	else if (connector->phase == CONNECTOR_CONNECTING)
		step_connecting(connector);
	if ((connector->phase == CONNECTOR_RESOLVING || connector->phase == CONNECTOR_CONNECTING) &&
	    clock_now() >= connector->deadline)
		finish(connector, -1,
		       connector->phase == CONNECTOR_RESOLVING ? EAI_AGAIN : ETIMEDOUT);
}
