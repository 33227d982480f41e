/* SPDX-License-Identifier: ISC */
#include "core/verdict.h"

/*@ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> status == 200 || status == 201;
  @*/
static bool
status_may_grant(long status)
{
	return status == 200 || status == 201;
}

/*@ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> status == 200 || status == 400 || status == 401 || status == 403 ||
  @	status == 404 || status == 409 || status == 410 || status == 422;
  @*/
static bool
status_may_refuse(long status)
{
	return status == 200 || status == 400 || status == 401 || status == 403 || status == 404 ||
	       status == 409 || status == 410 || status == 422;
}

enum verdict
verdict_of(long status, enum answer answer)
{
	if (answer == ANSWER_SUCCESS && status_may_grant(status))
		return VERDICT_GRANTED;
	if (answer == ANSWER_FAILURE && status_may_refuse(status))
		return VERDICT_REFUSED;
	return VERDICT_UNAVAILABLE;
}

/* ejabberd 18.06 and later takes a 0 for setpass as success, and caches the
 * refused password; a 0 for tryregister leaves a cache entry that crashes later
 * requests. Both read any other code as a failure (doc/protocol.md section 2.1). */
/*@ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> operation == OPERATION_SETPASS || operation == OPERATION_TRYREGISTER;
  @*/
static bool
refusal_is_misread(enum operation operation)
{
	return operation == OPERATION_SETPASS || operation == OPERATION_TRYREGISTER;
}

enum frame_reply
verdict_reply(enum verdict verdict, enum operation operation, enum xmpp_server server)
{
	if (verdict == VERDICT_GRANTED)
		return FRAME_REPLY_YES;
	switch (server) {
	case SERVER_EJABBERD:
		if (verdict == VERDICT_UNAVAILABLE || refusal_is_misread(operation))
			return FRAME_REPLY_UNKNOWN;
		return FRAME_REPLY_NO;
	case SERVER_MONGOOSEIM: /* a worker of its hangs for ever on a code it does not know */
		return FRAME_REPLY_NO;
	case SERVER_PROSODY: /* our own module asks, and reads each code for what it is */
		return verdict == VERDICT_UNAVAILABLE ? FRAME_REPLY_UNKNOWN : FRAME_REPLY_NO;
	}
	return FRAME_REPLY_NO;
}

const char *
verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_UNAVAILABLE:
		return "unavailable";
	case VERDICT_REFUSED:
		return "refused";
	case VERDICT_GRANTED:
		return "granted";
	}
	return "unavailable";
}

const char *
xmpp_server_name(enum xmpp_server server)
{
	switch (server) {
	case SERVER_EJABBERD:
		return "ejabberd";
	case SERVER_MONGOOSEIM:
		return "mongooseim";
	case SERVER_PROSODY:
		return "prosody";
	}
	return "unknown";
}
