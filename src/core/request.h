/* SPDX-License-Identifier: ISC */
/*
 * Requests: what a frame's payload asks for (doc/protocol.md section 1.1).
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

#include "base/view.h"

/* ejabberd's and MongooseIM's own bound on both, after stringprep: less than
 * 1024 bytes (doc/protocol.md section 1.1, "Field contents"). */
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

/*@ // The names on the wire, character by character.
  @
  @ predicate operation_known(integer o) = 0 <= o < OPERATION_COUNT;
  @
  @ logic integer operation_length(integer o) =
  @	o == OPERATION_AUTH ? 4 : o == OPERATION_ISUSER ? 6 : o == OPERATION_SETPASS ? 7 :
  @	o == OPERATION_REMOVEUSER ? 10 : 11;
  @
  @ logic integer name_auth(integer i) = i == 0 ? 'a' : i == 1 ? 'u' : i == 2 ? 't' : 'h';
  @ logic integer name_isuser(integer i) =
  @	i == 0 ? 'i' : i == 1 ? 's' : i == 2 ? 'u' : i == 3 ? 's' : i == 4 ? 'e' : 'r';
  @ logic integer name_setpass(integer i) =
  @	i == 0 ? 's' : i == 1 ? 'e' : i == 2 ? 't' : i == 3 ? 'p' : i == 4 ? 'a' : 's';
  @ logic integer name_tryregister(integer i) =
  @	i == 0 ? 't' : i == 1 ? 'r' : i == 2 ? 'y' : i == 3 ? 'r' : i == 4 ? 'e' : i == 5 ? 'g' :
  @	i == 6 ? 'i' : i == 7 ? 's' : i == 8 ? 't' : i == 9 ? 'e' : 'r';
  @ logic integer name_removeuser3(integer i) =
  @	i == 0 ? 'r' : i == 1 ? 'e' : i == 2 ? 'm' : i == 3 ? 'o' : i == 4 ? 'v' : i == 5 ? 'e' :
  @	i == 6 ? 'u' : i == 7 ? 's' : i == 8 ? 'e' : i == 9 ? 'r' : '3';
  @
  @ logic integer operation_character(integer o, integer i) =
  @	o == OPERATION_AUTH ? name_auth(i) : o == OPERATION_ISUSER ? name_isuser(i) :
  @	o == OPERATION_SETPASS ? name_setpass(i) :
  @	o == OPERATION_TRYREGISTER ? name_tryregister(i) : name_removeuser3(i);
  @
  @ predicate operation_spelled{L}(struct view v, integer o) =
  @	operation_known(o) && v.size == operation_length(o) &&
  @	(\forall integer i; 0 <= i < v.size ==> v.data[i] == operation_character(o, i));
  @
  @ logic integer operation_passwords(integer o) =
  @	o == OPERATION_AUTH || o == OPERATION_SETPASS || o == OPERATION_TRYREGISTER ||
  @	o == OPERATION_REMOVEUSER3 ? 1 : 0;
  @
  @ // the name of `o` is what stands before the first separator
  @ predicate operation_named{L}(struct view v, integer o) =
  @	operation_known(o) && operation_length(o) <= v.size &&
  @	(\forall integer i; 0 <= i < operation_length(o) ==>
  @		v.data[i] == operation_character(o, i)) &&
  @	(operation_length(o) < v.size ==> v.data[operation_length(o)] == ':');
  @*/

