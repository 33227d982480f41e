/* SPDX-License-Identifier: ISC */
/*
 * Requests: what a frame's payload asks for (doc/protocol.md section 1.1).
 *
 *     isuser:USER:HOST            auth:USER:HOST:PASSWORD
 *     removeuser:USER:HOST        setpass:USER:HOST:PASSWORD
 *                                 tryregister:USER:HOST:PASSWORD
 *                                 removeuser3:USER:HOST:PASSWORD
 *
 * HOST is the XMPP host, one of the domains that the server serves.
 *
 * Fields are not escaped. The last field is everything up to the frame's end,
 * so a password may hold colons. A host may be an IPv6 literal in brackets;
 * no other host may hold a colon, because auth could not carry it.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include "base/view.h"
#include "core/operation.h"

/* ejabberd's and MongooseIM's own bound on both, after stringprep: less than
 * 1024 bytes (doc/protocol.md section 1.1, "Field contents"). */
#define REQUEST_NAME_MAX 1023

struct request {
	enum operation operation;
	struct view user;
	struct view host;
	struct view password; /* empty when the operation carries none */
};

#include "core/request_spec.h"

/*
 * The result of reading a request. The API is asked for VALID alone: the reply to UNKNOWN
 * is "unavailable", to the rest "refused".
 */
enum request_result {
	REQUEST_VALID,
	REQUEST_UNKNOWN, /* no operation of the list, or an empty frame */
	REQUEST_FIELD_MISSING,
	REQUEST_BAD_USER,
	REQUEST_BAD_HOST,
	REQUEST_BAD_PASSWORD,
};

/*
 * Splits and checks `payload`. The views in *request point into it; *request
 * is complete only when the result is REQUEST_VALID. When the result is not
 * REQUEST_UNKNOWN, request->operation is set. When it is not
 * REQUEST_UNKNOWN or REQUEST_FIELD_MISSING either, user and host are what was
 * found in their places, checked or not: fit for a log that escapes.
 */
/*@ requires view_readable(payload);
  @ requires \valid(request) && \separated(request, payload.data + (0 .. payload.size - 1));
  @ terminates \true;
  @ assigns *request;
  @ ensures \result == REQUEST_UNKNOWN <==>
  @	(\forall integer o; !operation_named(payload, o));
  @ ensures \result != REQUEST_UNKNOWN ==> operation_named(payload, request->operation);
  @ ensures \result == REQUEST_FIELD_MISSING ==>
  @	(\forall integer o, u, s; !request_split(payload, o, u, s));
  @ ensures \result != REQUEST_UNKNOWN && \result != REQUEST_FIELD_MISSING ==>
  @	request_fields(payload, request);
  @ ensures \result != REQUEST_UNKNOWN && \result != REQUEST_FIELD_MISSING ==>
  @	request_joins(payload, request);
  @ ensures \result == REQUEST_BAD_USER ==> !user_valid(request->user);
  @ ensures \result == REQUEST_BAD_HOST ==>
  @	user_valid(request->user) && !host_valid(request->host);
  @ ensures \result == REQUEST_BAD_PASSWORD ==>
  @	user_valid(request->user) && host_valid(request->host) &&
  @	operation_passwords(request->operation) == 1 && !password_valid(request->password);
  @ ensures \result == REQUEST_VALID ==>
  @	user_valid(request->user) && host_valid(request->host) &&
  @	(operation_passwords(request->operation) == 1 ?
  @	 password_valid(request->password) : request->password.size == 0);
  @*/
enum request_result request_parse(struct view payload, struct request *request);

/*
 * Why a request was not valid, as a constant phrase for the log.
 */
/*@ terminates \true;
  @ assigns \result \from result;
  @ ensures \valid_read(\result);
  @*/
const char *request_result_text(enum request_result result);

#endif
