/* SPDX-License-Identifier: ISC */
/*
 * An answer of the API, from status and body to verdict and reply, against the
 * oracle. The input is the status in decimal, a line feed, and the body.
 */
#include "fuzz.h"

#include "core/answer.h"
#include "core/frame.h"
#include "core/operation.h"
#include "core/verdict.h"
#include "core/verdict_answer.h"
#include "core/verdict_reply.h"
#include "core/xmpp_server.h"
#include "oracle.h"

/* The verdict may be more careful than the oracle with texts that are nested this deep. */
#define DEPTH_CERTAIN 64

static long
take_status(struct view *input)
{
	long status = 0;
	uint8_t byte;

	while (input->size > 0 && (byte = take_byte(input)) != '\n') {
		if (byte >= '0' && byte <= '9' && status < 100000)
			status = status * 10 + (byte - '0');
	}
	return status;
}

static void
check_replies(enum verdict verdict)
{
	unsigned int i, j;

	for (i = 0; i < OPERATION_COUNT; i++) {
		for (j = SERVER_EJABBERD; j <= SERVER_PROSODY; j++) {
			enum frame_reply reply =
				verdict_reply(verdict, (enum operation)i, (enum xmpp_server)j);

			MUST((reply == FRAME_REPLY_YES) == (verdict == VERDICT_GRANTED));
			MUST(j != SERVER_MONGOOSEIM || reply != FRAME_REPLY_UNKNOWN);
			MUST(j == SERVER_MONGOOSEIM || verdict != VERDICT_UNAVAILABLE ||
			     reply == FRAME_REPLY_UNKNOWN);
			MUST(j != SERVER_PROSODY || verdict != VERDICT_REFUSED ||
			     reply == FRAME_REPLY_NO);
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view input = { data, size }, message;
	long status = take_status(&input);
	enum answer answer = answer_read(input, &message);
	enum verdict verdict = verdict_of(status, answer);
	struct oracle look = oracle_look(input);
	char expected = oracle_verdict(status, &look);
	bool certain = !look.too_deep && look.depth <= DEPTH_CERTAIN;

	MUST(verdict != VERDICT_GRANTED || expected == '1');
	MUST(verdict != VERDICT_REFUSED || expected == '0');
	MUST(!certain || verdict != VERDICT_UNAVAILABLE || expected == '-');
	MUST(!certain || (answer == ANSWER_NOT_JSON) == !look.valid);
	MUST(message.size == 0 ||
	     (message.data > input.data && message.data + message.size < input.data + input.size));
	MUST(verdict_name((enum verdict)(status % 5))[0] != '\0');
	MUST(xmpp_server_name((enum xmpp_server)(status % 5))[0] != '\0');
	check_replies(verdict);
	return 0;
}
