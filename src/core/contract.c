/* SPDX-License-Identifier: ISC */
#include "core/contract.h"

#include "base/view.h"
#include "core/operation.h"
#include "core/request.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

const char *
contract_path(enum operation operation)
{
	switch (operation) {
	case OPERATION_AUTH:
		return "login";
	case OPERATION_ISUSER:
		return "exists";
	case OPERATION_SETPASS:
		return "setpass";
	case OPERATION_TRYREGISTER:
		return "register";
	case OPERATION_REMOVEUSER:
	case OPERATION_REMOVEUSER3:
		return "remove";
	}
	return "";
}

/* Appends the characters of a string. */
#define APPEND(text)                                                             \
	do {                                                                     \
		const uint8_t bytes[] = text;                                    \
		writer_view(&writer, (struct view){ bytes, sizeof(bytes) - 1 }); \
	} while (0)

size_t
contract_body(const struct request *request, uint8_t body[CONTRACT_BODY_MAX])
{
	struct writer writer = { body, CONTRACT_BODY_MAX, 0, false };

	APPEND("{\"username\":\"");
	//@ assert writer_valid(&writer) && writer.size == 13 && !writer.full;
	writer_json(&writer, request->user);
	//@ assert writer.size <= 13 + JSON_WIDTH_MAX * request->user.size && !writer.full;
	writer_byte(&writer, '@');
	writer_json(&writer, request->host);
	/*@ assert !writer.full && writer.size <=
	  @	14 + JSON_WIDTH_MAX * (request->user.size + request->host.size); */
	//@ assert writer.data == body && writer.room == CONTRACT_BODY_MAX;
	if (operation_has_password(request->operation)) {
		APPEND("\",\"password\":\"");
		writer_json(&writer, request->password);
	}
	//@ assert writer.data == body && writer.room == CONTRACT_BODY_MAX;
	//@ assert !writer.full && writer_valid(&writer);
	APPEND("\"}");
	//@ assert !writer.full;
	return writer.size;
}