/*@ // The grammar.
  @
  @ predicate ipv6_character(integer byte) =
  @	byte == ':' || byte == '.' || '0' <= byte <= '9' || 'a' <= byte <= 'f' ||
  @	'A' <= byte <= 'F';
  @
  @ predicate ipv6_literal{L}(struct view v, integer from, integer to) =
  @	from + 3 <= to <= v.size && v.data[from] == '[' && v.data[to - 1] == ']' &&
  @	(\forall integer i; from < i < to - 1 ==> ipv6_character(v.data[i]));
  @
  @ predicate server_literal{L}(struct view v, integer from, integer to) =
  @	ipv6_literal(v, from, to) && (to == v.size || v.data[to] == ':');
  @
  @ // where a server ends that a password follows
  @ predicate server_ends{L}(struct view v, integer from, integer to) =
  @	server_literal(v, from, to) ||
  @	(view_first(v, from, ':', to) &&
  @	 (\forall integer end; !server_literal(v, from, end)));
  @
  @ // `v` is a request of operation `o`, in which the user ends at `u`, the server at `s`
  @ predicate request_split{L}(struct view v, integer o, integer u, integer s) =
  @	operation_named(v, o) && operation_length(o) < v.size &&
  @	view_first(v, operation_length(o) + 1, ':', u) && u < v.size &&
  @	(operation_passwords(o) == 1 ? server_ends(v, u + 1, s) && s < v.size : s == v.size);
  @
  @ logic integer request_user_at{L}(struct request *r) = operation_length(r->operation) + 1;
  @ logic integer request_server_at{L}(struct request *r) =
  @	request_user_at(r) + r->user.size + 1;
  @ logic integer request_server_end{L}(struct request *r) =
  @	request_server_at(r) + r->server.size;
  @ logic integer request_password_at{L}(struct request *r) =
  @	request_server_end(r) + operation_passwords(r->operation);
  @
  @ // `*r` says where the fields are in `v`
  @ predicate request_fields{L}(struct view v, struct request *r) =
  @	request_split(v, r->operation, request_server_at(r) - 1, request_server_end(r)) &&
  @	r->user.data == v.data + request_user_at(r) &&
  @	r->server.data == v.data + request_server_at(r) &&
  @	view_slice(v, request_password_at(r), v.size, r->password);
  @
  @ // joined with separators, the fields are `v` byte for byte
  @ logic integer request_joined{L}(struct request *r, integer i) =
  @	i < operation_length(r->operation) ? operation_character(r->operation, i) :
  @	i < request_user_at(r) ? ':' :
  @	i < request_server_at(r) - 1 ? r->user.data[i - request_user_at(r)] :
  @	i < request_server_at(r) ? ':' :
  @	i < request_server_end(r) ? r->server.data[i - request_server_at(r)] :
  @	i < request_password_at(r) ? ':' : r->password.data[i - request_password_at(r)];
  @
  @ predicate request_joins{L}(struct view v, struct request *r) =
  @	v.size == request_password_at(r) + r->password.size &&
  @	(\forall integer i; 0 <= i < v.size ==> v.data[i] == request_joined(r, i));
  @*/

/*@ // What a field may hold.
  @
  @ predicate control_at{L}(struct view v, integer i) =
  @	v.data[i] < 0x20 || v.data[i] == 0x7F ||
  @	(0 < i && v.data[i - 1] == 0xC2 && 0x80 <= v.data[i] <= 0x9F);
  @
  @ predicate name_valid{L}(struct view v) =
  @	0 < v.size <= REQUEST_NAME_MAX && utf8(v.data, 0, v.size) &&
  @	(\forall integer i; 0 <= i < v.size ==> !control_at(v, i));
  @
  @ predicate forbidden_in_user(integer byte) =
  @	byte == '"' || byte == '&' || byte == '\'' || byte == '/' || byte == ':' ||
  @	byte == '<' || byte == '>' || byte == '@' || byte == ' ';
  @
  @ predicate user_valid{L}(struct view v) =
  @	name_valid(v) && (\forall integer i; 0 <= i < v.size ==> !forbidden_in_user(v.data[i]));
  @
  @ predicate server_valid{L}(struct view v) =
  @	name_valid(v) && (view_lacks(v, 0, v.size, ':') || ipv6_literal(v, 0, v.size));
  @
  @ predicate password_valid{L}(struct view v) =
  @	0 < v.size && view_lacks(v, 0, v.size, 0) && utf8(v.data, 0, v.size);
  @*/

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
  @ ensures \result == REQUEST_BAD_SERVER ==>
  @	user_valid(request->user) && !server_valid(request->server);
  @ ensures \result == REQUEST_BAD_PASSWORD ==>
  @	user_valid(request->user) && server_valid(request->server) &&
  @	operation_passwords(request->operation) == 1 && !password_valid(request->password);
  @ ensures \result == REQUEST_VALID ==>
  @	user_valid(request->user) && server_valid(request->server) &&
  @	(operation_passwords(request->operation) == 1 ?
  @	 password_valid(request->password) : request->password.size == 0);
  @*/
enum request_result request_parse(struct view payload, struct request *request);

/*
 * True when the operation's frame ends with a password.
 */
/*@ requires operation_known(operation);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> operation_passwords(operation) == 1;
  @*/
bool operation_has_password(enum operation operation);

/*
 * True when asking twice does no more than asking once, whatever the API does
 * in between: auth and isuser change nothing.
 */
/*@ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> operation == OPERATION_AUTH || operation == OPERATION_ISUSER;
  @*/
bool operation_is_repeatable(enum operation operation);

/*
 * The operation's name on the wire. The string is constant.
 */
/*@ requires operation_known(operation);
  @ terminates \true;
  @ assigns \result \from operation;
  @ ensures \valid_read(\result + (0 .. operation_length(operation)));
  @ ensures \result[operation_length(operation)] == 0;
  @ ensures \forall integer i; 0 <= i < operation_length(operation) ==>
  @	\result[i] == operation_character(operation, i);
  @*/
const char *operation_name(enum operation operation);

/*
 * Why a request was not valid, as a constant phrase for the log.
 */
/*@ terminates \true;
  @ assigns \result \from result;
  @ ensures \valid_read(\result);
  @*/
const char *request_result_text(enum request_result result);

#endif
