/* SPDX-License-Identifier: ISC */
/*
 * Messages on a channel as a process that was taken over sends them: any bytes, any number of
 * descriptors.
 */
#ifndef MESSAGES_H
#define MESSAGES_H

#include "base/view.h"

#define MESSAGES_MAX 16	 /* at a time */
#define BYTES_MAX    300 /* of one */

struct sent {
	struct view bytes;
	size_t descriptors;   /* that were passed with it */
	bool has_credentials; /* of the sender; they leave no room for descriptors */
};

/*
 * Sends messages made of the input through ends[0], and lists them. A message is two bytes with its
 * size, a byte with the number of descriptors (up to 7), and its bytes. If the input starts with
 * '@', they reach ends[1] with credentials, as if the receiver had requested them. Returns how many
 * were sent.
 */
size_t messages_send(struct view *input, const int ends[2], struct sent sent[MESSAGES_MAX]);

/*
 * True when this may be received as bytes with one descriptor or none.
 */
bool messages_is_sound(const struct sent *sent);

/*
 * True when this looks like the end of the stream.
 */
bool messages_is_end(const struct sent *sent);

/*
 * The lowest free descriptor: a different number means that one was left open.
 */
int messages_lowest_free(void);

#endif
