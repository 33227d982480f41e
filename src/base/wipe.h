/* SPDX-License-Identifier: ISC */
#ifndef WIPE_H
#define WIPE_H

#include <stddef.h>

/*
 * Sets `size` bytes from `memory` on to zero, even if the compiler finds that they are not read
 * again.
 */
void wipe(void *memory, size_t size);

#endif
