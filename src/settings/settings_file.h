/* SPDX-License-Identifier: ISC */
/*
 * The settings file: one JSON object whose members are the settings, and
 * "hosts", an object of objects with settings of their own.
 */
#ifndef SETTINGS_FILE_H
#define SETTINGS_FILE_H

#include "base/must_use.h"
#include "base/view.h"

#include <stddef.h>

struct fault;
struct settings;

#define SETTINGS_FILE_MAX ((size_t)1024 * 1024) /* bytes; no sensible file is nearly as large */

struct cJSON;

struct settings_file {
	const char *path; /* for messages */
	struct view text;
	struct cJSON *object;
};

/*
 * Parses a text. Strict: anything but one JSON object according to RFC 8259 is an error. `path` and
 * what `text` points to must outlive the result. Returns 0, or -1 with "PATH:LINE: what is wrong"
 * in *fault. In either case settings_file_close() frees what is in *file.
 */
MUST_USE int settings_file_parse(struct settings_file *file, const char *path, struct view text,
				 struct fault *fault);

/*
 * Applies every member but "hosts" to *settings. An unknown or repeated key, a
 * wrong type or value is an error: -1 with "PATH:LINE: what is wrong" in *fault.
 */
MUST_USE int settings_file_apply(const struct settings_file *file, struct settings *settings,
				 struct fault *fault);

/*
 * Makes the entries of "hosts", each a copy of settings->api with its own
 * members applied. The same errors.
 */
MUST_USE int settings_file_apply_hosts(const struct settings_file *file, struct settings *settings,
				       struct fault *fault);

void settings_file_close(struct settings_file *file);

#endif
