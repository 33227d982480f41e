/* SPDX-License-Identifier: ISC */
#include "core/frame.h"

#include <stddef.h>
#include <stdint.h>

size_t
frame_decode_header(const uint8_t header[FRAME_HEADER_SIZE])
{
	return (size_t)header[0] * 256 + header[1];
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
