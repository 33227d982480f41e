/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "base/view.h"
#include "base/writer.h"
#include "core/http.h"
#include "core/http_defect.h"
#include "https/connection.h"
#include "https/https.h"
#include "https/https_internal.h"
#include "https/tls_words.h"
#include "ipc/connect_error.h"
#include "ipc/outcome.h"
#include "ipc/uplink.h"
#include "settings/api.h"
#include "settings/endpoint.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* What libcurl, OpenSSL or our check of the certificate says of a connection that failed. */
static const char *
tls_failure(struct https *https, struct https_api *api, const char *otherwise)
{
	const char *error = https->connections.error;

	if (api->tls.failure.text[0] != '\0')
		return api->tls.failure.text;
	if (tls_explain(error, api->configured, &api->tls.failure))
		return api->tls.failure.text;
	return error[0] != '\0' ? error : otherwise;
}

const char *
https_explain_loss(struct https *https, struct https_api *api)
{
	const char *nothing = http_defect_text(HTTP_NOTHING);

	/* libcurl 7.88 has no message for the end of a connection, and 8.14 has OpenSSL's,
	 * which would mean the handshake's end */
	if (tls_is_end(https->connections.error))
		return nothing;
	return tls_failure(https, api, nothing);
}

void
https_explain_no_connection(struct https *https, struct https_attempt *attempt,
			    enum connection_result result)
{
	const struct connections *connections = &https->connections;

	if (result == CONNECTION_REFUSED) {
		(void)snprintf(https->detail, sizeof(https->detail), "cannot connect: %s",
			       connect_error_text(connections->given.error));
		attempt->reason = https->detail;
	} else if (result == CONNECTION_TIMED_OUT) {
		attempt->reason = connections->socket_result == UPLINK_TIMED_OUT
					  ? "cannot connect: timed out"
					  : "no TLS connection in time";
	} else {
		attempt->reason = tls_failure(https, &https->apis[attempt->outcome->api],
					      "libcurl cannot connect");
	}
}

void
https_write_status(struct writer *writer, const struct endpoint *endpoint, const char *path,
		   long status)
{
	if (status <= 200)
		return;
	writer_text(writer, "HTTP ");
	writer_number(writer, (uint64_t)status);
	writer_text(writer, " for POST ");
	writer_text(writer, endpoint->path);
	writer_byte(writer, '/');
	writer_text(writer, path);
	writer_text(writer, ": ");
}

const char *
https_explain_defect(struct https *https, const struct https_attempt *attempt)
{
	const struct outcome *outcome = attempt->outcome;
	const struct api *api = https->apis[outcome->api].configured;
	const struct http_answer *answer = &https->answer;
	const struct view coding = answer->head.coding;
	struct writer writer = { (uint8_t *)https->detail, sizeof(https->detail) - 1, 0, false };

	https_write_status(&writer, &api->endpoints.list[outcome->endpoint], attempt->path,
			   (long)answer->head.status);
	writer_text(&writer, http_defect_text(answer->defect));
	if (coding.size > 0) {
		writer_text(&writer, ": ");
		writer_view(&writer, coding);
	}
	https->detail[writer.size] = '\0';
	return https->detail;
}
