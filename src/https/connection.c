/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "https/connection.h"

#include "base/clock.h"
#include "base/fault.h"
#include "https/tls.h"
#include "settings/api.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long to wait for what the peer sends after the handshake, its tickets. */
#define SETTLE_MAX (200 * CLOCK_MILLISECOND)

/* libcurl would close idle connections after two minutes, or above a number of them; here that
 * is decided by max_connection_age and HTTPS_KEPT_MAX. */
#define NEVER_BY_AGE	(10L * 365 * 24 * 3600) /* seconds */
#define NEVER_BY_NUMBER (2L * HTTPS_KEPT_MAX)

/* libcurl gets its sockets from us, so no address is ever used and no name resolved: whatever
 * host and port the URL has, libcurl believes that it connects to this address, which is for
 * documentation (RFC 5737). */
#define ROUTE "::192.0.2.1:"

/* libcurl wants a socket; the monitor provides it. */
static curl_socket_t
on_open(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct connections *connections = context;

	(void)address;
	if (!connections->is_warm || purpose != CURLSOCKTYPE_IPCXN || connections->was_opened)
		return CURL_SOCKET_BAD;
	connections->was_opened = true;
	connections->socket_result = uplink_connect(connections->uplink, connections->number,
						    connections->deadline, &connections->given);
	if (connections->socket_result != UPLINK_OK)
		return CURL_SOCKET_BAD;
	connections->opened_at = clock_now();
	connections->current->socket = connections->given.socket;
	return connections->given.socket;
}

static int
on_opened(void *context, curl_socket_t socket, curlsocktype purpose)
{
	(void)context;
	(void)socket;
	(void)purpose;
	return CURL_SOCKOPT_ALREADY_CONNECTED;
}

/* libcurl closes a connection, sometimes on its own, and frees its TLS state with it. */
static int
on_close(void *context, curl_socket_t socket)
{
	struct connection *connection = context;

	if (connection->socket == socket) {
		connection->socket = -1;
		connection->ssl = NULL;
	}
	return close(socket);
}

static CURLcode
on_tls(CURL *easy, void *context, void *tls)
{
	(void)easy;
	return tls_configure(tls, context) == 0 ? CURLE_OK : CURLE_SSL_CONNECT_ERROR;
}

/* libcurl waits for a socket. Sockets other than that of the connection that is being made can
 * wait. */
static int
on_socket(CURL *easy, curl_socket_t socket, int what, void *context, void *unused)
{
	struct connections *connections = context;

	(void)easy;
	(void)unused;
	if (connections->current == NULL || socket != connections->current->socket)
		return 0;
	connections->events =
		(short)((what == CURL_POLL_IN || what == CURL_POLL_INOUT ? POLLIN : 0) |
			(what == CURL_POLL_OUT || what == CURL_POLL_INOUT ? POLLOUT : 0));
	return 0;
}

static int
on_timer(CURLM *multi, long timeout_ms, void *context)
{
	struct connections *connections = context;

	(void)multi;
	connections->timer =
		timeout_ms < 0 ? CLOCK_NEVER : clock_now() + timeout_ms * CLOCK_MILLISECOND;
	return 0;
}

int
connections_open(struct connections *connections, struct uplink *uplink, struct fault *fault)
{
	size_t i;

	connections->uplink = uplink;
	connections->timer = CLOCK_NEVER;
	for (i = 0; i < HTTPS_KEPT_MAX; i++)
		connections->list[i].socket = -1;
	connections->multi = curl_multi_init();
	connections->route = curl_slist_append(NULL, ROUTE);
	if (connections->multi == NULL || connections->route == NULL)
		return fault_set(fault, "out of memory");
	if (curl_multi_setopt(connections->multi, CURLMOPT_SOCKETFUNCTION, on_socket) != CURLM_OK ||
	    curl_multi_setopt(connections->multi, CURLMOPT_SOCKETDATA, connections) != CURLM_OK ||
	    curl_multi_setopt(connections->multi, CURLMOPT_TIMERFUNCTION, on_timer) != CURLM_OK ||
	    curl_multi_setopt(connections->multi, CURLMOPT_TIMERDATA, connections) != CURLM_OK ||
	    curl_multi_setopt(connections->multi, CURLMOPT_MAXCONNECTS, NEVER_BY_NUMBER) !=
		    CURLM_OK)
		return fault_set(fault, "libcurl rejects its callbacks");
	return 0;
}

