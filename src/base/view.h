/* SPDX-License-Identifier: ISC */
/*
 * A view: bytes that the caller owns, and their number.
 *
 * All parsing of untrusted input uses views and the functions below, none of which reads past the
 * end.
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

#include "base/view_spec.h"

/*
 * The position of the first `byte` in `view`, or view.size when there is none.
 */
/*@ requires view_readable(view);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures view_first(view, 0, byte, \result);
  @*/
size_t view_find(struct view view, uint8_t byte);

/*
 * The position of the first `byte` at or after the position `from`, or view.size when there is
 * none. from <= view.size.
 */
/*@ requires view_readable(view) && from <= view.size;
  @ terminates \true;
  @ assigns \nothing;
  @ ensures view_first(view, from, byte, \result);
  @*/
size_t view_find_from(struct view view, size_t from, uint8_t byte);

/*
 * The `size` bytes of `view` that start at `from`.
 * The caller has checked that from + size <= view.size.
 */
/*@ requires from + size <= view.size;
  @ terminates \true;
  @ assigns \nothing;
  @ ensures view_slice(view, from, from + size, \result);
  @*/
struct view view_part(struct view view, size_t from, size_t size);

/*
 * True when `view` holds exactly the characters of the C string `text`,
 * without its final NUL.
 */
/*@ requires view_readable(view);
  @ requires \exists integer length; text_readable(text, length);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> text_length(text, view.size) && view_starts(view, text, view.size);
  @*/
bool view_is(struct view view, const char *text);

/*
 * True when `view` is well-formed UTF-8 (RFC 3629: no overlong form, no
 * surrogate, nothing above U+10FFFF). The empty view is well-formed.
 */
/*@ requires view_readable(view);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> utf8(view.data, 0, view.size);
  @*/
bool view_is_utf8(struct view view);

/*
 * True when `view` is text that can be shown: well-formed UTF-8 without control characters,
 * including those from U+0080 to U+009F, which terminals obey as well.
 */
/*@ requires view_readable(view);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result <==> view_clean(view);
  @*/
bool view_is_clean(struct view view);

/*
 * The length in bytes of the well-formed character at the front of `view`, or 0
 * when there is none.
 */
/*@ requires view_readable(view);
  @ terminates \true;
  @ assigns \nothing;
  @ ensures \result <= 4 && \result <= view.size;
  @ ensures \result > 0 ==> utf8_character(view.data, \result);
  @*/
size_t view_character(struct view view);

#endif
