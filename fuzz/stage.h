/* SPDX-License-Identifier: ISC */
/*
 * A stage for the worker: the host, the monitor and the API are played from a
 * script whenever the worker calls poll(2), in the worker's own process. Nothing
 * ever waits: when nobody has anything to say, time passes at once.
 *
 * A script is a text of records, each an '@' at the start of a line, one letter,
 * and what is up to the next such line. Records are played in order, as soon as
 * the worker waits for the one who plays them:
 *
 *     F PAYLOAD   the host sends a frame with this payload
 *     H BYTES     the host sends these bytes
 *     A BYTES     the API sends these bytes
 *     C BYTES     the API sends these bytes and closes the connection
 *     X BYTES     the same, but it is cut: TLS would not say that it was closed
 *     T           the API says nothing, and time passes
 *     E BYTES     the API sends these bytes while nothing is asked of it
 *     N BYTE      the monitor says that it cannot connect, with this error
 *     M BYTES     the monitor sends this, one of its own messages or not
 *     R           the monitor asks the worker to retire
 *     G           the host is gone
 *
 * When the next record is somebody else's, the API closes the connection, the
 * monitor does as it is asked, and the host has the record skipped.
 */
#ifndef STAGE_H
#define STAGE_H

#include "base/view.h"

#define STAGE_SENT_MAX 16384 /* bytes of host or API that are remembered */

/*
 * Bytes that went one way, as far as they are remembered.
 */
struct stage_bytes {
	size_t size;
	uint8_t data[STAGE_SENT_MAX];
};

struct stage {
	struct view script;
	int host_in, host_out, channel;	      /* the worker's ends */
	int host_writes, host_reads, monitor; /* the other ends; host_writes -1: gone */
	int api;			      /* the API's end of the connection, or -1 */
	bool notified;			      /* TLS would say that the API closed it */
	bool disturbed;			      /* by M, R or G: not every frame must be answered */
	struct stage_bytes host;	      /* what the host has sent */
	struct stage_bytes asked;	      /* what the API was sent since stage_new_exchange() */
	struct stage_bytes answered;	      /* what it has said since it was sent anything */
};

/*
 * Makes the ends; and closes them, or what is left of them.
 */
void stage_open(struct stage *stage, struct view script);
void stage_close(struct stage *stage);

/*
 * Forgets what the API was asked and has said.
 */
void stage_new_exchange(struct stage *stage);

#endif
