/* SPDX-License-Identifier: ISC */
#include "request.h"

static bool
is_control(struct view text, size_t i)
{
	uint8_t byte = text.data[i];

	/* C1 controls, U+0080 to U+009F, are C2 80 to C2 9F in UTF-8 */
	return byte < 0x20 || byte == 0x7F ||
	       (byte >= 0x80 && byte <= 0x9F && i > 0 && text.data[i - 1] == 0xC2);
}

static bool
is_text(struct view text)
{
	size_t i;

	for (i = 0; i < text.size; i++) {
		if (is_control(text, i))
			return false;
	}
	return view_is_utf8(text);
}

static bool
is_name(struct view name)
{
	return name.size > 0 && name.size <= REQUEST_NAME_MAX && is_text(name);
}

/* What nodeprep forbids in a user (RFC 6122, appendix A.5). */
static bool
is_forbidden_in_user(uint8_t byte)
{
	return byte == ' ' || byte == '"' || byte == '&' || byte == '\'' || byte == '/' ||
	       byte == ':' || byte == '<' || byte == '>' || byte == '@';
}

static bool
is_user(struct view user)
{
	size_t i;

	for (i = 0; i < user.size; i++) {
		if (is_forbidden_in_user(user.data[i]))
			return false;
	}
	return is_name(user);
}

static bool
is_ipv6_character(uint8_t byte)
{
	return byte == ':' || byte == '.' || (byte >= '0' && byte <= '9') ||
	       (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

/*
 * The length of the IPv6 literal, brackets included, at the start of `text`,
 * or 0 when there is none.
 */
static size_t
ipv6_literal_length(struct view text)
{
	size_t i = 1;

	if (text.size == 0 || text.data[0] != '[')
		return 0;
	while (i < text.size && is_ipv6_character(text.data[i]))
		i++;
	return i > 1 && i < text.size && text.data[i] == ']' ? i + 1 : 0;
}

static bool
is_server(struct view server)
{
	if (view_find(server, ':') < server.size && ipv6_literal_length(server) != server.size)
		return false;
	return is_name(server);
}

static bool
is_password(struct view password)
{
	/* JSON text cannot carry other bytes than UTF-8, and a NUL ends the
	 * string in too many programs behind the API. */
	return password.size > 0 && view_find(password, 0) == password.size &&
	       view_is_utf8(password);
}

/*
 * Cuts `text` at position `at`, which holds a separator or is the end. Gives
 * what is before, and leaves in *text what is after. False when there was no
 * separator.
 */
static bool
cut(struct view *text, size_t at, struct view *before)
{
	bool separated = at < text->size;
	size_t next = separated ? at + 1 : at;

	*before = view_part(*text, 0, at);
	*text = view_part(*text, next, text->size - next);
	return separated;
}

/*
 * Where the server ends that `text` starts with, when a password follows.
 */
static size_t
server_end(struct view text)
{
	size_t literal = ipv6_literal_length(text);

	if (literal > 0 && (literal == text.size || text.data[literal] == ':'))
		return literal;
	return view_find(text, ':');
}

static bool
find_operation(struct view name, enum operation *operation)
{
	unsigned int i;

	for (i = 0; i < OPERATION_COUNT; i++) {
		if (view_is(name, operation_name((enum operation)i))) {
			*operation = (enum operation)i;
			return true;
		}
	}
	return false;
}

enum request_result
request_parse(struct view payload, struct request *request)
{
	struct view rest = payload, name;
	bool more = cut(&rest, view_find(rest, ':'), &name);

	if (!find_operation(name, &request->operation))
		return REQUEST_UNKNOWN;
	if (!more || !cut(&rest, view_find(rest, ':'), &request->user))
		return REQUEST_FIELD_MISSING;

	if (operation_has_password(request->operation)) {
		if (!cut(&rest, server_end(rest), &request->server))
			return REQUEST_FIELD_MISSING;
		request->password = rest;
	} else {
		request->server = rest;
		request->password = view_part(rest, rest.size, 0);
	}

	if (!is_user(request->user))
		return REQUEST_BAD_USER;
	if (!is_server(request->server))
		return REQUEST_BAD_SERVER;
	if (operation_has_password(request->operation) && !is_password(request->password))
		return REQUEST_BAD_PASSWORD;
	return REQUEST_VALID;
}

bool
operation_has_password(enum operation operation)
{
	switch (operation) {
	case OPERATION_AUTH:
	case OPERATION_SETPASS:
	case OPERATION_TRYREGISTER:
	case OPERATION_REMOVEUSER3:
		return true;
	case OPERATION_ISUSER:
	case OPERATION_REMOVEUSER:
		return false;
	}
	return false;
}

bool
operation_is_repeatable(enum operation operation)
{
	return operation == OPERATION_AUTH || operation == OPERATION_ISUSER;
}

const char *
operation_name(enum operation operation)
{
	switch (operation) {
	case OPERATION_AUTH:
		return "auth";
	case OPERATION_ISUSER:
		return "isuser";
	case OPERATION_SETPASS:
		return "setpass";
	case OPERATION_TRYREGISTER:
		return "tryregister";
	case OPERATION_REMOVEUSER:
		return "removeuser";
	case OPERATION_REMOVEUSER3:
		return "removeuser3";
	}
	return "unknown";
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
	case REQUEST_BAD_SERVER:
		return "the server is empty, too long or not a valid name";
	case REQUEST_BAD_PASSWORD:
		return "the password is empty, has a NUL or is not UTF-8";
	}
	return "unknown";
}
