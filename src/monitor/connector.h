/* SPDX-License-Identifier: ISC */
/*
 * The connector: from an endpoint to a connected TCP socket, without ever blocking the monitor. It
 * tries every address of the name, the next one when the one before fails or has not answered for a
 * while, and the first to connect wins (in the spirit of RFC 8305). A second request in the same
 * round means that TLS failed there, and gets another address.
 */
#ifndef CONNECTOR_H
#define CONNECTOR_H

#include "monitor/resolver.h"

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

struct endpoint;

#define CONNECTOR_FDS_MAX (RESOLVER_ADDRESSES_MAX + 1)

enum connector_phase {
	CONNECTOR_IDLE,
	CONNECTOR_RESOLVING,
	CONNECTOR_CONNECTING,
	CONNECTOR_DONE, /* see socket or error; stop it to make it idle */
};

struct connector {
	/* set by the caller: while it stays the same, connections to one endpoint go to
	 * different addresses, and those handed out before are bad; 0: each on its own */
	uint32_t round;

	enum connector_phase phase;
	const struct endpoint *endpoint;
	int64_t deadline; /* clock.h; for all of it */
	int64_t started;
	int64_t connecting; /* when the lookup was done */
	int64_t next;	    /* when the next address is tried although others are pending */
	int pipe;	    /* RESOLVING: to the resolver */
	pid_t resolver;	    /* RESOLVING: its process; else 0 */
	struct resolved resolved;
	uint32_t tried;			     /* number of addresses tried */
	int sockets[RESOLVER_ADDRESSES_MAX]; /* pending ones; -1: none */
	int socket;			     /* DONE: the connected one, or -1 */
	int error; /* DONE without socket: an errno, or a negative EAI_ code */

	uint32_t given_round; /* what was handed out in the last round, and for which endpoint */
	const struct endpoint *given_for;
	struct address given[RESOLVER_ADDRESSES_MAX];
	size_t given_count;
};

/*
 * Makes *connector idle. It must be idle or uninitialised.
 */
void connector_init(struct connector *connector);

/*
 * Starts to connect to the endpoint, which must remain valid until the connector is idle.
 */
void connector_start(struct connector *connector, const struct endpoint *endpoint,
		     int64_t deadline);

/*
 * Adds what the connector waits for to fds and returns how many were added. *wake becomes earlier
 * if it must be called before that.
 */
size_t connector_wait(const struct connector *connector, struct pollfd fds[CONNECTOR_FDS_MAX],
		      int64_t *wake);

/*
 * Goes on as far as possible without waiting.
 */
void connector_step(struct connector *connector);

/*
 * Ends whatever is under way and closes every descriptor that the connector still owns.
 */
void connector_stop(struct connector *connector);

#endif
