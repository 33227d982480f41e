/* SPDX-License-Identifier: ISC */
#include "monitor/lists.h"

#include "base/log.h"
#include "base/log_level.h"
#include "monitor/watch.h"
#include "settings/api.h"
#include "settings/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int
lists_note(struct lists *lists, const struct settings *settings)
{
	size_t i, count = settings_api_count(settings);
	uint64_t *marks = calloc(count, sizeof(*marks));

	if (marks == NULL)
		return -1;
	for (i = 0; i < count; i++) {
		const char *path = settings_api(settings, i)->crl_file;

		marks[i] = path != NULL ? watch_mark(path) : 0;
	}
	lists->marks = marks;
	return 0;
}

void
lists_free(struct lists *lists)
{
	free(lists->marks);
	lists->marks = NULL;
}

/* A list that differs from the noted one, or NULL. */
static const char *
changed(const struct lists *lists, const struct settings *settings)
{
	size_t i;

	for (i = 0; i < settings_api_count(settings); i++) {
		const char *path = settings_api(settings, i)->crl_file;

		if (path != NULL && watch_mark(path) != lists->marks[i])
			return path;
	}
	return NULL;
}

/* A list that is wanted for an API which `settings` trust without one, or with another one; or
 * NULL. */
static const char *
added(const struct settings *settings, const struct settings *wanted)
{
	size_t i, count = settings_api_count(wanted);

	for (i = 0; i < count && i < settings_api_count(settings); i++) {
		const struct api *now = settings_api(settings, i), *then = settings_api(wanted, i);

		if (then->crl_file != NULL && api_same_place(now, then) &&
		    !api_same_file(now->crl_file, then->crl_file))
			return then->crl_file;
	}
	return NULL;
}

bool
lists_hold(const struct lists *lists, const struct settings *settings,
	   const struct settings *wanted)
{
	const char *path = changed(lists, settings);

	if (path == NULL && wanted != NULL)
		path = added(settings, wanted);
	if (path == NULL)
		return true;
	log_message(LOG_ERROR,
		    "%s: this revocation list differs from the one in force, and cannot be loaded "
		    "for the reason above: replying \"unavailable\" until it can; fix that, or "
		    "remove crl_file",
		    path);
	return false;
}
