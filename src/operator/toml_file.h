/* SPDX-License-Identifier: ISC */
/*
 * As much of TOML as is needed to find single settings in a file: tables, arrays of tables, dotted
 * keys, strings on one line, and arrays of them. Everything else is skipped, or refused where
 * skipping could mislead.
 */
#ifndef TOML_FILE_H
#define TOML_FILE_H

#include "base/fault.h"
#include "base/must_use.h"
#include "base/view.h"

#define TOML_KEY_MAX   256  /* bytes of a whole key with its NUL */
#define TOML_VALUE_MAX 4096 /* bytes of a value with its NUL */

/*
 * Receives each value: its table and key with dots between them; the number of its table in the
 * array of tables called `array` (1 for the first; 0 outside of them); and the text of a string, a
 * number or a word. An array is one call for each of its elements, and a table is one call with ""
 * for the value when it begins.
 */
struct toml_reader {
	const char *array;
	int (*take)(void *argument, const char *key, unsigned int number, const char *value,
		    struct fault *fault);
	void *argument;
};

/*
 * Reads a whole file. Returns 0, or -1 with "PATH:LINE: what is wrong" in *fault. When take()
 * returns -1, its fault follows "PATH:LINE: ".
 */
MUST_USE int toml_file_read(const struct toml_reader *reader, const char *path, struct view text,
			    struct fault *fault);

#endif
