/* SPDX-License-Identifier: ISC */
/*
 * A writer: room that belongs to somebody else, filled from the front and
 * never beyond its end. What does not fit is cut and remembered in `full`.
 */
#ifndef WRITER_H
#define WRITER_H

#include "view.h"

struct writer {
	uint8_t *data;
	size_t room; /* bytes that data has room for */
	size_t size; /* bytes written */
	bool full;   /* something did not fit */
};

/*
 * Appends one byte.
 */
void writer_byte(struct writer *writer, uint8_t byte);

/*
 * Appends a C string without its final NUL.
 */
void writer_text(struct writer *writer, const char *text);

/*
 * Appends a view byte for byte.
 */
void writer_view(struct writer *writer, struct view view);

/*
 * Appends a number in decimal.
 */
void writer_number(struct writer *writer, uint64_t number);

/*
 * Appends a view in hexadecimal, two lower-case digits for each byte.
 */
void writer_hex(struct writer *writer, struct view view);

/*
 * Appends a view as the inside of a JSON string: quotes, backslashes and
 * control characters escaped, everything else as it is. The view is UTF-8.
 */
void writer_json(struct writer *writer, struct view view);

#endif
