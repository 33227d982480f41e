/* SPDX-License-Identifier: ISC */
#include "core/request.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*@ requires view_readable(name);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> name_valid(name);
  @*/
static bool
is_name(struct view name)
{
	return name.size > 0 && name.size <= REQUEST_NAME_MAX && view_is_clean(name);
}

/* What nodeprep forbids in a user (RFC 6122, appendix A.5). */
/*@ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> forbidden_in_user(byte);
  @*/
static bool
is_forbidden_in_user(uint8_t byte)
{
	return byte == ' ' || byte == '"' || byte == '&' || byte == '\'' || byte == '/' ||
	       byte == ':' || byte == '<' || byte == '>' || byte == '@';
}

/*@ requires view_readable(user);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> user_valid(user);
  @*/
static bool
is_user(struct view user)
{
	size_t i;

	/*@ loop invariant i <= user.size;
	  @ loop invariant \forall integer j; 0 <= j < i ==> !forbidden_in_user(user.data[j]);
	  @ loop assigns i;
	  @ loop variant user.size - i;
	  @*/
	for (i = 0; i < user.size; i++) {
		if (is_forbidden_in_user(user.data[i]))
			return false;
	}
	return is_name(user);
}

/*@ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> ipv6_character(byte);
  @*/
static bool
is_ipv6_character(uint8_t byte)
{
	return byte == ':' || byte == '.' || (byte >= '0' && byte <= '9') ||
	       (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

/*
 * The position after the IPv6 literal, brackets included, that begins at `from`, or 0 when there is
 * none.
 */
/*@ requires view_readable(text) && from <= text.size;
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result > 0 ==> ipv6_literal(text, from, \result);
  @ ensures \forall integer end; ipv6_literal(text, from, end) ==> \result == end;
  @*/
static size_t
ipv6_literal_end(struct view text, size_t from)
{
	size_t i;

	if (from == text.size || text.data[from] != '[')
		return 0;
	i = from + 1;
	/*@ loop invariant from < i <= text.size;
	  @ loop invariant \forall integer j; from < j < i ==> ipv6_character(text.data[j]);
	  @ loop assigns i;
	  @ loop variant text.size - i;
	  @*/
	while (i < text.size && is_ipv6_character(text.data[i]))
		i++;
	return i > from + 1 && i < text.size && text.data[i] == ']' ? i + 1 : 0;
}

/*@ requires view_readable(host);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> host_valid(host);
  @*/
static bool
is_host(struct view host)
{
	if (view_find(host, ':') < host.size && ipv6_literal_end(host, 0) != host.size)
		return false;
	return is_name(host);
}

/*@ requires view_readable(password);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> password_valid(password);
  @*/
static bool
is_password(struct view password)
{
	/* JSON text must be UTF-8, and a NUL ends the string in too many programs behind the
	 * API. */
	return password.size > 0 && view_find(password, 0) == password.size &&
	       view_is_utf8(password);
}

/*
 * Where the host that begins at `from` ends, when a password follows.
 */
/*@ requires view_readable(payload) && from <= payload.size;
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result <= payload.size && host_ends(payload, from, \result);
  @*/
static size_t
find_host_end(struct view payload, size_t from)
{
	size_t end = ipv6_literal_end(payload, from);

	if (end > 0 && (end == payload.size || payload.data[end] == ':'))
		return end;
	return view_find_from(payload, from, ':');
}

/*@ requires from <= to <= payload.size;
  @ terminates \true;
  @ assigns \nothing;
  @ ensures view_slice(payload, from, to, \result);
  @*/
static struct view
between(struct view payload, size_t from, size_t to)
{
	return view_part(payload, from, to - from);
}

/*
 * Finds the fields, without checking their contents: REQUEST_UNKNOWN, REQUEST_FIELD_MISSING or
 * REQUEST_VALID.
 */
/*@ requires view_readable(payload);
  @ requires \valid(request) && \separated(request, payload.data + (0 .. payload.size - 1));
  @ terminates \true;
  @ assigns *request;
  @ ensures \result == REQUEST_UNKNOWN || \result == REQUEST_FIELD_MISSING ||
  @	\result == REQUEST_VALID;
  @ ensures \result == REQUEST_UNKNOWN ==>
  @	(\forall integer o; !operation_named(payload, o));
  @ ensures \result != REQUEST_UNKNOWN ==> operation_named(payload, request->operation);
  @ ensures \result == REQUEST_FIELD_MISSING ==>
  @	(\forall integer o, u, s; !request_split(payload, o, u, s));
  @ ensures \result == REQUEST_VALID ==> request_fields(payload, request);
  @ ensures \result == REQUEST_VALID ==> view_readable(request->user);
  @ ensures \result == REQUEST_VALID ==> view_readable(request->host);
  @ ensures \result == REQUEST_VALID ==> view_readable(request->password);
  @*/
static enum request_result
split(struct view payload, struct request *request)
{
	size_t name_end = view_find_from(payload, 0, ':'), user_end, host_end = payload.size;
	struct view name = between(payload, 0, name_end);

	//@ assert \forall integer o; operation_named(payload, o) ==> name_end == operation_length(o);
	//@ assert \forall integer o; operation_named(payload, o) ==> operation_spelled(name, o);
	if (!operation_find(name, &request->operation))
		return REQUEST_UNKNOWN;
	//@ assert operation_named(payload, request->operation);
	/*@ assert \forall integer o; operation_named(payload, o) ==> o == request->operation; */
	if (name_end == payload.size)
		return REQUEST_FIELD_MISSING;
	user_end = view_find_from(payload, name_end + 1, ':');
	/*@ assert \forall integer o, u, s; request_split(payload, o, u, s) ==> u == user_end; */
	if (user_end == payload.size)
		return REQUEST_FIELD_MISSING;
	request->user = between(payload, name_end + 1, user_end);

	request->password = between(payload, payload.size, payload.size);
	if (operation_has_password(request->operation)) {
		host_end = find_host_end(payload, user_end + 1);
		/*@ assert \forall integer o, u, s;
		  @	request_split(payload, o, u, s) ==> host_ends(payload, user_end + 1, s); */
		//@ assert host_ends(payload, user_end + 1, host_end);
		/*@ assert \forall integer o, u, s;
		  @	request_split(payload, o, u, s) ==> s == host_end; */
		if (host_end == payload.size)
			return REQUEST_FIELD_MISSING;
		request->password = between(payload, host_end + 1, payload.size);
	}
	request->host = between(payload, user_end + 1, host_end);
	//@ assert request_split(payload, request->operation, user_end, host_end);
	return REQUEST_VALID;
}

enum request_result
request_parse(struct view payload, struct request *request)
{
	enum request_result result = split(payload, request);

	if (result != REQUEST_VALID)
		return result;
	if (!is_user(request->user))
		return REQUEST_BAD_USER;
	if (!is_host(request->host))
		return REQUEST_BAD_HOST;
	if (operation_has_password(request->operation) && !is_password(request->password))
		return REQUEST_BAD_PASSWORD;
	return REQUEST_VALID;
}

const char *
request_result_text(enum request_result result)
{
	switch (result) {
	case REQUEST_VALID:
		return "valid";
	case REQUEST_UNKNOWN:
		return "unknown operation";
	case REQUEST_FIELD_MISSING:
		return "a field is missing";
	case REQUEST_BAD_USER:
		return "the user is empty, too long or not a valid name";
	case REQUEST_BAD_HOST:
		return "the host is empty, too long or not a valid name";
	case REQUEST_BAD_PASSWORD:
		return "the password is empty, contains NUL or is not UTF-8";
	}
	return "unknown";
}
