/* SPDX-License-Identifier: ISC */
/*
 * The channel between monitor and worker: messages of one fixed size over a
 * socket pair that keeps their boundaries. The worker asks for a connection by
 * an endpoint's number, never by an address; the connected socket comes back
 * with the reply.
 *
 *     worker                                monitor
 *       READY (+ status file) ─────────────▶  sealed: look at me
 *       ◀───────────────────────────── SERVE  you may read frames
 *       CONNECT id, endpoint ──────────────▶
 *       ◀─────── CONNECTED id, error (+ socket)
 *       ◀──────────────────────────── RETIRE  finish what you have, then leave
 */
#ifndef CHANNEL_H
#define CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

enum channel_kind {
	CHANNEL_READY = 1,
	CHANNEL_SERVE,
	CHANNEL_CONNECT,
	CHANNEL_CONNECTED,
	CHANNEL_RETIRE,
};

struct channel_message {
	uint32_t kind;
	uint32_t id;	     /* CONNECT, CONNECTED: which request; echoed */
	uint32_t endpoint;   /* CONNECT: its place in the settings */
	int32_t error;	     /* CONNECTED: 0, an errno, or a negative EAI_ code;
			     READY: the Landlock ABI in force */
	uint32_t resolve_us; /* CONNECTED: time spent on the name, in microseconds */
	uint32_t connect_us; /* CONNECTED: time spent on TCP, in microseconds */
};

/*
 * Makes the two ends, close-on-exec. Returns 0, or -1 with errno set.
 */
int channel_open(int ends[2]);

/*
 * Sends a message, with the descriptor `passed` when it is not -1, and keeps
 * that descriptor open. Never waits. Returns 0, or -1 with errno set.
 */
int channel_send(int end, const struct channel_message *message, int passed);

enum channel_result {
	CHANNEL_MESSAGE, /* a message was received */
	CHANNEL_EMPTY,	 /* there is none yet */
	CHANNEL_CLOSED,	 /* the other end is gone */
	CHANNEL_BROKEN,	 /* what came is no message: the peer is not to be trusted */
};

/*
 * Receives a message, without waiting. *passed is a descriptor that came with
 * it, now the caller's, or -1. Messages of a wrong size, with more than one
 * descriptor, or cut short by the kernel are CHANNEL_BROKEN, and leave no
 * descriptor open.
 */
enum channel_result channel_receive(int end, struct channel_message *message, int *passed);

#endif
