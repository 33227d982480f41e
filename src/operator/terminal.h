/* SPDX-License-Identifier: ISC */
/*
 * Output on a terminal: untrusted text without control characters, and colours only where they are
 * displayed.
 */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * True when standard output takes colours: a terminal, and NO_COLOR not set.
 */
bool terminal_has_colours(void);

/*
 * Copies text to `clean`, `room` bytes with the NUL, with a question mark for
 * each byte that is not printable ASCII.
 */
void terminal_clean(const char *text, char *clean, size_t room);

#endif
