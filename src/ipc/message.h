/* SPDX-License-Identifier: ISC */
/*
 * Messages: all that passes between monitor and worker, one datagram of the
 * channel (channel.h) for each. This module does no I/O: it packs and reads; a message that
 * violates any rule is not read at all.
 *
 *     worker                                   monitor
 *       READY status file (+ descriptor) ─────▶  started, not sealed yet
 *       READY sealed, Landlock ABI ───────────▶  confirm my seal
 *       ◀──────────────────────────────── SERVE  confirmed; connect beforehand, or not
 *       READY connected ──────────────────────▶  if it was to connect
 *       ◀──────── REQUEST number, deadline, payload
 *       CONNECT connection, endpoint ─────────▶
 *       ◀──────── CONNECTED connection, error (+ descriptor)
 *       OUTCOME number, outcome ──────────────▶  one for each REQUEST
 *       NOTE level, text ─────────────────────▶  a line for the log, at any time
 *
 * There is no message to ask a worker to exit: between two requests it has nothing to finish,
 * and is killed.
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "base/log_level.h"
#include "base/view.h"
#include "core/frame.h"
#include "ipc/outcome.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_NOTE_MAX 1080 /* bytes of a line for the log: a fault, with room for a prefix */

/* As many CONNECTs a worker may send for one REQUEST: to each endpoint, and again to addresses
 * where TLS failed. Between two REQUESTs only the monitor's bucket limits them. */
#define MESSAGE_CONNECTS_MAX 128

/* An error is an errno, or a negative EAI_ code of getaddrinfo(3). */
#define MESSAGE_ERROR_MIN (-1000)
#define MESSAGE_ERROR_MAX 4095

/* Bytes in front of a REQUEST's payload, and of the largest message. */
#define MESSAGE_REQUEST_HEAD 13
#define MESSAGE_SIZE_MAX     (MESSAGE_REQUEST_HEAD + FRAME_PAYLOAD_MAX)

/* The largest message of any other kind, an OUTCOME with a peer, is smaller. */
#define MESSAGE_SMALL_MAX 12288

enum message_kind {
	MESSAGE_REQUEST,
	MESSAGE_OUTCOME,
	MESSAGE_CONNECT,
	MESSAGE_CONNECTED,
	MESSAGE_READY,
	MESSAGE_SERVE,
	MESSAGE_NOTE,
};
#define MESSAGE_KIND_COUNT 7

enum message_stage {
	MESSAGE_STATUS_FILE, /* the descriptor is the worker's /proc/self/status */
	MESSAGE_SEALED,
	MESSAGE_HAS_CONNECTED, /* as far as that was possible */
};

struct message {
	enum message_kind kind;
	uint32_t number; /* REQUEST, OUTCOME: the request's; CONNECT, CONNECTED: the connection's */
	int64_t deadline;		 /* REQUEST; clock.h */
	struct view text;		 /* REQUEST: the frame's payload; NOTE: the line */
	uint32_t endpoint;		 /* CONNECT: its place in the settings */
	int32_t error;			 /* CONNECTED; 0: there is a descriptor */
	uint32_t resolve_us, connect_us; /* CONNECTED: microseconds spent on name and TCP */
	enum message_stage stage;	 /* READY */
	uint32_t landlock;		 /* READY: the ABI in force */
	bool connects_first;		 /* SERVE */
	enum log_level level;		 /* NOTE */
	struct outcome outcome;		 /* OUTCOME */
};

/*@ // What holds of every message that was read.
  @
  @ predicate message_ranges{L}(struct message *m) =
  @	(m->kind == MESSAGE_REQUEST ==>
  @	 0 <= m->deadline && m->text.size <= FRAME_PAYLOAD_MAX) &&
  @	(m->kind == MESSAGE_CONNECTED ==> MESSAGE_ERROR_MIN <= m->error <= MESSAGE_ERROR_MAX) &&
  @	(m->kind == MESSAGE_READY ==> 0 <= m->stage <= MESSAGE_HAS_CONNECTED) &&
  @	(m->kind == MESSAGE_NOTE ==> 0 <= m->level <= LOG_DEBUG &&
  @	 m->text.size <= MESSAGE_NOTE_MAX);
  @*/

/*
 * Writes what comes before the payload of a REQUEST to `head`: a payload that is already in place
 * behind it need not be copied.
 */
/*@ requires \valid(head + (0 .. MESSAGE_REQUEST_HEAD - 1));
  @ terminates \true;
  @ assigns head[0 .. MESSAGE_REQUEST_HEAD - 1];
  @*/
void message_write_request(uint32_t number, int64_t deadline, uint8_t head[MESSAGE_REQUEST_HEAD]);

/*
 * Writes any other message to `room`. Returns its size in bytes.
 */
size_t message_write(const struct message *message, uint8_t room[MESSAGE_SMALL_MAX]);

/*
 * Reads a message, whose texts and views then point into `bytes`. The caller has set tells_peer and
 * peer of message->outcome (outcome.h). Returns 0; or -1 when it is invalid, and the sender must
 * not be trusted any more.
 */
/*@ requires view_readable(bytes) && \valid(message);
  @ requires \separated(message, bytes.data + (0 .. bytes.size - 1));
  @ requires \valid(message->outcome.peer) && \separated(message->outcome.peer, message) &&
  @	\separated(message->outcome.peer, bytes.data + (0 .. bytes.size - 1));
  @ terminates \true;
  @ assigns *message, *message->outcome.peer;
  @ ensures \result == 0 || \result == -1;
  @ ensures \result == 0 ==> message_ranges(message);
  @ ensures \result == 0 && message->kind == MESSAGE_NOTE ==> view_clean(message->text);
  @ ensures \result == 0 && message->kind == MESSAGE_OUTCOME ==>
  @	outcome_ranges(&message->outcome);
  @ ensures \result == 0 && message->kind == MESSAGE_OUTCOME ==>
  @	outcome_consistent(&message->outcome);
  @ ensures \result == 0 && message->kind == MESSAGE_OUTCOME ==>
  @	outcome_texts(&message->outcome);
  @ ensures \result == 0 && message->kind == MESSAGE_OUTCOME ==>
  @	breaker_valid(&message->outcome.memory.breaker);
  @*/
int message_read(struct view bytes, struct message *message);

#endif
