/* SPDX-License-Identifier: ISC */
#include "fault.h"

#include <stdarg.h>
#include <stdio.h>

int
fault_set(struct fault *fault, const char *format, ...)
{
	struct fault made; /* apart, because the old text may be an argument */
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(made.text, sizeof(made.text), format, arguments);
	va_end(arguments);
	*fault = made;
	return -1;
}
