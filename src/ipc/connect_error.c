/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "ipc/connect_error.h"

#include <errno.h>
#include <netdb.h>
#include <stddef.h>
#include <string.h>

static const struct {
	int error;
	const char *text;
} texts[] = {
	{ EAI_NONAME, "Name or service not known" },
	{ EAI_NODATA, "No address associated with hostname" },
	{ EAI_AGAIN, "Temporary failure in name resolution" },
	{ EHOSTUNREACH, "No route to host" },
	{ ENETUNREACH, "Network is unreachable" },
	{ ETIMEDOUT, "Connection timed out" },
};

const char *
connect_error_text(int error)
{
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].error == error)
			return texts[i].text;
	}
	return error < 0 ? gai_strerror(error) : strerror(error);
}
