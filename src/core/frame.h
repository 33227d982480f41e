/* SPDX-License-Identifier: ISC */
/*
 * Frames: the {packet,2} protocol of Erlang ports (doc/protocol.md section 1.1).
 *
 *     request   LENGTH_HIGH LENGTH_LOW payload[LENGTH]     LENGTH is 0..65535
 *     reply     00 02 00 CODE
 *
 * This module does no I/O: the monitor reads frames and writes replies (gate.h).
 */
#ifndef FRAME_H
#define FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER_SIZE 2
#define FRAME_PAYLOAD_MAX 65535 /* the largest length that two bytes can express */
#define FRAME_SIZE_MAX	  (FRAME_HEADER_SIZE + FRAME_PAYLOAD_MAX)
#define FRAME_REPLY_SIZE  4

/*
 * What a reply says. The numbers are the fourth byte on the wire; UNKNOWN is not in the protocol,
 * and ejabberd treats any such code as a failure of its database instead of a "no" (doc/protocol.md
 * section 2.1).
 */
enum frame_reply {
	FRAME_REPLY_NO = 0,
	FRAME_REPLY_YES = 1,
	FRAME_REPLY_UNKNOWN = 2,
};

/*
 * The size in bytes of the payload, from its header. The length is unsigned: a signed one makes a
 * helper hang for ever at a frame of 40,000 bytes, as it does the Python script of 2014.
 */
/*@ requires \valid_read(header + (0 .. FRAME_HEADER_SIZE - 1));
  @ requires \initialized(header + (0 .. FRAME_HEADER_SIZE - 1));
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result == 256 * header[0] + header[1] <= FRAME_PAYLOAD_MAX;
  @*/
size_t frame_decode_header(const uint8_t header[FRAME_HEADER_SIZE]);

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