void
connections_close(struct connections *connections)
{
	size_t i;

	for (i = 0; i < HTTPS_KEPT_MAX; i++)
		connection_close(connections, &connections->list[i]);
	curl_multi_cleanup(connections->multi);
	curl_slist_free_all(connections->route);
}

#define SET(option, value)                                             \
	do {                                                           \
		if (curl_easy_setopt(easy, option, value) != CURLE_OK) \
			return false;                                  \
	} while (0)

/* Protocol, and which certificates to accept. */
static bool
set_tls(CURL *easy, const struct connection_plan *plan)
{
	SET(CURLOPT_PROTOCOLS_STR, "https");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	/* libcurl would let any certificate in our store end a chain, also one that is not a
	 * root */
	SET(CURLOPT_SSL_OPTIONS, (long)CURLSSLOPT_NO_PARTIALCHAIN);
	SET(CURLOPT_CAINFO, NULL);
	SET(CURLOPT_CAPATH, NULL);
	/* libcurl would keep the store of the first API that it connects to, and use it for all
	 * others */
	SET(CURLOPT_CA_CACHE_TIMEOUT, 0L);
	/* a peer that resumes a session would not show its certificate again */
	SET(CURLOPT_SSL_SESSIONID_CACHE, 0L);
	SET(CURLOPT_SSLVERSION,
	    (long)(plan->tls->api->tls_min == TLS_1_3 ? CURL_SSLVERSION_TLSv1_3
						      : CURL_SSLVERSION_TLSv1_2));
	SET(CURLOPT_SSL_CTX_FUNCTION, on_tls);
	SET(CURLOPT_SSL_CTX_DATA, plan->tls);
	return true;
}

/* Where the socket comes from, and who closes it. */
static bool
set_socket(CURL *easy, struct connections *connections, struct connection *connection)
{
	SET(CURLOPT_CONNECT_ONLY, 1L);
	SET(CURLOPT_FRESH_CONNECT, 1L);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_CONNECT_TO, connections->route);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_open);
	SET(CURLOPT_OPENSOCKETDATA, connections);
	SET(CURLOPT_SOCKOPTFUNCTION, on_opened);
	SET(CURLOPT_CLOSESOCKETFUNCTION, on_close);
	SET(CURLOPT_CLOSESOCKETDATA, connection);
	SET(CURLOPT_TCP_NODELAY, 0L); /* the monitor has set it already */
	SET(CURLOPT_MAXLIFETIME_CONN, NEVER_BY_AGE);
	SET(CURLOPT_MAXAGE_CONN, NEVER_BY_AGE);
	SET(CURLOPT_ERRORBUFFER, connections->error);
	return true;
}

static bool
is_done(struct connections *connections, CURLcode *code)
{
	const CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(connections->multi, &left)) != NULL) {
		if (message->msg == CURLMSG_DONE &&
		    message->easy_handle == connections->current->easy) {
			*code = message->data.result;
			return true;
		}
	}
	return false;
}

static int
curl_events(short events)
{
	return ((events & POLLIN) ? CURL_CSELECT_IN : 0) |
	       ((events & POLLOUT) ? CURL_CSELECT_OUT : 0) |
	       ((events & (POLLERR | POLLHUP | POLLNVAL)) ? CURL_CSELECT_ERR : 0);
}

static enum connection_result
result_of(enum uplink_result result)
{
	switch (result) {
	case UPLINK_OK:
		break;
	case UPLINK_FAILED:
	case UPLINK_MONITOR_GONE:
		return CONNECTION_REFUSED;
	case UPLINK_TIMED_OUT:
		return CONNECTION_TIMED_OUT;
	}
	return CONNECTION_OK;
}

/* Continues the handshake until it is done. */
static enum connection_result
shake_hands(struct connections *connections)
{
	struct connection *connection = connections->current;
	enum connection_result result;
	CURLcode code;
	short happened;
	int running;

	while (!is_done(connections, &code)) {
		if (connections->timer <= clock_now()) {
			connections->timer = CLOCK_NEVER;
			(void)curl_multi_socket_action(connections->multi, CURL_SOCKET_TIMEOUT, 0,
						       &running);
			continue;
		}
		result = result_of(uplink_wait(
			connections->uplink, connection->socket, connections->events,
			clock_earlier(connections->deadline, connections->timer), &happened));
		if (result == CONNECTION_OK)
			(void)curl_multi_socket_action(connections->multi, connection->socket,
						       curl_events(happened), &running);
		else if (result != CONNECTION_TIMED_OUT || clock_now() >= connections->deadline)
			return result;
	}
	if (connections->was_opened && connections->socket_result != UPLINK_OK)
		return result_of(connections->socket_result);
	return code == CURLE_OK ? CONNECTION_OK : CONNECTION_FAILED;
}

