/* SPDX-License-Identifier: ISC */
#include "script.h"

#include "fuzz.h"

#include <stddef.h>
#include <string.h>

struct view
script_next(struct view script)
{
	size_t i;

	for (i = 1; i < script.size; i++) {
		if (script.data[i] == '@' && script.data[i - 1] == '\n') {
			script.size = i - 1; /* the line feed is not part of it */
			break;
		}
	}
	(void)take_byte(&script);
	return script;
}

char
script_take(struct view *script, const char *letters, struct view *content)
{
	struct view record = script_next(*script);
	char letter = (char)take_byte(&record);

	if (letter == 0 || strchr(letters, letter) == NULL)
		return 0;
	*content = record;
	(void)take_bytes(script, (size_t)(record.data - script->data) + record.size);
	if (script->size > 0 && script->data[0] == '\n')
		(void)take_byte(script);
	return letter;
}
