/* SPDX-License-Identifier: ISC */
/*
 * A fault: an error as one line for the operator. Functions whose errors an operator must see
 * take a struct fault, and return -1 with it filled in.
 */
#ifndef FAULT_H
#define FAULT_H

/* Bytes with the final NUL; longer texts are cut. Room for two paths. */
#define FAULT_TEXT_MAX 1024

struct fault {
	char text[FAULT_TEXT_MAX];
};

/*
 * Sets the text as printf(3) would, with ? for control characters. The arguments
 * may include the old text. Always returns -1, so that one can write
 * `return fault_set(...)`.
 */
#define fault_set(...) (fault_write(__VA_ARGS__), -1)

/* Its result, the -1, is visible here to a static analyser of any file. */
void fault_write(struct fault *fault, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
