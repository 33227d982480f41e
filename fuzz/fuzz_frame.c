/* SPDX-License-Identifier: ISC */
/*
 * A stream of frames in pieces, against a model that has the whole stream.
 *
 * The input is a list of pieces: a byte N below 254 and N bytes as they are, or
 * N from 254 on and one byte that is repeated (N - 253) * 32768 times.
 */
#include "fuzz.h"

#include "core/frame.h"

#define STREAM_MAX ((size_t)1 << 20)
#define WORK_MAX   ((size_t)1 << 16) /* bytes moved: each frame moves what follows it */

static struct frame_buffer buffer; /* empty between executions */
static uint8_t stream[STREAM_MAX + 65536];
static const uint8_t zeros[FRAME_SIZE_MAX];
static size_t sent, next, work; /* bytes given, where the next frame begins, bytes moved */

/* Takes the frames that the buffer holds, each of which must be the stream's next. */
static void
take_frames(void)
{
	size_t size, left;

	while ((size = frame_size(&buffer)) > 0 && work < WORK_MAX) {
		struct view payload = frame_payload(&buffer);

		MUST(size == 2 + (size_t)stream[next] * 256 + stream[next + 1]);
		MUST(payload.size == size - 2);
		MUST(memcmp(payload.data, stream + next + 2, payload.size) == 0);
		left = buffer.size - size;
		work += buffer.size;
		frame_forget(&buffer, size);
		next += size;
		MUST(buffer.size == left && memcmp(buffer.bytes, stream + next, left) == 0);
		MUST(memcmp(buffer.bytes + left, zeros, size) == 0);
	}
	/* the model agrees that the next one is not complete */
	left = sent - next;
	MUST(size > 0 || (buffer.size == left && left < sizeof(buffer.bytes)));
	MUST(size > 0 || left < 2 || left < 2 + (size_t)stream[next] * 256 + stream[next + 1]);
}

/* Gives the buffer what came, as much at a time as there is room for. */
static void
give(size_t size)
{
	while (size > 0 && work < WORK_MAX) {
		size_t room = sizeof(buffer.bytes) - buffer.size, some = size < room ? size : room;

		MUST(some > 0);
		memcpy(buffer.bytes + buffer.size, stream + sent, some);
		buffer.size += some;
		sent += some;
		size -= some;
		take_frames();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view input = { data, size }, piece;
	uint8_t reply[FRAME_REPLY_SIZE], length;

	for (work = sent = next = 0; input.size > 0 && sent < STREAM_MAX; give(size)) {
		length = take_byte(&input);
		piece = take_bytes(&input, length < 254 ? length : 1);
		size = length < 254 ? piece.size : (size_t)(length - 253) * 32768;
		memcpy(stream + sent, piece.data, piece.size);
		memset(stream + sent + piece.size, piece.size > 0 ? *piece.data : 0,
		       size - piece.size);
	}
	frame_encode_reply((enum frame_reply)(sent % 3), reply);
	MUST(memcmp(reply, "\0\2\0", 3) == 0 && reply[3] == sent % 3);
	frame_forget(&buffer, buffer.size);
	return 0;
}
