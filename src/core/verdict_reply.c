/* SPDX-License-Identifier: ISC */
#include "core/verdict_reply.h"

#include <stdbool.h>

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
	case SERVER_PROSODY: /* our own module reads each code for what it is */
		return verdict == VERDICT_UNAVAILABLE ? FRAME_REPLY_UNKNOWN : FRAME_REPLY_NO;
	}
	return FRAME_REPLY_NO;
}
