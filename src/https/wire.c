/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "https/wire.h"

#include "base/view.h"
#include "core/http.h"
#include "https/connection.h"
#include "ipc/uplink.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum received {
	RECEIVED_BYTES,
	RECEIVED_NOTHING, /* for now */
	RECEIVED_END,	  /* of the connection: see wire->end */
};

static enum received
receive(struct wire *wire)
{
	struct http_answer *answer = wire->answer;
	size_t size = 0;
	CURLcode code = curl_easy_recv(wire->connection->easy, answer->bytes + answer->size,
				       sizeof(answer->bytes) - answer->size, &size);

	if (code == CURLE_AGAIN)
		return RECEIVED_NOTHING;
	answer->size += size;
	if (code == CURLE_OK && size > 0)
		return RECEIVED_BYTES;
	/* OpenSSL notes an alert that ends the connection there, too, but returns an error
	 * besides */
	wire->end = HTTP_CUT;
	if (code == CURLE_OK && wire->connection->ssl != NULL &&
	    (SSL_get_shutdown(wire->connection->ssl) & SSL_RECEIVED_SHUTDOWN) != 0)
		wire->end = HTTP_CLOSED;
	return RECEIVED_END;
}

static enum wire_result
wait_for(struct wire *wire, short events, short *happened)
{
	switch (uplink_wait(wire->uplink, wire->connection->socket, events, wire->deadline,
			    happened)) {
	case UPLINK_OK:
		break;
	case UPLINK_TIMED_OUT:
		return WIRE_TIMED_OUT;
	case UPLINK_FAILED:
	case UPLINK_MONITOR_GONE:
		return WIRE_LOST;
	}
	return WIRE_WHOLE;
}

/* Checks that the peer has sent nothing yet. Servers send tickets first, within TLS; OpenSSL
 * takes those and leaves nothing for us. */
static enum wire_result
look(struct wire *wire)
{
	if (connection_is_quiet(wire->connection))
		return WIRE_WHOLE;
	switch (receive(wire)) {
	case RECEIVED_BYTES:
		return WIRE_EARLY;
	case RECEIVED_NOTHING:
		break;
	case RECEIVED_END:
		return WIRE_LOST;
	}
	return WIRE_WHOLE;
}

/* Sends all of `piece`. WIRE_WHOLE: it was sent. */
static enum wire_result
send_piece(struct wire *wire, struct view piece)
{
	enum wire_result result = WIRE_WHOLE;
	size_t size;
	short happened;

	while (piece.size > 0 && result == WIRE_WHOLE) {
		CURLcode code;

		wire->sent = true;
		code = curl_easy_send(wire->connection->easy, piece.data, piece.size, &size);
		if (code == CURLE_OK) {
			piece = view_part(piece, size, piece.size - size);
			if (piece.size > 0)
				result = look(wire);
		} else if (code == CURLE_AGAIN) {
			result = wait_for(wire, POLLIN | POLLOUT, &happened);
			if (result == WIRE_WHOLE && (happened & ~POLLOUT) != 0)
				result = look(wire);
		} else {
			result = WIRE_LOST;
		}
	}
	return result;
}

static enum wire_result
send_request(struct wire *wire, struct view start, struct view rest)
{
	enum wire_result result = WIRE_WHOLE;

	if (wire->is_fresh)
		result = look(wire);
	if (result == WIRE_WHOLE)
		result = send_piece(wire, start);
	if (result == WIRE_WHOLE && rest.size > 0)
		result = look(wire);
	return result == WIRE_WHOLE ? send_piece(wire, rest) : result;
}

/* An API server that sends head and body apart may wait for our acknowledgement between them
 * (Nagle's algorithm), which the kernel would delay by 40 ms. */
static void
acknowledge_at_once(const struct wire *wire)
{
	int on = 1;

	(void)setsockopt(wire->connection->socket, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

static enum wire_result
receive_answer(struct wire *wire)
{
	enum http_result read = HTTP_MORE;
	enum wire_result result;
	short happened;

	while (read == HTTP_MORE) {
		if (wire->answer->size > 0)
			acknowledge_at_once(wire);
		result = wait_for(wire, POLLIN, &happened);
		if (result != WIRE_WHOLE)
			return result;
		while (read == HTTP_MORE && receive(wire) != RECEIVED_NOTHING)
			read = http_read(wire->answer, wire->end);
	}
	if (read == HTTP_WHOLE)
		return WIRE_WHOLE;
	return wire->answer->size == 0 ? WIRE_LOST : WIRE_BROKEN;
}

enum wire_result
wire_exchange(struct wire *wire, struct view start, struct view rest)
{
	enum wire_result result;

	wire->end = HTTP_OPEN;
	http_begin(wire->answer);
	result = send_request(wire, start, rest);
	if (result == WIRE_WHOLE)
		return receive_answer(wire);
	/* an answer that came too early is read for its status alone */
	if (result == WIRE_EARLY)
		(void)http_read(wire->answer, wire->end);
	return result;
}
