/* SPDX-License-Identifier: ISC */
/*
 * Standing by: what the monitor does when there is no worker to serve the host.
 * Every frame is read away unseen and answered "unavailable". An early exit
 * would take external authentication down with it (doc/protocol.md section 2.1).
 */
#ifndef STANDBY_H
#define STANDBY_H

#include "core/frame.h"
#include "core/xmpp_server.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct standby {
	uint8_t header[FRAME_HEADER_SIZE];
	size_t header_size; /* bytes of the header read */
	size_t left;	    /* bytes of the payload still to be read away */
};

/*
 * True between two frames, when a worker could take over.
 */
bool standby_is_between_frames(const struct standby *standby);

/*
 * Reads once from `in`, which is readable, and never beyond the end of the
 * current frame; when that is reached, answers on `out`. False when the host
 * is gone.
 */
bool standby_read(struct standby *standby, int in, int out, enum xmpp_server server);

/*
 * Writes the reply that stands for "unavailable". False when the host is gone.
 */
bool standby_reply(int out, enum xmpp_server server);

#endif
