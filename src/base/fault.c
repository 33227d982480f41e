/* SPDX-License-Identifier: ISC */
#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>

void
fault_write(struct fault *fault, const char *format, ...)
{
	struct fault made; /* apart, because the old text may be an argument */
	va_list arguments;
	char *at;

	va_start(arguments, format);
	(void)vsnprintf(made.text, sizeof(made.text), format, arguments);
	va_end(arguments);
	/* what a file or a peer says is quoted here, and goes to terminals */
	for (at = made.text; *at != '\0'; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7F)
			*at = '?';
	}
	*fault = made;
}
