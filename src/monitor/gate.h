/* SPDX-License-Identifier: ISC */
/*
 * The gate: the server's side of the program. It reads frames by their length,
 * counts them, and writes exactly one reply for each, in one write(2)
 * (doc/protocol.md section 0). It never parses the contents of a frame.
 *
 *     READING ──▶ WHOLE ──▶ HANDED_OVER ──▶ REPLYING ──▶ READING
 *     a frame    counted;   a worker      the reply    that is written
 *     comes      waits for  has it        is known
 *                a worker
 *
 * One frame is under way at a time, as in the servers: what follows it stays in the pipe, so
 * that between two frames no data of the server is held here.
 */
#ifndef GATE_H
#define GATE_H

#include "base/must_use.h"
#include "base/view.h"
#include "core/frame.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fault;
struct gate_memory;

#define GATE_FDS 2 /* descriptors that it waits for */

enum gate_phase {
	GATE_READING,
	GATE_WHOLE,
	GATE_HANDED_OVER,
	GATE_REPLYING,
};

struct gate {
	int in, out;
	enum gate_phase phase;
	bool server_gone;
	struct gate_memory *memory; /* secret: the frame */
	size_t size;		    /* bytes of it that were read, header included */
	uint32_t number;	    /* of the frame under way, or of the last one */
	int64_t started;	    /* when it was whole; clock.h */
	int64_t deadline;	    /* when the reply must be written */
	enum frame_reply reply;	    /* REPLYING */
};

/*
 * Prepares *gate between `in`, from which frames come, and `out`. Returns 0; or -1
 * with *fault set when the frames' memory cannot be protected: then the reply to every frame
 * must be "unavailable", for which *gate is ready.
 */
MUST_USE int gate_open(struct gate *gate, int in, int out, struct fault *fault);

/*
 * Sets the events that the gate waits for, a hang-up of the server always included, and returns
 * the number of descriptors.
 */
size_t gate_wait(const struct gate *gate, struct pollfd fds[GATE_FDS]);

/*
 * Handles the events that poll(2) returned. `allowed` is the time for a frame that is complete
 * now, in microseconds.
 */
void gate_step(struct gate *gate, const struct pollfd fds[GATE_FDS], int64_t allowed);

/*
 * True when no data of the server is held, no reply is owed, and the server has sent nothing
 * more: the next program can continue from here.
 */
bool gate_is_between(const struct gate *gate);

/*
 * The frame that is WHOLE, as the REQUEST that a worker gets.
 */
struct view gate_request(struct gate *gate);

/*
 * A worker has the request: it is wiped here, and HANDED_OVER.
 */
void gate_handed_over(struct gate *gate);

/*
 * The buffer of the request, MESSAGE_SIZE_MAX bytes: for a request that was unread when its
 * worker died. Then the frame is WHOLE again.
 */
uint8_t *gate_room(struct gate *gate);
void gate_taken_back(struct gate *gate);

/*
 * Replies to the frame under way, which is WHOLE or HANDED_OVER, and wipes it here. If the pipe is
 * full, the reply is written when the server reads.
 */
void gate_reply(struct gate *gate, enum frame_reply reply);

#endif
