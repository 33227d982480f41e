/* SPDX-License-Identifier: ISC */
#include "operator/terminal.h"

#include "sandbox/environment.h"

#include <unistd.h>

bool
terminal_has_colours(void)
{
	return isatty(STDOUT_FILENO) == 1 && !environment_forbids_colour();
}

void
terminal_clean(const char *text, char *clean, size_t room)
{
	size_t i;

	for (i = 0; text[i] != '\0' && i + 1 < room; i++) {
		clean[i] = text[i];
		if (text[i] < ' ' || text[i] > '~')
			clean[i] = '?';
	}
	clean[i] = '\0';
}
