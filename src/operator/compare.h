/* SPDX-License-Identifier: ISC */
/*
 * Compares settings by the text that --check prints of them.
 */
#ifndef COMPARE_H
#define COMPARE_H

#include "settings/api.h"
#include "settings/endpoint.h"

#include <stdbool.h>
#include <stddef.h>

struct settings;

/* The longest text of one setting: sixteen URLs, or six paths. */
#define COMPARE_VALUE_MAX ((size_t)SETTINGS_ENDPOINTS_MAX * (SETTINGS_URL_MAX + 2))

/*
 * The settings of an API, one "KEY = VALUE" a line, in memory to be freed by the caller. NULL: no
 * memory.
 */
char *compare_api_text(const struct api *api);

/*
 * Writes the keys of the settings that differ to `keys`, separated by commas. Returns true when
 * there are any. Without memory none differ.
 */
bool compare_settings(struct settings *one, struct settings *other, char *keys, size_t room);

#endif
