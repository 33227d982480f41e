/* SPDX-License-Identifier: ISC */
/*
 * Requests: what a frame's payload asks for (PROTOCOL.md section 1.1).
 *
 *     isuser:USER:SERVER            auth:USER:SERVER:PASSWORD
 *     removeuser:USER:SERVER        setpass:USER:SERVER:PASSWORD
 *                                   tryregister:USER:SERVER:PASSWORD
 *                                   removeuser3:USER:SERVER:PASSWORD
 *
 * Fields are not escaped. The last field is everything up to the frame's end,
 * so a password may hold colons. A server may be an IPv6 literal in brackets;
 * no other server may hold a colon, because auth could not carry it.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include "view.h"

/* ejabberd's and MongooseIM's own bound on both, after stringprep: less than
 * 1024 bytes (PROTOCOL.md section 1.1, "Field contents"). */
#define REQUEST_NAME_MAX 1023

enum operation {
	OPERATION_AUTH,
	OPERATION_ISUSER,
	OPERATION_SETPASS,
	OPERATION_TRYREGISTER,
	OPERATION_REMOVEUSER,
	OPERATION_REMOVEUSER3,
};
#define OPERATION_COUNT 6

struct request {
	enum operation operation;
	struct view user;
	struct view server;
	struct view password; /* empty when the operation carries none */
};

/*
 * What came of reading a request. Everything but VALID is answered without
 * asking the API: UNKNOWN as "unavailable", the rest as "refused".
 */
enum request_result {
	REQUEST_VALID,
	REQUEST_UNKNOWN, /* no operation of the list; also the empty frame */
	REQUEST_FIELD_MISSING,
	REQUEST_BAD_USER,
	REQUEST_BAD_SERVER,
	REQUEST_BAD_PASSWORD,
};

/*
 * Splits and checks `payload`. The views in *request point into it; *request
 * is complete only when the result is REQUEST_VALID. When the result is not
 * REQUEST_UNKNOWN, request->operation is set. When it is not
 * REQUEST_UNKNOWN or REQUEST_FIELD_MISSING either, user and server are what was
 * found in their places, checked or not: fit for a log that escapes.
 */
enum request_result request_parse(struct view payload, struct request *request);

/*
 * True when the operation's frame ends with a password.
 */
bool operation_has_password(enum operation operation);

/*
 * True when asking twice does no more than asking once, whatever the API does
 * in between: auth and isuser change nothing.
 */
bool operation_is_repeatable(enum operation operation);

/*
 * The operation's name on the wire. The string is constant.
 */
const char *operation_name(enum operation operation);

/*
 * Why a request was not valid, as a constant phrase for the log.
 */
const char *request_result_text(enum request_result result);

#endif
