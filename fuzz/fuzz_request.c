/* SPDX-License-Identifier: ISC */
/*
 * A frame's payload (the input), from request to JSON body, against naive.c and cJSON.
 */
#include "fuzz.h"

#include "core/contract.h"
#include "core/frame.h"
#include "core/operation.h"
#include "naive.h"
#include "oracle.h"

#include <cjson/cJSON.h>

/* A member of the body must be one field, or two with an @ between them. */
static void
check_member(const cJSON *body, const char *name, struct view field, struct view second)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(body, name);
	struct view text;

	MUST(cJSON_IsString(member));
	text = (struct view){ (const uint8_t *)member->valuestring, strlen(member->valuestring) };
	MUST(naive_same(take_bytes(&text, field.size), field));
	MUST(second.size == 0 || take_byte(&text) == '@');
	MUST(naive_same(text, second));
}

static void
check_body(const struct request *request)
{
	static uint8_t space[CONTRACT_BODY_MAX];
	struct view body = { space, contract_body(request, space) }, none = { space, 0 };
	struct oracle look = oracle_look(body);
	cJSON *json = cJSON_ParseWithLength((const char *)space, body.size);

	MUST(look.valid && look.depth == 1);
	check_member(json, "username", request->user, request->host);
	if (request->password.size > 0)
		check_member(json, "password", request->password, none);
	MUST(cJSON_GetArraySize(json) == 1 + (request->password.size > 0));
	MUST(contract_path(request->operation)[0] != '\0');
	cJSON_Delete(json);
}

/* A number that is not an operation must do no harm. */
static void
check_unknown(void)
{
	enum operation none = (enum operation)OPERATION_COUNT;

	MUST(!operation_has_password(none) && strcmp(operation_name(none), "unknown") == 0);
	MUST(!operation_is_repeatable(none) && contract_path(none)[0] == '\0');
	MUST(strcmp(request_result_text((enum request_result)99), "unknown") == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view payload = { data, size <= FRAME_PAYLOAD_MAX ? size : FRAME_PAYLOAD_MAX };
	struct request request = { 0 }, expected = { 0 };
	enum request_result result = request_parse(payload, &request);

	MUST(result == naive_parse(payload, &expected));
	MUST(request_result_text(result)[0] != '\0');
	check_unknown();
	if (result == REQUEST_UNKNOWN)
		return 0;
	MUST(request.operation == expected.operation);
	MUST(strcmp(operation_name(request.operation), naive_operations[request.operation]) == 0);
	MUST(operation_is_repeatable(request.operation) == (request.operation <= OPERATION_ISUSER));
	if (result == REQUEST_FIELD_MISSING)
		return 0;
	MUST(naive_same(request.user, expected.user) && naive_same(request.host, expected.host));
	if (result != REQUEST_VALID)
		return 0;
	MUST(naive_same(request.password, expected.password));
	check_body(&request);
	return 0;
}
