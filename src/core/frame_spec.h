/* SPDX-License-Identifier: ISC */
/*
 * What the contracts of frame.h are written in.
 */
#ifndef FRAME_SPEC_H
#define FRAME_SPEC_H

/*@ predicate frame_filled{L}(struct frame_buffer *b) =
  @	\initialized(&b->size) && \initialized(b->bytes + (0 .. b->size - 1));
  @
  @ // the bytes that the first two say: big endian, unsigned
  @ logic integer frame_announced{L}(struct frame_buffer *b) = 256 * b->bytes[0] + b->bytes[1];
  @
  @ predicate frame_whole{L}(struct frame_buffer *b) =
  @	FRAME_HEADER_SIZE <= b->size && FRAME_HEADER_SIZE + frame_announced(b) <= b->size;
  @*/

#endif
