/* SPDX-License-Identifier: ISC */
#include "core/answer_head.h"

#include "core/breaker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

static bool
starts_with(struct view line, const char *text)
{
	size_t length = strlen(text);

	return line.size >= length && strncasecmp((const char *)line.data, text, length) == 0;
}

static bool
is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* What is behind the colon, white space aside. */
static struct view
value_of(struct view line)
{
	size_t from = view_find(line, ':'), end = line.size;

	if (from < end)
		from++;
	while (from < end && is_blank(line.data[from]))
		from++;
	while (end > from && is_blank(line.data[end - 1]))
		end--;
	return view_part(line, from, end - from);
}

/* True when the value is `word`, in whatever case. */
static bool
is_word(struct view value, const char *word)
{
	return value.size == strlen(word) && starts_with(value, word);
}

/* True when the value is a number of bytes that a body may have. */
static bool
is_length(struct view value)
{
	size_t i, length = 0;

	for (i = 0; i < value.size; i++) {
		if (value.data[i] < '0' || value.data[i] > '9' || length > ANSWER_BODY_MAX)
			return false;
		length = length * 10 + (size_t)(value.data[i] - '0');
	}
	return value.size > 0 && length <= ANSWER_BODY_MAX;
}

/* True when a status line that starts like HTTP/1's has a code of three digits in its
 * place (RFC 9112, section 4). libcurl reads it with sscanf(3), which takes more. */
static bool
has_status(struct view line)
{
	size_t i;

	if (line.size < 13 || (line.data[7] != '0' && line.data[7] != '1') || line.data[8] != ' ')
		return false;
	for (i = 9; i < 12; i++) {
		if (line.data[i] < '0' || line.data[i] > '9')
			return false;
	}
	return is_blank(line.data[12]);
}

/* A line that says where the answer ends. libcurl takes the last of several
 * lengths, and reads on to the end of the connection when one is too large to
 * count; RFC 9112, section 6.3 calls that an attack or an error. */
static const char *
check_framing(struct answer_head *head, bool good, const char *complaint)
{
	bool first = !head->framed;

	head->framed = true;
	if (!good)
		return complaint;
	return first ? NULL : "the answer says more than once how long it is";
}

const char *
answer_head_check(struct answer_head *head, struct view line)
{
	head->size += line.size;
	if (head->size > ANSWER_HEAD_MAX)
		return "the answer's headers are larger than 64 KiB";
	if (starts_with(line, "http/")) { /* interim answers have such a line, too */
		head->framed = false;
		head->retry_after = 0;
		if (!starts_with(line, "http/1."))
			return "the answer is not HTTP/1";
		return has_status(line) ? NULL : "the answer has no proper status";
	}
	if (starts_with(line, "retry-after:"))
		head->retry_after = breaker_retry_after(value_of(line));
	if (starts_with(line, "content-length:"))
		return check_framing(head, is_length(value_of(line)),
				     "the answer's length is no number up to 64 KiB");
	/* nothing of the kind was offered; libcurl would unpack it all the same */
	if (starts_with(line, "transfer-encoding:"))
		return check_framing(head, is_word(value_of(line), "chunked"),
				     "the answer has a transfer coding nobody asked for");
	if (starts_with(line, "content-encoding:") && !is_word(value_of(line), "identity"))
		return "the answer has a content coding nobody asked for";
	return NULL;
}
