/* SPDX-License-Identifier: ISC */
/*
 * Connections: TLS over a socket from the monitor, established by libcurl
 * (CURLOPT_CONNECT_ONLY). The caller sends and receives on them.
 *
 * libcurl's handle stays in the multi handle for as long as the connection lives:
 * taking it out would close the connection. It may close idle connections when it makes
 * another, and says so; a connection is checked before it is used.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "base/fault.h"
#include "base/must_use.h"
#include "https/https.h"
#include "ipc/uplink.h"

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct endpoint;
struct tls;

/*
 * One connection. An unused one is zeroed, with -1 as its socket.
 */
struct connection {
	CURL *easy;
	curl_socket_t socket; /* -1: libcurl has closed it */
	SSL *ssl;	      /* libcurl's */
	size_t group;	      /* number of the first API that would verify it in the same way */
	size_t endpoint;      /* of that API */
	int64_t made_at;      /* clock.h */
	int64_t used_at;
	bool is_bound; /* its answers name the request that they belong to */
};

/*
 * What is needed to make connections, and the kept ones. It must not be moved.
 */
struct connections {
	CURLM *multi;
	struct curl_slist *route; /* see connection.c */
	struct uplink *uplink;
	struct connection list[HTTPS_KEPT_MAX];

	/* the one that is being made */
	struct connection *current; /* NULL: none */
	short events;		    /* that libcurl waits for on its socket, as in poll(2) */
	int64_t timer;		    /* when libcurl wants to be called at the latest */
	uint32_t number;	    /* of its endpoint, on the channel */
	int64_t deadline;
	bool is_warm;	 /* sockets may be requested */
	bool was_opened; /* a socket was requested from the monitor */
	enum uplink_result socket_result;
	struct uplink_connection given;
	int64_t opened_at;
	char error[CURL_ERROR_SIZE]; /* libcurl's message */
};

/*
 * How to make a new connection. All of it must live as long as the connection.
 */
struct connection_plan {
	struct tls *tls;
	const struct endpoint *endpoint;
	size_t group, number; /* of struct connection: its group and endpoint */
	uint32_t on_channel;  /* the number by which the channel knows the endpoint */
	int64_t deadline;     /* clock.h */
};

/*
 * Prepares to make connections. Returns 0, or -1 with *fault set.
 */
MUST_USE int connections_open(struct connections *connections, struct uplink *uplink,
			      struct fault *fault);

/*
 * Closes all connections.
 */
void connections_close(struct connections *connections);

enum connection_result {
	CONNECTION_OK,
	CONNECTION_FAILED,    /* see connections->error and plan->tls->failure */
	CONNECTION_REFUSED,   /* the monitor has no socket: see connections->given.error; or it
				 is gone */
	CONNECTION_TIMED_OUT, /* at the plan's deadline */
};

/*
 * Makes a connection; when there are too many, it replaces the least recently used one. *connection
 * is set when CONNECTION_OK.
 */
enum connection_result connection_make(struct connections *connections,
				       const struct connection_plan *plan,
				       struct connection **connection);

/*
 * A kept connection to this endpoint of this group that is not older than `age` microseconds; NULL
 * when there is none. It may be dead: see connection_is_quiet().
 */
struct connection *connection_find(struct connections *connections, size_t group, size_t endpoint,
				   int64_t age);

/*
 * Takes what the peer sends after the handshake, on a connection that is made for later requests:
 * unread data would make it unusable. Blocks for a moment, so no request may be waiting.
 */
void connection_settle(struct connections *connections, struct connection *connection);

/*
 * True when there is nothing to read on a connection: neither in TLS nor in the socket, not even
 * its end. So nothing has come that could be taken for the answer to what is sent now.
 */
bool connection_is_quiet(const struct connection *connection);

/*
 * Closes a connection.
 */
void connection_close(struct connections *connections, struct connection *connection);

#endif
