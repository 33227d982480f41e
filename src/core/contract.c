/* SPDX-License-Identifier: ISC */
#include "core/contract.h"

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

size_t
contract_body(const struct request *request, uint8_t body[CONTRACT_BODY_MAX])
{
	struct writer writer = { body, CONTRACT_BODY_MAX, 0, false };

	writer_text(&writer, "{\"username\":\"");
	writer_json(&writer, request->user);
	writer_byte(&writer, '@');
	writer_json(&writer, request->host);
	if (operation_has_password(request->operation)) {
		writer_text(&writer, "\",\"password\":\"");
		writer_json(&writer, request->password);
	}
	writer_text(&writer, "\"}");
	return writer.size;
}
