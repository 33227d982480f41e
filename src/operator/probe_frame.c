/* SPDX-License-Identifier: ISC */
#include "operator/probe_frame.h"

#include "base/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static size_t
make_frame(const char *start, const char *host, const char *end, uint8_t frame[PROBE_FRAME_MAX])
{
	struct writer writer = { frame, PROBE_FRAME_MAX, FRAME_HEADER_SIZE, false };

	writer_text(&writer, start);
	if (strncmp(host, "*.", 2) == 0)
		writer_text(&writer, "check");
	writer_text(&writer, host[0] == '*' ? host + 1 : host);
	writer_text(&writer, end);
	frame_encode_header(writer.size - FRAME_HEADER_SIZE, frame);
	return writer.size;
}

size_t
probe_frame_exists(const char *host, uint8_t frame[PROBE_FRAME_MAX])
{
	return make_frame("isuser:" PROBE_USER ":", host, "", frame);
}

size_t
probe_frame_login(const char *host, uint8_t frame[PROBE_FRAME_MAX])
{
	return make_frame("auth:" PROBE_USER ":", host, ":" PROBE_PASSWORD, frame);
}
