/* SPDX-License-Identifier: ISC */
#include "naive.h"

#include "fuzz.h"
#include "oracle.h"

#include "core/operation.h"

const char *const naive_operations[] = { "auth",	"isuser",     "setpass",
					 "tryregister", "removeuser", "removeuser3" };

bool
naive_same(struct view a, struct view b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* Splits *rest at the first colon from `from` on. */
static bool
split(struct view *rest, size_t from, struct view *field)
{
	const uint8_t *colon =
		from < rest->size ? memchr(rest->data + from, ':', rest->size - from) : NULL;

	*field = take_bytes(rest, colon == NULL ? rest->size : (size_t)(colon - rest->data));
	if (colon != NULL)
		(void)take_byte(rest);
	return colon != NULL;
}

/* The length of "[…]" with nothing in it that is not in an IPv6 address. */
static size_t
literal(struct view text)
{
	const uint8_t *end = text.size > 2 ? memchr(text.data, ']', text.size) : NULL, *at;

	if (end == NULL || text.data[0] != '[' || end == text.data + 1)
		return 0;
	for (at = text.data + 1; at < end; at++) {
		if (*at == 0 || strchr("0123456789abcdefABCDEF.:", *at) == NULL)
			return 0;
	}
	return (size_t)(end - text.data) + 1;
}

/* A name: 1 to 1023 bytes of UTF-8 with neither control characters nor `none`. */
static bool
is_name(struct view name, const char *none)
{
	size_t i;

	for (i = 0; i < name.size; i++) {
		if (name.data[i] < 32 || name.data[i] == 127 || strchr(none, name.data[i]) != NULL)
			return false;
		if (name.data[i] == 0xC2 && i + 1 < name.size && name.data[i + 1] < 0xA0)
			return false;
	}
	return name.size >= 1 && name.size <= 1023 && oracle_is_utf8(name);
}

enum request_result
naive_parse(struct view rest, struct request *request)
{
	struct view name;
	bool more = split(&rest, 0, &name), secret;
	size_t i = 0, length;

	while (i < 6 && !naive_same(name, (struct view){ (const uint8_t *)naive_operations[i],
							 strlen(naive_operations[i]) }))
		i++;
	if (i == 6)
		return REQUEST_UNKNOWN;
	request->operation = (enum operation)i;
	secret = naive_operations[i][0] != 'i' && i != OPERATION_REMOVEUSER;
	if (!more || !split(&rest, 0, &request->user))
		return REQUEST_FIELD_MISSING;
	length = literal(rest);
	if (length < rest.size && rest.data[length] != ':')
		length = 0;
	if (secret && !split(&rest, length, &request->host))
		return REQUEST_FIELD_MISSING;
	*(secret ? &request->password : &request->host) = rest;
	if (!is_name(request->user, "\"&'/:<>@ "))
		return REQUEST_BAD_USER;
	if (!is_name(request->host, literal(request->host) == request->host.size ? "" : ":"))
		return REQUEST_BAD_HOST;
	if (secret && (request->password.size == 0 || !oracle_is_utf8(request->password) ||
		       memchr(request->password.data, 0, request->password.size) != NULL))
		return REQUEST_BAD_PASSWORD;
	return REQUEST_VALID;
}
