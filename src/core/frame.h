/* SPDX-License-Identifier: ISC */
/*
 * Frames: the {packet,2} protocol of Erlang ports (doc/protocol.md section 1.1).
 *
 *     request   LENGTH_HIGH LENGTH_LOW payload[LENGTH]     LENGTH is 0..65535
 *     reply     00 02 00 CODE
 *
 * This module does no I/O: the worker reads into the buffer and writes the
 * reply; here is decided where one frame ends and the next begins.
 */
#ifndef FRAME_H
#define FRAME_H

#include "base/view.h"

#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER_SIZE 2
#define FRAME_PAYLOAD_MAX 65535 /* the largest length two bytes can say */
#define FRAME_SIZE_MAX	  (FRAME_HEADER_SIZE + FRAME_PAYLOAD_MAX)
#define FRAME_REPLY_SIZE  4

/*
 * What has been read from the host and not been answered yet. It holds
 * passwords: it lives in secret memory (secret.h).
 */
struct frame_buffer {
	size_t size; /* bytes held, from bytes[0] on */
	uint8_t bytes[FRAME_SIZE_MAX];
};

#include "core/frame_spec.h"

/*
 * What a reply says. The numbers are the fourth byte on the wire; UNKNOWN is
 * not in the protocol, and ejabberd reports any such code as a failure of its
 * database instead of a "no" (doc/protocol.md section 2.1).
 */
enum frame_reply {
	FRAME_REPLY_NO = 0,
	FRAME_REPLY_YES = 1,
	FRAME_REPLY_UNKNOWN = 2,
};

/*
 * The bytes of the first frame in the buffer, header included, or 0 when the
 * buffer does not hold a whole frame yet. A frame is never larger than the
 * buffer, so 0 also means that there is room to read more.
 */
/*@ requires \valid_read(buffer) && buffer->size <= FRAME_SIZE_MAX && frame_filled(buffer);
  @ terminates \true;
  @ assigns \nothing;
  @ behavior whole:
  @	assumes frame_whole(buffer);
  @	ensures \result == FRAME_HEADER_SIZE + frame_announced(buffer);
  @ behavior part:
  @	assumes !frame_whole(buffer);
  @	ensures \result == 0 && buffer->size < FRAME_SIZE_MAX;
  @ complete behaviors;
  @ disjoint behaviors;
  @*/
size_t frame_size(const struct frame_buffer *buffer);

/*
 * The payload of the first frame, without its header. The view points into
 * the buffer. The caller has seen frame_size() return more than 0.
 */
/*@ requires \valid_read(buffer) && buffer->size <= FRAME_SIZE_MAX && frame_filled(buffer);
  @ requires frame_whole(buffer);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result.data == buffer->bytes + FRAME_HEADER_SIZE;
  @ ensures \result.size == frame_announced(buffer);
  @ ensures view_readable(\result);
  @*/
struct view frame_payload(const struct frame_buffer *buffer);

/*
 * Forgets the first `size` bytes: what follows them moves to the front, and
 * every byte that is no longer held is wiped. size <= buffer->size.
 */
/*@ requires \valid(buffer) && buffer->size <= FRAME_SIZE_MAX && frame_filled(buffer);
  @ requires size <= buffer->size;
  @ terminates \true;
  @ assigns buffer->size, buffer->bytes[0 .. buffer->size - 1];
  @ ensures buffer->size == \old(buffer->size) - size;
  @ ensures \forall integer i; 0 <= i < buffer->size ==>
  @	buffer->bytes[i] == \old(buffer->bytes[size + i]);
  @ ensures \forall integer i; 0 <= i < size ==> buffer->bytes[buffer->size + i] == 0;
  @ ensures buffer->size <= FRAME_SIZE_MAX && frame_filled(buffer);
  @*/
void frame_forget(struct frame_buffer *buffer, size_t size);

/*
 * Writes the two bytes of a request's header, whose payload is of `size` bytes, to
 * out. size <= FRAME_PAYLOAD_MAX.
 */
/*@ requires size <= FRAME_PAYLOAD_MAX && \valid(out + (0 .. FRAME_HEADER_SIZE - 1));
  @ terminates \true;
  @ assigns out[0 .. FRAME_HEADER_SIZE - 1];
  @ ensures \initialized(out + (0 .. FRAME_HEADER_SIZE - 1));
  @ ensures 256 * out[0] + out[1] == size;
  @*/
void frame_encode_header(size_t size, uint8_t out[FRAME_HEADER_SIZE]);

/*
 * Writes the four bytes of a reply to out.
 */
/*@ requires \valid(out + (0 .. FRAME_REPLY_SIZE - 1));
  @ requires reply == FRAME_REPLY_NO || reply == FRAME_REPLY_YES || reply == FRAME_REPLY_UNKNOWN;
  @ terminates \true;
  @ assigns out[0 .. FRAME_REPLY_SIZE - 1];
  @ ensures out[0] == 0 && out[1] == 2 && out[2] == 0 && out[3] == reply;
  @ ensures \initialized(out + (0 .. FRAME_REPLY_SIZE - 1));
  @*/
void frame_encode_reply(enum frame_reply reply, uint8_t out[FRAME_REPLY_SIZE]);

#endif
