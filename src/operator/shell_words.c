/* SPDX-License-Identifier: ISC */
#include "operator/shell_words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Special characters outside of quotes, and in double quotes. A tilde or a number sign is
 * special only at the beginning of a word, but rare enough elsewhere. */
#define SPECIAL	       "$`;|&<>()*?[#~"
#define SPECIAL_QUOTED "$`"

/* Characters that a backslash escapes in double quotes. */
#define ESCAPED "$`\"\\\n"

struct cursor {
	const char *in;
	char *out; /* never ahead of the input: a word is not longer than its source */
};

static int
refuse(char byte, struct fault *fault)
{
	return fault_set(fault, "the shell treats '%c' specially there", byte);
}

/* After a single quote, up to and including the closing one. */
static int
take_single(struct cursor *cursor, struct fault *fault)
{
	while (*cursor->in != '\0' && *cursor->in != '\'')
		*cursor->out++ = *cursor->in++;
	if (*cursor->in == '\0')
		return fault_set(fault, "a quote is not closed");
	cursor->in++;
	return 0;
}

static int
take_double(struct cursor *cursor, struct fault *fault)
{
	while (*cursor->in != '\0' && *cursor->in != '"') {
		if (strchr(SPECIAL_QUOTED, *cursor->in) != NULL)
			return refuse(*cursor->in, fault);
		if (cursor->in[0] == '\\' && cursor->in[1] != '\0' &&
		    strchr(ESCAPED, cursor->in[1]) != NULL)
			cursor->in++;
		*cursor->out++ = *cursor->in++;
	}
	if (*cursor->in == '\0')
		return fault_set(fault, "a quote is not closed");
	cursor->in++;
	return 0;
}

/* Takes one byte, or what is between two quotes. */
static int
take_piece(struct cursor *cursor, struct fault *fault)
{
	char byte = *cursor->in++;

	if (byte == '\'')
		return take_single(cursor, fault);
	if (byte == '"')
		return take_double(cursor, fault);
	if (strchr(SPECIAL, byte) != NULL)
		return refuse(byte, fault);
	if (byte == '\\' && *cursor->in != '\0')
		byte = *cursor->in++;
	*cursor->out++ = byte;
	return 0;
}

static bool
is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n';
}

int
shell_words_split(struct shell_words *words, const char *command, struct fault *fault)
{
	size_t length = strlen(command);
	struct cursor cursor = { command, calloc(1, length + 1) };
	int result = 0;

	/* every second byte may begin a word, and NULL comes last */
	*words = (struct shell_words){ 0, calloc(length / 2 + 2, sizeof(char *)), cursor.out };
	if (words->text == NULL || words->list == NULL)
		result = fault_set(fault, "out of memory");
	while (result == 0) {
		while (is_blank(*cursor.in))
			cursor.in++;
		if (*cursor.in == '\0')
			break;
		words->list[words->count++] = cursor.out;
		while (result == 0 && *cursor.in != '\0' && !is_blank(*cursor.in))
			result = take_piece(&cursor, fault);
		*cursor.out++ = '\0';
	}
	if (result == 0 && words->count == 0)
		result = fault_set(fault, "it is empty");
	if (result < 0)
		shell_words_free(words);
	return result;
}

void
shell_words_free(struct shell_words *words)
{
	free(words->list);
	free(words->text);
	*words = (struct shell_words){ 0, NULL, NULL };
}
