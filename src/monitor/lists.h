/* SPDX-License-Identifier: ISC */
/*
 * Revocation lists, as they were when a worker began to read them. If a reload fails, a worker
 * serves on with what it has read; but if a list has changed since, it may trust too much.
 */
#ifndef LISTS_H
#define LISTS_H

#include "base/must_use.h"

#include <stdbool.h>
#include <stdint.h>

struct settings;

/*
 * Zeroed memory has none.
 */
struct lists {
	uint64_t *marks; /* one per API: of its crl_file (watch.h); 0: it has none */
};

/*
 * Notes the lists that `settings` name, as they are before they are read. Returns 0 with *lists to
 * be freed, or -1 when there is no memory.
 */
MUST_USE int lists_note(struct lists *lists, const struct settings *settings);

void lists_free(struct lists *lists);

/*
 * True when a worker with `settings`, whose lists were noted, may go on although other settings,
 * `wanted` or unreadable (NULL), could not be put in force: no list has changed, and none is wanted
 * for an API which `settings` trust without it. Otherwise the log says which list it is.
 */
bool lists_hold(const struct lists *lists, const struct settings *settings,
		const struct settings *wanted);

#endif
