/* SPDX-License-Identifier: ISC */
#include "answer.h"

#include "json.h"

/* What has been found in the object so far. */
struct findings {
	unsigned int decisions; /* members named "success"; 2 stands for more */
	enum json_kind success;
	struct view message;
};

/* Reads one member. False when it is not valid JSON. */
static bool
read_member(struct json *json, struct findings *found)
{
	struct view name, raw;
	enum json_kind kind;

	if (!json_take_member_name(json, &name) || !json_take_value(json, &kind, &raw))
		return false;

	if (json_string_is(name, "success")) {
		found->success = kind;
		if (found->decisions < 2)
			found->decisions++;
	} else if (kind == JSON_STRING && json_string_is(name, "message")) {
		found->message = view_part(raw, 1, raw.size - 2); /* without quotes */
	}
	return true;
}

/* Reads the whole body. False when it is not one JSON object. */
static bool
read_object(struct view body, struct findings *found)
{
	struct json json = { body, 0 };
	bool more = true;

	json_skip_space(&json);
	if (!json_take(&json, '{'))
		return false;
	json_skip_space(&json);
	if (json_take(&json, '}'))
		more = false;
	while (more) {
		json_skip_space(&json);
		if (!read_member(&json, found))
			return false;
		json_skip_space(&json);
		more = json_take(&json, ',');
		if (!more && !json_take(&json, '}'))
			return false;
	}
	json_skip_space(&json);
	return json.at == body.size;
}

enum answer
answer_read(struct view body, struct view *message)
{
	struct findings found = { 0, JSON_NULL, { body.data, 0 } };

	*message = found.message;
	if (!view_is_utf8(body) || !read_object(body, &found))
		return ANSWER_NOT_JSON;
	*message = found.message;
	if (found.decisions != 1)
		return ANSWER_UNDECIDED;
	if (found.success == JSON_TRUE)
		return ANSWER_SUCCESS;
	if (found.success == JSON_FALSE)
		return ANSWER_FAILURE;
	return ANSWER_UNDECIDED;
}
