/* SPDX-License-Identifier: ISC */
/*
 * Memory for secrets: pages that are neither swapped nor dumped, for this program's own secrets,
 * and an allocator that wipes on free, for those of libraries.
 */
#ifndef SECRET_H
#define SECRET_H

#include "base/fault.h"
#include "base/must_use.h"

#include <stddef.h>

/*
 * Makes OpenSSL, libcurl and cJSON use the wiping allocator. Must run before
 * any of them has allocated anything. Returns 0, or -1 with *fault set.
 */
MUST_USE int secret_install_allocator(struct fault *fault);

/*
 * `size` bytes of zeroed memory that is locked (as far as it is touched) and
 * left out of core files; it is never freed. Returns NULL with *fault set on failure.
 */
MUST_USE void *secret_map(size_t size, struct fault *fault);

/*
 * Memory of the heap, with the contracts of malloc(3) and free(3), except that it is wiped when it
 * is freed.
 */
void *secret_malloc(size_t size);
void secret_free(void *block);

#endif
