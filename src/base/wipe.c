/* SPDX-License-Identifier: ISC */
#define _DEFAULT_SOURCE
#include "base/wipe.h"

#include <string.h>

void
wipe(void *memory, size_t size)
{
	explicit_bzero(memory, size);
}
