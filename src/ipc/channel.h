/* SPDX-License-Identifier: ISC */
/*
 * The channel between monitor and worker: a socket pair that keeps the boundaries
 * of messages (message.h). This module sends and receives bytes, with one descriptor or none;
 * it does not read them.
 */
#ifndef CHANNEL_H
#define CHANNEL_H

#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct message;

/*
 * Makes the two ends, close-on-exec. Returns 0, or -1 with errno set.
 */
int channel_open(int ends[2]);

/*
 * Sends the bytes of a message, with the descriptor `passed` when it is not -1,
 * and keeps that descriptor open. Never waits. Returns 0, or -1 with errno set.
 */
int channel_send(int end, struct view bytes, int passed);

/*
 * Packs and sends any message but a REQUEST.
 */
int channel_send_message(int end, const struct message *message, int passed);

enum channel_result {
	CHANNEL_MESSAGE, /* a message was received */
	CHANNEL_EMPTY,	 /* there is none yet */
	CHANNEL_CLOSED,	 /* the other end is gone */
	CHANNEL_BROKEN,	 /* not a valid message: the peer must not be trusted any more */
};

/*
 * What was received, in the caller's memory.
 */
struct channel_received {
	uint8_t *room;
	size_t room_size; /* bytes */
	size_t size;	  /* of the message */
	int passed;	  /* a descriptor that came with it, now the caller's; or -1 */
};

/*
 * Receives a message. When there is none, waits for one if `waits` is set. The caller has set room
 * and room_size. A message that is larger, carries more than one descriptor, or was cut short by
 * the kernel is CHANNEL_BROKEN, and leaves no descriptor open.
 */
enum channel_result channel_receive(int end, struct channel_received *received, bool waits);

#endif
