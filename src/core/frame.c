/* SPDX-License-Identifier: ISC */
#include "core/frame.h"

#include "base/wipe.h"

#include <stddef.h>
#include <stdint.h>

/* The payload length that the header announces. Unsigned: a
 * signed one makes a frame of 40,000 bytes hang the helper for ever, as it does the
 * Python script of 2014. */
/*@ requires \valid_read(buffer) && buffer->size <= FRAME_SIZE_MAX && frame_filled(buffer);
  @ requires FRAME_HEADER_SIZE <= buffer->size;
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result == frame_announced(buffer) <= FRAME_PAYLOAD_MAX;
  @*/
static size_t
announced(const struct frame_buffer *buffer)
{
	return (size_t)buffer->bytes[0] * 256 + buffer->bytes[1];
}

size_t
frame_size(const struct frame_buffer *buffer)
{
	size_t size;

	if (buffer->size < FRAME_HEADER_SIZE)
		return 0;
	size = FRAME_HEADER_SIZE + announced(buffer);
	return buffer->size < size ? 0 : size;
}

struct view
frame_payload(const struct frame_buffer *buffer)
{
	struct view payload = { buffer->bytes + FRAME_HEADER_SIZE, announced(buffer) };

	return payload;
}

void
frame_forget(struct frame_buffer *buffer, size_t size)
{
	size_t rest = buffer->size - size, i;

	/*@ loop invariant i <= rest;
	  @ loop invariant \forall integer j; 0 <= j < i ==>
	  @	buffer->bytes[j] == \at(buffer->bytes[size + j], Pre);
	  @ loop invariant \forall integer j; i <= j < buffer->size ==>
	  @	buffer->bytes[j] == \at(buffer->bytes[j], Pre);
	  @ loop invariant \initialized(buffer->bytes + (0 .. buffer->size - 1));
	  @ loop assigns i, buffer->bytes[0 .. rest - 1];
	  @ loop variant rest - i;
	  @*/
	for (i = 0; i < rest; i++)
		buffer->bytes[i] = buffer->bytes[size + i];
	wipe_bytes(buffer->bytes + rest, size);
	buffer->size = rest;
}

void
frame_encode_header(size_t size, uint8_t out[FRAME_HEADER_SIZE])
{
	out[0] = (uint8_t)(size / 256);
	out[1] = (uint8_t)(size % 256);
}

void
frame_encode_reply(enum frame_reply reply, uint8_t out[FRAME_REPLY_SIZE])
{
	out[0] = 0;
	out[1] = 2;
	out[2] = 0;
	out[3] = (uint8_t)reply;
}
