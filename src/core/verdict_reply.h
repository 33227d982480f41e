/* SPDX-License-Identifier: ISC */
/*
 * From a verdict to a reply. The only place that makes a "yes"; the table is in
 * extauth-https-api(7).
 */
#ifndef VERDICT_REPLY_H
#define VERDICT_REPLY_H

#include "core/frame.h"
#include "core/operation.h"
#include "core/verdict.h"
#include "core/xmpp_server.h"

/*
 * The reply to `server` when `operation` ended in `verdict`. YES comes only from VERDICT_GRANTED.
 */
/*@ requires server == SERVER_EJABBERD || server == SERVER_MONGOOSEIM ||
  @	server == SERVER_PROSODY;
  @ terminates \true;
  @ assigns \nothing;
  @ ensures never_yes_by_mistake: \result == FRAME_REPLY_YES <==> verdict == VERDICT_GRANTED;
  @ ensures never_hangs: server == SERVER_MONGOOSEIM ==> \result != FRAME_REPLY_UNKNOWN;
  @ ensures nothing_else:
  @	\result == FRAME_REPLY_NO || \result == FRAME_REPLY_YES || \result == FRAME_REPLY_UNKNOWN;
  @ ensures an_outage_is_no_refusal: server != SERVER_MONGOOSEIM &&
  @	verdict == VERDICT_UNAVAILABLE ==> \result == FRAME_REPLY_UNKNOWN;
  @ ensures a_refusal_is_read_as_one: server == SERVER_EJABBERD && verdict == VERDICT_REFUSED ==>
  @	(\result == FRAME_REPLY_UNKNOWN <==>
  @	 operation == OPERATION_SETPASS || operation == OPERATION_TRYREGISTER);
  @ ensures a_refusal_is_no_outage: server == SERVER_PROSODY && verdict == VERDICT_REFUSED ==>
  @	\result == FRAME_REPLY_NO;
  @*/
enum frame_reply verdict_reply(enum verdict verdict, enum operation operation,
			       enum xmpp_server server);

#endif
