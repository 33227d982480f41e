/* SPDX-License-Identifier: ISC */
/*
 * The gate: the server's side of the program. It reads frames by their length,
 * counts them, and writes exactly one reply for each, in one write(2)
 * (doc/protocol.md section 0). What is in a frame it never looks at.
 *
 *     READING ──▶ WHOLE ──▶ ASKED ──▶ REPLYING ──▶ READING
 *     a frame    counted;   it was    the reply    that is written
 *     comes      waits for  handed    is known
 *                a worker   over
 *
 * One frame is under way at a time, as servers do it: what comes behind it stays in
 * the pipe, so that between two frames nothing of the server's is held here.
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

#define GATE_FDS 2 /* that it waits for */

enum gate_phase {
	GATE_READING,
	GATE_WHOLE,
	GATE_ASKED,
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
	int64_t deadline;	    /* when it must be answered */
	enum frame_reply reply;	    /* REPLYING */
};

/*
 * Prepares *gate between `in`, from which frames come, and `out`. Returns 0; or -1
 * with *fault set when the frames' memory cannot be protected: then they must be
 * answered "unavailable", which it can do.
 */
MUST_USE int gate_open(struct gate *gate, int in, int out, struct fault *fault);

/*
 * Sets what the gate waits for, always also for the server to hang up, and returns how
 * many descriptors that are.
 */
size_t gate_wait(const struct gate *gate, struct pollfd fds[GATE_FDS]);

/*
 * Goes on with what poll(2) has found. `allowed` is how long a frame that is whole
 * now may take, in microseconds.
 */
void gate_step(struct gate *gate, const struct pollfd fds[GATE_FDS], int64_t allowed);

/*
 * True when nothing of the server's is held, nothing is owed, and it has sent nothing
 * more: the next program can go on from here.
 */
bool gate_is_between(const struct gate *gate);

/*
 * The frame that is WHOLE, as the REQUEST that a worker gets.
 */
struct view gate_request(struct gate *gate);

/*
 * The request has been handed over: it is wiped here, and ASKED.
 */
void gate_was_asked(struct gate *gate);

/*
 * Where the request was written to, MESSAGE_SIZE_MAX bytes: for one that was found
 * unread when its worker died. Then the frame is WHOLE again.
 */
uint8_t *gate_room(struct gate *gate);
void gate_was_not_asked(struct gate *gate);

/*
 * Answers the frame under way, which is WHOLE or ASKED; what is left of it here is
 * wiped. A server that does not read its replies gets it when it does.
 */
void gate_reply(struct gate *gate, enum frame_reply reply);

#endif
