/* SPDX-License-Identifier: ISC */
/*
 * Verdicts: what the API's answer means, and what the host is told.
 *
 * The only places where a "yes" is made. Both tables are in extauth-https-api(7).
 */
#ifndef VERDICT_H
#define VERDICT_H

#include "core/answer.h"
#include "core/frame.h"
#include "core/request.h"

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
	SERVER_PROSODY,	   /* 0.12 and later, with the module auth_extauth_https */
};

/*
 * The verdict of an exchange that ended with HTTP status `status` and a whole
 * body that says `answer`.
 */
/*@ terminates \true;
  @ assigns \nothing;
  @ behavior granted:
  @	assumes answer == ANSWER_SUCCESS && (status == 200 || status == 201);
  @	ensures \result == VERDICT_GRANTED;
  @ behavior refused:
  @	assumes answer == ANSWER_FAILURE &&
  @		(status == 200 || status == 400 || status == 401 || status == 403 ||
  @		 status == 404 || status == 409 || status == 410 || status == 422);
  @	ensures \result == VERDICT_REFUSED;
  @ behavior unavailable:
  @	assumes !(answer == ANSWER_SUCCESS && (status == 200 || status == 201));
  @	assumes !(answer == ANSWER_FAILURE &&
  @		(status == 200 || status == 400 || status == 401 || status == 403 ||
  @		 status == 404 || status == 409 || status == 410 || status == 422));
  @	ensures \result == VERDICT_UNAVAILABLE;
  @ complete behaviors;
  @ disjoint behaviors;
  @*/
enum verdict verdict_of(long status, enum answer answer);

/*
 * What `server` is told when `operation` ended in `verdict`. YES comes from
 * VERDICT_GRANTED alone.
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

/*
 * The verdict in one word, for people. The string is constant.
 */
/*@ terminates \true;
  @ assigns \result \from verdict;
  @ ensures \valid_read(\result);
  @*/
const char *verdict_name(enum verdict verdict);

/*
 * The server's name as the setting "server" has it. The string is constant.
 */
/*@ terminates \true;
  @ assigns \result \from server;
  @ ensures \valid_read(\result);
  @*/
const char *xmpp_server_name(enum xmpp_server server);

#endif
