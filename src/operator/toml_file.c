/* SPDX-License-Identifier: ISC */
#include "operator/toml_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct cursor {
	const struct toml_reader *reader;
	struct view text;
	size_t at;
	unsigned int line;
	unsigned int number;	  /* in the reader's array of tables, of the current table */
	char table[TOML_KEY_MAX]; /* of the keys, followed by a dot */
};

/* The next byte, or NUL at the end of the text. */
static char
peek(const struct cursor *cursor)
{
	const char *text = (const char *)cursor->text.data;

	if (cursor->at == cursor->text.size)
		return '\0';
	return text[cursor->at];
}

static char
next(struct cursor *cursor)
{
	char byte = peek(cursor);

	cursor->line += byte == '\n';
	cursor->at += cursor->at < cursor->text.size;
	return byte;
}

static bool
is_one_of(char byte, const char *bytes)
{
	return byte != '\0' && strchr(bytes, byte) != NULL;
}

/* Skips any of these bytes, and comments. */
static void
skip(struct cursor *cursor, const char *bytes)
{
	while (is_one_of(peek(cursor), bytes) || peek(cursor) == '#') {
		if (peek(cursor) == '#') {
			while (peek(cursor) != '\n' && peek(cursor) != '\0')
				(void)next(cursor);
		} else {
			(void)next(cursor);
		}
	}
}

static bool
starts(const struct cursor *cursor, const char *text)
{
	size_t length = strlen(text);

	return cursor->text.size - cursor->at >= length &&
	       memcmp(cursor->text.data + cursor->at, text, length) == 0;
}

static int
append(char *text, size_t room, char byte, struct fault *fault)
{
	size_t length = strlen(text);

	if (length + 1 >= room)
		return fault_set(fault, "that is too long");
	text[length] = byte;
	text[length + 1] = '\0';
	return 0;
}

/* The character for a backslash and this byte; NUL: an escape that is not supported here. */
static char
unescape(char byte)
{
	switch (byte) {
	case '"':
	case '\\':
		return byte;
	case 't':
		return '\t';
	case 'n':
		return '\n';
	}
	return '\0';
}

/* Appends a quoted string of either kind to `text`. */
static int
read_string(struct cursor *cursor, char *text, size_t room, struct fault *fault)
{
	char quote = next(cursor), byte;

	while ((byte = next(cursor)) != quote) {
		if (byte == '\0' || byte == '\n')
			return fault_set(fault, "a string does not end on its line");
		if (byte == '\\' && quote == '"')
			byte = unescape(next(cursor));
		if (byte == '\0')
			return fault_set(fault, "an escape that is not supported here");
		if (append(text, room, byte, fault) < 0)
			return -1;
	}
	return 0;
}

/* Appends a key, which may have dots, up to the first of `ends`. */
static int
read_key(struct cursor *cursor, char *key, char end, struct fault *fault)
{
	int result = 0;

	while (result == 0 && peek(cursor) != end) {
		char byte = peek(cursor);

		if (byte == '"' || byte == '\'')
			result = read_string(cursor, key, TOML_KEY_MAX, fault);
		else if (byte == '\0' || byte == '\n')
			result = fault_set(fault, "neither a table nor a key with its value");
		else if (!is_one_of(next(cursor), " \t\r"))
			result = append(key, TOML_KEY_MAX, byte, fault);
	}
	(void)next(cursor);
	return result;
}

static int
deliver(const struct cursor *cursor, const char *key, const char *value, struct fault *fault)
{
	const struct toml_reader *reader = cursor->reader;
	bool inside = strncmp(key, reader->array, strlen(reader->array)) == 0;

	return reader->take(reader->argument, key, inside ? cursor->number : 0, value, fault);
}

