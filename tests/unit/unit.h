/* SPDX-License-Identifier: ISC */
/*
 * Shared by all unit tests.
 */
#ifndef UNIT_H
#define UNIT_H

#include "base/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A view of a string literal, NULs inside it included. */
#define VIEW(literal) ((struct view){ (const uint8_t *)("" literal), sizeof(literal) - 1 })

/*
 * A copy of exactly the view's size on the heap, so that valgrind and the
 * sanitizers see a read beyond its end. Freed by the caller.
 */
static inline struct view
exact_copy(struct view view)
{
	/* malloc(0) may return NULL, which memcpy must not be given */
	uint8_t *data = malloc(view.size > 0 ? view.size : 1);

	assert_non_null(data);
	memcpy(data, view.data, view.size);
	return (struct view){ data, view.size };
}

#define assert_view_equal(actual, expected)                     \
	do {                                                    \
		struct view a_ = (actual), e_ = (expected);     \
		assert_int_equal(a_.size, e_.size);             \
		assert_memory_equal(a_.data, e_.data, e_.size); \
	} while (0)

#endif
