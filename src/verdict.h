/* SPDX-License-Identifier: ISC */
/*
 * Verdicts: what the API's answer means, and what the host is told.
 *
 * The only places where a "yes" is made. Both tables are DESIGN section 3.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include "frame.h"
#include "request.h"

enum verdict {
	VERDICT_UNAVAILABLE, /* zero, so that what nobody decided is no grant */
	VERDICT_REFUSED,
	VERDICT_GRANTED,
};

/*
 * The XMPP server that asks: they read replies differently.
 */
enum xmpp_server {
	SERVER_EJABBERD,   /* 18.06 and later */
	SERVER_MONGOOSEIM, /* also ejabberd before 18.06 */
};

/*
 * What the API's body says, read by the letter of RFC 8259.
 */
enum answer {
	ANSWER_NOT_JSON,  /* not one JSON object in UTF-8, or something after it */
	ANSWER_UNDECIDED, /* no "success", more than one, or not a boolean */
	ANSWER_FAILURE,
	ANSWER_SUCCESS,
};

/*
 * Reads a body. *message is the text of the member "message" as it stands in
 * the body, still escaped, or empty when there is none or it is no string; it
 * is meaningful only when the result is not ANSWER_NOT_JSON.
 */
enum answer answer_read(struct view body, struct view *message);

/*
 * The verdict of an exchange that ended with HTTP status `status` and a whole
 * body that says `answer`.
 */
enum verdict verdict_of(long status, enum answer answer);

/*
 * What `server` is told when `operation` ended in `verdict`. YES comes from
 * VERDICT_GRANTED alone.
 */
enum frame_reply verdict_reply(enum verdict verdict, enum operation operation,
			       enum xmpp_server server);

/*
 * The verdict in one word, for people. The string is constant.
 */
const char *verdict_name(enum verdict verdict);

/*
 * The server's name as the setting "server" has it. The string is constant.
 */
const char *xmpp_server_name(enum xmpp_server server);

#endif
