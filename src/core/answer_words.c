/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "core/answer_words.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool
starts(struct view body, const char *text)
{
	size_t size = strlen(text);

	return body.size >= size && memcmp(body.data, text, size) == 0;
}

static bool
holds(struct view body, const char *text)
{
	return body.size > 0 && memmem(body.data, body.size, text, strlen(text)) != NULL;
}

/* PHP puts its messages in front of the answer, as HTML or as text. */
static bool
is_from_php(struct view body)
{
	static const char *const words[] = { "Notice", "Warning", "Deprecated", "Fatal error",
					     "Parse error" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (starts(body, words[i]))
			return true;
	}
	return starts(body, "<br />\n<b>");
}

/* For bytes that are not UTF-8 text; or NULL. */
static const char *
encoding_words(struct view body)
{
	if (starts(body, "\xEF\xBB\xBF"))
		return "it starts with a byte order mark (BOM)";
	if (starts(body, "\xFF\xFE") || starts(body, "\xFE\xFF") ||
	    (body.size > 1 && body.data[0] == '{' && body.data[1] == 0))
		return "it is in UTF-16";
	if (starts(body, "\x1F\x8B"))
		return "it is compressed with gzip";
	return view_is_utf8(body) ? NULL : "it is not in UTF-8";
}

/* After white space, which makes no difference. */
static struct view
without_space(struct view body)
{
	size_t from = 0;

	while (from < body.size && (body.data[from] == ' ' || body.data[from] == '\n' ||
				    body.data[from] == '\r' || body.data[from] == '\t'))
		from++;
	return view_part(body, from, body.size - from);
}

/* It starts like an object. */
static const char *
object_words(struct view text)
{
	if (holds(text, "NaN") || holds(text, "Infinity"))
		return "it contains NaN or Infinity";
	if (holds(text, "True") || holds(text, "False") || holds(text, "{'"))
		return "it is the text of a Python object, not JSON";
	return "it is truncated, has data after the object, or violates RFC 8259 in another way";
}

const char *
answer_words(struct view body)
{
	const char *words = encoding_words(body);
	struct view text = without_space(body);

	if (words != NULL)
		return words;
	if (text.size == 0)
		return "it is empty";
	if (is_from_php(text))
		return "it starts with a PHP error message";
	switch (text.data[0]) {
	case '<':
		return "it is HTML or XML";
	case '[':
		return "it is an array";
	case '{':
		return object_words(text);
	}
	return "it does not start with {";
}
