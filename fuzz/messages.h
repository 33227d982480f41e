/* SPDX-License-Identifier: ISC */
/*
 * Messages on a channel as somebody would send them who has taken over the
 * process at its other end: any size, any number of descriptors.
 */
#ifndef MESSAGES_H
#define MESSAGES_H

#include "base/view.h"
#include "ipc/channel.h"
#include "ipc/uplink.h"

#define MESSAGES_MAX 16 /* at a time */

struct sent {
	size_t size;			/* bytes */
	size_t descriptors;		/* that were passed with it */
	bool has_credentials;		/* of the sender; they leave no room for descriptors */
	struct channel_message message; /* the bytes, when the size is right */
};

/*
 * Sends messages made of the input through ends[0], and lists them. A message is a
 * byte with its size, a byte with the number of descriptors (up to 7), and its
 * bytes. When the first of the input is an '@', they reach ends[1] with credentials,
 * as if somebody had asked for them there. Returns how many were sent.
 */
size_t messages_send(struct view *input, const int ends[2], struct sent sent[MESSAGES_MAX]);

/*
 * True when this may be received as a message.
 */
bool messages_is_sound(const struct sent *sent);

/*
 * True when this cannot be told from the end of the stream.
 */
bool messages_is_end(const struct sent *sent);

/*
 * What a worker should make of them when it asks for the connection `id`.
 */
enum uplink_result messages_expected(const struct sent sent[], size_t count, uint32_t id);

/*
 * The lowest free descriptor: another number means that one was left open.
 */
int messages_lowest_free(void);

#endif