/* A free place for a new connection. If there is none, the least recently used one is closed. */
static struct connection *
free_place(struct connections *connections)
{
	struct connection *oldest = connections->list;
	size_t i;

	for (i = 0; i < HTTPS_KEPT_MAX; i++) {
		struct connection *place = &connections->list[i];

		if (place->easy == NULL)
			return place;
		if (place->used_at < oldest->used_at)
			oldest = place;
	}
	connection_close(connections, oldest);
	return oldest;
}

/* Creates libcurl's handle, and starts it. */
static bool
start(struct connections *connections, const struct connection_plan *plan,
      struct connection *connection)
{
	connection->easy = curl_easy_init();
	return connection->easy != NULL && set_tls(connection->easy, plan) &&
	       set_socket(connection->easy, connections, connection) &&
	       curl_easy_setopt(connection->easy, CURLOPT_URL, plan->endpoint->url) == CURLE_OK &&
	       curl_multi_add_handle(connections->multi, connection->easy) == CURLM_OK;
}

enum connection_result
connection_make(struct connections *connections, const struct connection_plan *plan,
		struct connection **connection)
{
	struct connection *made = free_place(connections);
	enum connection_result result = CONNECTION_FAILED;

	*made = (struct connection){ .socket = -1, .group = plan->group, .endpoint = plan->number };
	connections->current = made;
	connections->events = 0;
	connections->number = plan->on_channel;
	connections->deadline = plan->deadline;
	connections->was_opened = false;
	connections->socket_result = UPLINK_OK;
	connections->error[0] = '\0';
	plan->tls->ssl = NULL;
	if (start(connections, plan, made))
		result = shake_hands(connections);
	connections->current = NULL;
	made->ssl = plan->tls->ssl;
	made->made_at = made->used_at = clock_now();
	/* a connection without a verified certificate is not trusted */
	if (result == CONNECTION_OK && (made->ssl == NULL || made->socket < 0))
		result = CONNECTION_FAILED;
	if (result != CONNECTION_OK)
		connection_close(connections, made);
	*connection = made;
	return result;
}

struct connection *
connection_find(struct connections *connections, size_t group, size_t endpoint, int64_t age)
{
	int64_t now = clock_now();
	size_t i;

	for (i = 0; i < HTTPS_KEPT_MAX; i++) {
		struct connection *kept = &connections->list[i];

		if (kept->easy == NULL || kept->group != group || kept->endpoint != endpoint)
			continue;
		if (kept->socket >= 0 && now - kept->made_at < age) {
			kept->used_at = now;
			return kept;
		}
		connection_close(connections, kept);
	}
	return NULL;
}

void
connection_settle(struct connections *connections, struct connection *connection)
{
	int64_t until = clock_now() + SETTLE_MAX;
	short happened;
	char byte;
	size_t size;

	/* tickets come one by one, and nothing marks the last one */
	while (uplink_wait(connections->uplink, connection->socket, POLLIN, until, &happened) ==
	       UPLINK_OK) {
		/* takes a ticket; a connection on which data comes before any request is
		 * unusable */
		if (curl_easy_recv(connection->easy, &byte, 1, &size) != CURLE_AGAIN) {
			connection_close(connections, connection);
			return;
		}
	}
}

bool
connection_is_quiet(const struct connection *connection)
{
	uint8_t byte;

	if (connection->socket < 0 || SSL_has_pending(connection->ssl) != 0)
		return false;
	return recv(connection->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
	       (errno == EAGAIN || errno == EWOULDBLOCK);
}

void
connection_close(struct connections *connections, struct connection *connection)
{
	if (connection->easy == NULL)
		return;
	(void)curl_multi_remove_handle(connections->multi, connection->easy);
	curl_easy_cleanup(connection->easy);
	connection->easy = NULL;
	connection->socket = -1;
	connection->ssl = NULL;
}
