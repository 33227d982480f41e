/* SPDX-License-Identifier: ISC */
/*
 * One request and its answer on one connection: the whole request is written before a byte of the
 * answer is read, and the answer is read by core/http.h.
 */
#ifndef WIRE_H
#define WIRE_H

#include "base/view.h"
#include "core/http.h"

#include <stdbool.h>
#include <stdint.h>

struct connection;
struct uplink;

struct wire {
	struct uplink *uplink;
	const struct connection *connection;
	bool is_fresh;	  /* not checked since its handshake */
	int64_t deadline; /* clock.h */
	struct http_answer *answer;

	/* filled in */
	bool sent; /* bytes of the request may have reached the API */
	enum http_end end;
};

enum wire_result {
	WIRE_WHOLE,  /* see the answer */
	WIRE_LOST,   /* the connection, or the monitor, was gone before a byte of an answer */
	WIRE_BROKEN, /* not a valid answer: see answer->defect */
	WIRE_EARLY,  /* something came before the request was sent completely */
	WIRE_TIMED_OUT,
};

/*
 * Sends `start` and then `rest`, and waits for the answer. Unless it returns WIRE_WHOLE, the
 * connection must be closed.
 */
enum wire_result wire_exchange(struct wire *wire, struct view start, struct view rest);

#endif