static int
read_table(struct cursor *cursor, struct fault *fault)
{
	char key[TOML_KEY_MAX] = "";
	bool repeated = starts(cursor, "[[");

	(void)next(cursor);
	if (repeated)
		(void)next(cursor);
	if (read_key(cursor, key, ']', fault) < 0)
		return -1;
	if (repeated && next(cursor) != ']')
		return fault_set(fault, "a bracket is missing");
	if (repeated && strcmp(key, cursor->reader->array) == 0)
		cursor->number++;
	(void)snprintf(cursor->table, sizeof(cursor->table), "%.*s.", TOML_KEY_MAX - 2, key);
	return deliver(cursor, key, "", fault);
}

/* A number, a word, or any other value that is neither a string nor composed. */
static int
read_word(struct cursor *cursor, char *text, struct fault *fault)
{
	int result = 0;

	while (result == 0 && peek(cursor) != '\0' && !is_one_of(peek(cursor), " \t\r\n,]#"))
		result = append(text, TOML_VALUE_MAX, next(cursor), fault);
	return result;
}

static int
read_single(struct cursor *cursor, const char *key, struct fault *fault)
{
	char value[TOML_VALUE_MAX] = "";
	int result;

	if (starts(cursor, "\"\"\"") || starts(cursor, "'''"))
		return fault_set(fault, "a string of several lines is not supported here");
	if (is_one_of(peek(cursor), "\"'"))
		result = read_string(cursor, value, sizeof(value), fault);
	else
		result = read_word(cursor, value, fault);
	return result < 0 ? -1 : deliver(cursor, key, value, fault);
}

/* Skips what is between braces or brackets, including strings that contain them. */
static int
skip_nested(struct cursor *cursor, struct fault *fault)
{
	char ignored[TOML_VALUE_MAX];
	int depth = 0;

	do {
		skip(cursor, " \t\r\n");
		ignored[0] = '\0';
		if (is_one_of(peek(cursor), "\"'")) {
			if (read_string(cursor, ignored, sizeof(ignored), fault) < 0)
				return -1;
			continue;
		}
		depth += is_one_of(peek(cursor), "{[");
		depth -= is_one_of(peek(cursor), "}]");
		if (next(cursor) == '\0')
			return fault_set(fault, "a brace or bracket is not closed");
	} while (depth > 0);
	return 0;
}

static int
read_array(struct cursor *cursor, const char *key, struct fault *fault)
{
	int result = 0;

	(void)next(cursor);
	skip(cursor, " \t\r\n,");
	while (result == 0 && peek(cursor) != ']') {
		if (is_one_of(peek(cursor), "[{"))
			result = skip_nested(cursor, fault);
		else if (peek(cursor) == '\0')
			result = fault_set(fault, "an array is not closed");
		else
			result = read_single(cursor, key, fault);
		skip(cursor, " \t\r\n,");
	}
	(void)next(cursor);
	return result;
}

static int
read_pair(struct cursor *cursor, struct fault *fault)
{
	char key[TOML_KEY_MAX];

	(void)snprintf(key, sizeof(key), "%s", cursor->table);
	if (read_key(cursor, key, '=', fault) < 0)
		return -1;
	skip(cursor, " \t");
	switch (peek(cursor)) {
	case '[':
		return read_array(cursor, key, fault);
	case '{':
		if (strstr(key, "auth") != NULL)
			return fault_set(fault, "write %s as a table of its own, [%s]", key, key);
		return skip_nested(cursor, fault);
	}
	return read_single(cursor, key, fault);
}

int
toml_file_read(const struct toml_reader *reader, const char *path, struct view text,
	       struct fault *fault)
{
	struct cursor cursor = { reader, text, 0, 1, 0, "" };
	int result = 0;

	skip(&cursor, " \t\r\n");
	while (result == 0 && cursor.at < text.size) {
		unsigned int line = cursor.line;

		result = peek(&cursor) == '[' ? read_table(&cursor, fault)
					      : read_pair(&cursor, fault);
		if (result < 0)
			(void)fault_set(fault, "%s:%u: %s", path, line, fault->text);
		skip(&cursor, " \t\r\n");
	}
	return result;
}
