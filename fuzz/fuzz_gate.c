/* SPDX-License-Identifier: ISC */
/*
 * A stream of frames in pieces, read by the gate from a pipe, against a model that has
 * the whole stream.
 *
 * The input is a list of pieces: a byte N below 254 and N bytes as they are, or
 * N from 254 on and one byte that is repeated (N - 253) * 32768 times.
 */
#define _GNU_SOURCE
#include "fuzz.h"

#include "base/clock.h"
#include "base/fault.h"
#include "core/frame.h"
#include "ipc/message.h"
#include "monitor/gate.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#define STREAM_MAX ((size_t)1 << 20)

static struct gate gate;
static int server_in = -1, server_out = -1; /* the server's ends */
static uint8_t stream[STREAM_MAX + (size_t)3 * 65536];
static const uint8_t zeros[MESSAGE_SIZE_MAX];
static size_t sent, next; /* bytes sent, and where the next frame begins */

static void
open_gate(void)
{
	int requests[2], replies[2];
	struct fault fault;

	MUST(pipe2(requests, O_NONBLOCK) == 0 && pipe2(replies, O_NONBLOCK) == 0);
	server_out = requests[1];
	server_in = replies[0];
	MUST(gate_open(&gate, requests[0], replies[1], &fault) == 0);
}

/* A frame that is whole must be the stream's next; it gets its reply, and only that. */
static void
take_frame(void)
{
	size_t length = (size_t)stream[next] * 256 + stream[next + 1];
	enum frame_reply code = (enum frame_reply)(length % 3);
	struct view request = gate_request(&gate);
	uint8_t reply[FRAME_REPLY_SIZE + 1];

	MUST(next + 2 + length <= sent && request.size == MESSAGE_REQUEST_HEAD + length);
	MUST(memcmp(request.data + MESSAGE_REQUEST_HEAD, stream + next + 2, length) == 0);
	if (length % 2 == 0)
		gate_handed_over(&gate);
	gate_reply(&gate, code);
	MUST(memcmp(gate_room(&gate), zeros, MESSAGE_REQUEST_HEAD + length) == 0);
	MUST(read(server_in, reply, sizeof(reply)) == FRAME_REPLY_SIZE);
	MUST(memcmp(reply, "\0\2\0", 3) == 0 && reply[3] == code);
	next += 2 + length;
	MUST(gate.phase == GATE_READING && gate.size == 0);
}

/* Lets the gate read while there is something to read. */
static void
turn(void)
{
	struct pollfd fds[GATE_FDS];

	for (;;) {
		(void)gate_wait(&gate, fds);
		if (poll(fds, 1, 0) != 1)
			break;
		gate_step(&gate, fds, CLOCK_SECOND);
		MUST(!gate.server_gone);
		if (gate.phase == GATE_WHOLE)
			take_frame();
	}
	/* the model agrees that the next one is not complete */
	MUST(gate.size == sent - next);
	MUST(sent - next < 2 || sent - next < 2 + (size_t)stream[next] * 256 + stream[next + 1]);
}

/* Writes the input to the gate, as much at a time as the pipe takes. */
static void
give(size_t size)
{
	while (size > 0) {
		ssize_t count = write(server_out, stream + sent, size);

		MUST(count > 0);
		sent += (size_t)count;
		size -= (size_t)count;
		turn();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view input = { data, size }, piece;
	uint8_t length;

	if (server_in < 0)
		open_gate();
	for (sent = next = 0; input.size > 0 && sent < STREAM_MAX; give(size)) {
		length = take_byte(&input);
		piece = take_bytes(&input, length < 254 ? length : 1);
		size = length < 254 ? piece.size : (size_t)(length - 253) * 32768;
		memcpy(stream + sent, piece.data, piece.size);
		memset(stream + sent + piece.size, piece.size > 0 ? *piece.data : 0,
		       size - piece.size);
	}
	/* the rest of the last frame is filled up, so that the next input starts with a new
	 * frame */
	while ((size = sent - next) > 0) {
		size_t whole = size < 2 ? 2 : 2 + (size_t)stream[next] * 256 + stream[next + 1];

		memset(stream + sent, 0, whole - size);
		give(whole - size);
	}
	return 0;
}
