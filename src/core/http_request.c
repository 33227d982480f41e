/* SPDX-License-Identifier: ISC */
#include "core/http_request.h"

#include "base/version.h"
#include "base/writer.h"

#include <stddef.h>

void
http_request_head(struct writer *writer, const struct http_request *request)
{
	writer_text(writer, "POST ");
	writer_text(writer, request->base);
	writer_byte(writer, '/');
	writer_text(writer, request->path);
	writer_text(writer, " HTTP/1.1\r\nHost: ");
	writer_view(writer, request->authority);
	writer_text(writer, "\r\n");
	if (request->authorization != NULL) {
		writer_text(writer, request->authorization);
		writer_text(writer, "\r\n");
	}
	writer_text(writer, "Content-Type: application/json\r\nAccept: application/json\r\n"
			    "User-Agent: extauth-https/" VERSION "\r\nExtauth-Request-Id: ");
	writer_view(writer, request->id);
	writer_text(writer, "\r\nContent-Length: ");
	writer_number(writer, request->length);
	writer_text(writer, "\r\n\r\n");
}
