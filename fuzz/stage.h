/* SPDX-License-Identifier: ISC */
/*
 * A stage for the worker: the monitor and the API are played from a script whenever
 * the worker waits, in the worker's own process. Nothing ever blocks: when all processes
 * wait, time passes at once.
 *
 * The records of a script (script.h) are played in order, as soon as the worker waits
 * for the one who plays them:
 *
 *     F PAYLOAD   the monitor has a request with this payload
 *     A BYTES     the API sends these bytes
 *     C BYTES     the API sends these bytes and closes the connection
 *     X BYTES     the same, but it is cut: TLS would not say that it was closed
 *     T           the API says nothing, and time passes
 *     E BYTES     the API sends these bytes while nothing is asked of it
 *     N BYTE      the monitor says that it cannot connect, with this error
 *     M BYTES     the monitor sends this, one of its own messages or not
 *     G           the monitor is gone
 *
 * When the next record is another's, the API closes the connection, the
 * monitor does as it is asked, or has the record skipped.
 */
#ifndef STAGE_H
#define STAGE_H

#include "base/view.h"
#include "core/verdict.h"
#include "ipc/outcome.h"

#define STAGE_SENT_MAX 16384 /* bytes of requests or API that are kept */

/*
 * Bytes that went one way, as far as they are kept.
 */
struct stage_bytes {
	size_t size;
	uint8_t data[STAGE_SENT_MAX];
};

#define STAGE_REQUESTS_MAX 4096

struct stage {
	struct view script;
	int channel;		     /* the worker's end */
	int monitor;		     /* the other; -1: gone */
	int api;		     /* the API's end of the connection, or -1 */
	bool notified;		     /* TLS would say that the API closed it */
	bool disturbed;		     /* by M or G: not every request must have an outcome */
	uint32_t requests;	     /* that were sent; numbered from 1 on */
	struct stage_bytes frames;   /* their payloads, one after the other, as frames */
	struct stage_bytes asked;    /* what was sent to the API since stage_new_exchange() */
	struct stage_bytes answered; /* what it has sent since then */
	size_t before;		     /* bytes of `asked` that came on another connection */
	size_t heard;		     /* bytes that had come on this one when it began to answer */
	uint32_t outcomes;	     /* that came back, whole and in their order */
	enum verdict verdicts[STAGE_REQUESTS_MAX];
	enum outcome_kind kinds[STAGE_REQUESTS_MAX];
};

/*
 * Makes the ends; and closes them, or what is left of them.
 */
void stage_open(struct stage *stage, struct view script);
void stage_close(struct stage *stage);

/*
 * Forgets what was sent to the API, and by it.
 */
void stage_new_exchange(struct stage *stage);

#endif
