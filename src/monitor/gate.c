/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "monitor/gate.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/secret.h"
#include "base/wipe.h"
#include "ipc/message.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HANG_UP (POLLHUP | POLLERR | POLLNVAL)

/* The worker must be done this long before the deadline, so that its outcome, which has the
 * cause, comes before the monitor replies without one. */
#define WORKER_AHEAD (20 * CLOCK_MILLISECOND)

/* The payload is read into its place in a REQUEST. */
struct gate_memory {
	uint8_t header[FRAME_HEADER_SIZE];
	uint8_t message[MESSAGE_SIZE_MAX];
};

int
gate_open(struct gate *gate, int in, int out, struct fault *fault)
{
	static struct gate_memory unlocked; /* frames must be read and discarded all the same */

	*gate = (struct gate){ .in = in, .out = out, .memory = &unlocked };
	gate->memory = secret_map(sizeof(*gate->memory), fault);
	if (gate->memory == NULL) {
		gate->memory = &unlocked;
		return -1;
	}
	/* a worker or resolver that is forked while a frame waits does not inherit it */
	if (madvise(gate->memory, sizeof(*gate->memory), MADV_WIPEONFORK) < 0)
		return fault_set(fault, "cannot keep memory from new processes: %s",
				 strerror(errno));
	return 0;
}

size_t
gate_wait(const struct gate *gate, struct pollfd fds[GATE_FDS])
{
	/* a server that has shut down its half of a socket has hung up as well */
	fds[0] = (struct pollfd){ gate->in, gate->phase == GATE_READING ? POLLIN : POLLRDHUP, 0 };
	fds[1] = (struct pollfd){ gate->out, POLLOUT, 0 };
	return gate->phase == GATE_REPLYING ? 2 : 1;
}

bool
gate_is_between(const struct gate *gate)
{
	struct pollfd more = { gate->in, POLLIN, 0 };

	return gate->phase == GATE_READING && gate->size == 0 && poll(&more, 1, 0) == 0;
}

/* The length in the header, once the header has been read. */
static size_t
payload_size(const struct gate *gate)
{
	return frame_decode_header(gate->memory->header);
}

/* Reads up to `size` bytes. After a failure it must not be called again. */
static bool
read_some(struct gate *gate, uint8_t *bytes, size_t size)
{
	ssize_t count = read(gate->in, bytes, size);

	if (count > 0)
		gate->size += (size_t)count;
	else
		gate->server_gone = count == 0 || (errno != EINTR && errno != EAGAIN);
	return count > 0;
}

/* Reads what has arrived of the frame, never beyond its end. True when it is whole. */
static bool
read_frame(struct gate *gate)
{
	struct gate_memory *memory = gate->memory;
	size_t size;

	if (gate->size < FRAME_HEADER_SIZE &&
	    !read_some(gate, memory->header + gate->size, FRAME_HEADER_SIZE - gate->size))
		return false;
	if (gate->size < FRAME_HEADER_SIZE)
		return false;
	size = FRAME_HEADER_SIZE + payload_size(gate);
	if (gate->size < size) {
		struct pollfd more = { gate->in, POLLIN, 0 };
		size_t got = gate->size - FRAME_HEADER_SIZE;

		/* there may be no more to read */
		if (got == 0 && poll(&more, 1, 0) == 0)
			return false;
		if (!read_some(gate, memory->message + MESSAGE_REQUEST_HEAD + got,
			       size - gate->size))
			return false;
	}
	return gate->size == size;
}

static void
begin_request(struct gate *gate, int64_t allowed)
{
	gate->phase = GATE_WHOLE;
	/* never 0, by which worker_process.h means that there is no request */
	gate->number = gate->number == UINT32_MAX ? 1 : gate->number + 1;
	gate->started = clock_now();
	gate->deadline = gate->started + allowed;
	message_write_request(gate->number, gate->deadline - WORKER_AHEAD, gate->memory->message);
}

/* One write(2) of four bytes, when there is room for them. */
static void
write_reply(struct gate *gate)
{
	struct pollfd room = { gate->out, POLLOUT, 0 };
	uint8_t bytes[FRAME_REPLY_SIZE];
	ssize_t written;

	if (poll(&room, 1, 0) == 0)
		return;
	frame_encode_reply(gate->reply, bytes);
	written = write(gate->out, bytes, sizeof(bytes));
	if (written < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	gate->server_gone = gate->server_gone || written != (ssize_t)sizeof(bytes);
	gate->phase = GATE_READING;
}

void
gate_step(struct gate *gate, const struct pollfd fds[GATE_FDS], int64_t allowed)
{
	switch (gate->phase) {
	case GATE_READING:
		if ((fds[0].revents & POLLIN) != 0) {
			if (read_frame(gate))
				begin_request(gate, allowed);
			return;
		}
		break;
	case GATE_REPLYING:
		if (fds[1].revents != 0)
			write_reply(gate);
		break;
	case GATE_WHOLE:
	case GATE_HANDED_OVER:
		break;
	}
	if ((fds[0].revents & (HANG_UP | POLLRDHUP)) != 0)
		gate->server_gone = true;
}

struct view
gate_request(struct gate *gate)
{
	return (struct view){ gate->memory->message, MESSAGE_REQUEST_HEAD + payload_size(gate) };
}

static void
forget(struct gate *gate)
{
	wipe(gate->memory->message, MESSAGE_REQUEST_HEAD + payload_size(gate));
	gate->size = 0;
}

void
gate_handed_over(struct gate *gate)
{
	forget(gate);
	gate->phase = GATE_HANDED_OVER;
}

uint8_t *
gate_room(struct gate *gate)
{
	return gate->memory->message;
}

void
gate_taken_back(struct gate *gate)
{
	gate->size = FRAME_HEADER_SIZE + payload_size(gate);
	gate->phase = GATE_WHOLE;
}

void
gate_reply(struct gate *gate, enum frame_reply reply)
{
	if (gate->phase == GATE_WHOLE)
		forget(gate);
	gate->reply = reply;
	gate->phase = GATE_REPLYING;
	write_reply(gate);
}
