/* SPDX-License-Identifier: ISC */
/*
 * Predicates and lemmas for the contracts of request.h.
 */
#ifndef REQUEST_SPEC_H
#define REQUEST_SPEC_H

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
  @ predicate host_literal{L}(struct view v, integer from, integer to) =
  @	ipv6_literal(v, from, to) && (to == v.size || v.data[to] == ':');
  @
  @ // where a host ends that a password follows
  @ predicate host_ends{L}(struct view v, integer from, integer to) =
  @	host_literal(v, from, to) ||
  @	(view_first(v, from, ':', to) &&
  @	 (\forall integer end; !host_literal(v, from, end)));
  @
  @ // `v` is a request of operation `o`, in which the user ends at `u`, the host at `s`
  @ predicate request_split{L}(struct view v, integer o, integer u, integer s) =
  @	operation_named(v, o) && operation_length(o) < v.size &&
  @	view_first(v, operation_length(o) + 1, ':', u) && u < v.size &&
  @	(operation_passwords(o) == 1 ? host_ends(v, u + 1, s) && s < v.size : s == v.size);
  @
  @ logic integer request_user_at{L}(struct request *r) = operation_length(r->operation) + 1;
  @ logic integer request_host_at{L}(struct request *r) =
  @	request_user_at(r) + r->user.size + 1;
  @ logic integer request_host_end{L}(struct request *r) =
  @	request_host_at(r) + r->host.size;
  @ logic integer request_password_at{L}(struct request *r) =
  @	request_host_end(r) + operation_passwords(r->operation);
  @
  @ // `*r` says where the fields are in `v`
  @ predicate request_fields{L}(struct view v, struct request *r) =
  @	request_split(v, r->operation, request_host_at(r) - 1, request_host_end(r)) &&
  @	r->user.data == v.data + request_user_at(r) &&
  @	r->host.data == v.data + request_host_at(r) &&
  @	view_slice(v, request_password_at(r), v.size, r->password);
  @
  @ // joined with separators, the fields are `v` byte for byte
  @ logic integer request_joined{L}(struct request *r, integer i) =
  @	i < operation_length(r->operation) ? operation_character(r->operation, i) :
  @	i < request_user_at(r) ? ':' :
  @	i < request_host_at(r) - 1 ? r->user.data[i - request_user_at(r)] :
  @	i < request_host_at(r) ? ':' :
  @	i < request_host_end(r) ? r->host.data[i - request_host_at(r)] :
  @	i < request_password_at(r) ? ':' : r->password.data[i - request_password_at(r)];
  @
  @ // as one that was read out of a frame
  @ predicate request_readable{L}(struct request *r) =
  @	\valid_read(r) && operation_known(r->operation) &&
  @	view_readable(r->user) && view_readable(r->host) && view_readable(r->password);
  @
  @ predicate request_joins{L}(struct view v, struct request *r) =
  @	v.size == request_password_at(r) + r->password.size &&
  @	(\forall integer i; 0 <= i < v.size ==> v.data[i] == request_joined(r, i));
  @*/

/*@ // What a field may hold.
  @
  @ predicate name_valid{L}(struct view v) =
  @	0 < v.size <= REQUEST_NAME_MAX && view_clean(v);
  @
  @ predicate forbidden_in_user(integer byte) =
  @	byte == '"' || byte == '&' || byte == '\'' || byte == '/' || byte == ':' ||
  @	byte == '<' || byte == '>' || byte == '@' || byte == ' ';
  @
  @ predicate user_valid{L}(struct view v) =
  @	name_valid(v) && (\forall integer i; 0 <= i < v.size ==> !forbidden_in_user(v.data[i]));
  @
  @ predicate host_valid{L}(struct view v) =
  @	name_valid(v) && (view_lacks(v, 0, v.size, ':') || ipv6_literal(v, 0, v.size));
  @
  @ predicate password_valid{L}(struct view v) =
  @	0 < v.size && view_lacks(v, 0, v.size, 0) && utf8(v.data, 0, v.size);
  @*/

/*@ // No name holds a separator, so the first separator ends the name.
  @
  @ lemma name_without_separator: \forall integer o, i;
  @	operation_known(o) && 0 <= i < operation_length(o) ==> operation_character(o, i) != ':';
  @
  @ lemma name_before_separator{L}: \forall struct view v, integer o, at;
  @	operation_named(v, o) && view_first(v, 0, ':', at) ==> at == operation_length(o);
  @
  @ // No two operations, users or ends of a host come from one frame.
  @
  @ lemma name_begins{L}: \forall struct view v, integer o;
  @	operation_named(v, o) ==> v.data[0] == operation_character(o, 0);
  @
  @ lemma removeuser_ends{L}: \forall struct view v;
  @	operation_named(v, OPERATION_REMOVEUSER) ==> v.size == 10 || v.data[10] == ':';
  @
  @ lemma removeuser3_goes_on{L}: \forall struct view v;
  @	operation_named(v, OPERATION_REMOVEUSER3) ==> v.size > 10 && v.data[10] == '3';
  @
  @ lemma one_operation{L}: \forall struct view v, integer o, p;
  @	operation_named(v, o) && operation_named(v, p) ==> o == p;
  @
  @ lemma one_first{L}: \forall struct view v, integer from, byte, a, b;
  @	view_first(v, from, byte, a) && view_first(v, from, byte, b) ==> a == b;
  @
  @ lemma one_host_end{L}: \forall struct view v, integer from, a, b;
  @	host_ends(v, from, a) && host_ends(v, from, b) ==> a == b;
  @
  @ lemma splitting_then_joining{L}: \forall struct view v, struct request *r;
  @	request_fields(v, r) ==> request_joins(v, r);
  @
  @ lemma one_user{L}: \forall struct view v, integer o, u, s, x, y;
  @	request_split(v, o, u, s) && request_split(v, o, x, y) ==> u == x;
  @
  @ lemma one_host{L}: \forall struct view v, integer o, u, s, y;
  @	request_split(v, o, u, s) && request_split(v, o, u, y) ==> s == y;
  @
  @ lemma one_request{L}: \forall struct view v, integer o, u, s, p, x, y;
  @	request_split(v, o, u, s) && request_split(v, p, x, y) ==> o == p && u == x && s == y;
  @*/

#endif
