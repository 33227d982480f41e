/* SPDX-License-Identifier: ISC */
/*
 * A view: bytes that belong to somebody else, and how many there are.
 *
 * All parsing of what comes from outside goes through views and the functions
 * below, none of which reads past the end.
 */
#ifndef VIEW_H
#define VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view {
	const uint8_t *data;
	size_t size; /* bytes */
};

/*
 * The position of the first `byte` in `view`, or view.size when there is none.
 */
size_t view_find(struct view view, uint8_t byte);

/*
 * The `size` bytes of `view` that start at `from`.
 * The caller has checked that from + size <= view.size.
 */
struct view view_part(struct view view, size_t from, size_t size);

/*
 * True when `view` holds exactly the characters of the C string `text`,
 * without its final NUL.
 */
bool view_is(struct view view, const char *text);

/*
 * True when `view` is well-formed UTF-8 (RFC 3629: no overlong form, no
 * surrogate, nothing above U+10FFFF). The empty view is well-formed.
 */
bool view_is_utf8(struct view view);

#endif
