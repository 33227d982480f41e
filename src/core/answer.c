/* SPDX-License-Identifier: ISC */
#include "core/answer.h"

#include "base/json.h"

#include <stdbool.h>

/* What was found in the object so far. */
struct members {
	unsigned int decisions; /* members named "success"; 2 means more */
	enum json_kind success;
	struct view message;
};

/*@ // what is remembered comes from the text
  @ predicate members_true{L}(struct members *f, struct view text) =
  @	\valid(f) && \separated(f, text.data + (0 .. text.size - 1)) &&
  @	view_within(text, f->message) && f->decisions <= 2 &&
  @	(f->success == JSON_TRUE ==> view_says_true(text));
  @*/

static const char name_success[] = "success";
static const char name_message[] = "message";

/* Reads one member. False when it is not valid JSON. */
/*@ requires json_valid(json) && members_true(found, json->text) && \separated(json, found);
  @ terminates \true;
  @ assigns json->at, *found;
  @ ensures json_moved{Pre,Post}(json);
  @ ensures members_true(found, json->text);
  @ ensures \result ==> \old(json->at) < json->at;
  @*/
static bool
read_member(struct json *json, struct members *found)
{
	struct view name, raw;
	enum json_kind kind;

	if (!json_take_member_name(json, &name) || !json_take_value(json, &kind, &raw))
		return false;

	//@ assert kind == JSON_TRUE ==> view_says_true(json->text);
	//@ assert view_within(json->text, raw);
	//@ assert text_readable(&name_success[0], 7) && text_readable(&name_message[0], 7);
	if (json_string_is(name, name_success)) {
		found->success = kind;
		if (found->decisions < 2)
			found->decisions++;
	} else if (kind == JSON_STRING && json_string_is(name, name_message)) {
		found->message = view_part(raw, 1, raw.size - 2); /* without quotes */
		//@ assert view_within(json->text, found->message);
	}
	return true;
}

/* Reads the whole body. False when it is not one JSON object. */
/*@ requires view_readable(body) && members_true(found, body);
  @ terminates \true;
  @ assigns *found;
  @ ensures members_true(found, body);
  @*/
static bool
read_object(struct view body, struct members *found)
{
	struct json json = { body, 0 };
	bool more = true;

	json_skip_space(&json);
	if (!json_take(&json, '{'))
		return false;
	json_skip_space(&json);
	if (json_take(&json, '}'))
		more = false;
	/*@ loop invariant json.text == body && json.at <= body.size && members_true(found, body);
	  @ loop assigns json.at, more, *found;
	  @ loop variant body.size - json.at;
	  @*/
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
	struct members found = { 0, JSON_NULL, { body.data, 0 } };

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
