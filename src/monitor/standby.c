/* SPDX-License-Identifier: ISC */
#include "monitor/standby.h"

#include "base/wipe.h"
#include "core/frame.h"
#include "core/operation.h"
#include "core/verdict.h"
#include "core/verdict_reply.h"
#include "core/xmpp_server.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

bool
standby_is_between_frames(const struct standby *standby)
{
	return standby->header_size == 0;
}

bool
standby_reply(int out, enum xmpp_server server)
{
	/* the operation makes no difference to "unavailable" */
	enum frame_reply reply = verdict_reply(VERDICT_UNAVAILABLE, OPERATION_AUTH, server);
	uint8_t bytes[FRAME_REPLY_SIZE];
	ssize_t written;

	frame_encode_reply(reply, bytes);
	do {
		written = write(out, bytes, sizeof(bytes));
	} while (written < 0 && errno == EINTR);
	return written == (ssize_t)sizeof(bytes);
}

static bool
read_header(struct standby *standby, int in)
{
	ssize_t count = read(in, standby->header + standby->header_size,
			     FRAME_HEADER_SIZE - standby->header_size);

	if (count <= 0)
		return count < 0 && (errno == EINTR || errno == EAGAIN);
	standby->header_size += (size_t)count;
	standby->left = (size_t)standby->header[0] << 8 | standby->header[1];
	return true;
}

static bool
read_payload(struct standby *standby, int in)
{
	uint8_t discarded[1024];
	size_t wanted = standby->left < sizeof(discarded) ? standby->left : sizeof(discarded);
	ssize_t count = read(in, discarded, wanted);

	if (count <= 0)
		return count < 0 && (errno == EINTR || errno == EAGAIN);
	wipe(discarded, (size_t)count);
	standby->left -= (size_t)count;
	return true;
}

bool
standby_read(struct standby *standby, int in, int out, enum xmpp_server server)
{
	bool alive = standby->header_size < FRAME_HEADER_SIZE ? read_header(standby, in)
							      : read_payload(standby, in);

	if (!alive)
		return false;
	if (standby->header_size < FRAME_HEADER_SIZE || standby->left > 0)
		return true;
	standby->header_size = 0;
	return standby_reply(out, server);
}
