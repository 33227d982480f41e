/* SPDX-License-Identifier: ISC */
/*
 * Shared by all harnesses: the entry that fuzzing engines call, a way to state what must hold, and
 * a cursor over the input. See README.md.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "base/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * One execution. Always returns 0; aborts when something does not hold.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Aborts, naming the condition, unless it is true. Unlike assert(3) it cannot be
 * compiled out.
 */
#define MUST(condition)                                                                         \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			(void)fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, \
				      #condition);                                              \
			abort();                                                                \
		}                                                                               \
	} while (0)

/*
 * Takes up to `size` bytes off the front of *input.
 */
static inline struct view
take_bytes(struct view *input, size_t size)
{
	struct view taken = { input->data, size < input->size ? size : input->size };

	input->data += taken.size;
	input->size -= taken.size;
	return taken;
}

/*
 * Takes one byte, or 0 at the end.
 */
static inline uint8_t
take_byte(struct view *input)
{
	struct view taken = take_bytes(input, 1);

	return taken.size == 1 ? taken.data[0] : 0;
}

#endif
