/* SPDX-License-Identifier: ISC */
/*
 * Operations that an XMPP server can request (doc/protocol.md section 1.1).
 */
#ifndef OPERATION_H
#define OPERATION_H

#include "base/view.h"

#include <stdbool.h>

enum operation {
	OPERATION_AUTH,
	OPERATION_ISUSER,
	OPERATION_SETPASS,
	OPERATION_TRYREGISTER,
	OPERATION_REMOVEUSER,
	OPERATION_REMOVEUSER3,
};
#define OPERATION_COUNT 6

/* All of them, for messages. */
#define OPERATION_NAMES "auth, isuser, setpass, tryregister, removeuser and removeuser3"

#include "core/operation_spec.h"

/*
 * Finds the operation whose name is exactly `name`. False when there is none;
 * *operation is then unspecified.
 */
/*@ requires view_readable(name) && \valid(operation);
  @ terminates \true;
  @ assigns *operation;
  @ ensures \result ==> operation_spelled(name, *operation);
  @ ensures !\result ==> (\forall integer o; !operation_spelled(name, o));
  @*/
bool operation_find(struct view name, enum operation *operation);

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
 * True when the effect of asking twice is that of asking once, whatever happens to the API in
 * between: auth and isuser change nothing.
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

#endif
