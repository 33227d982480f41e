/* SPDX-License-Identifier: ISC */
/*
 * The entries of "hosts", grouped by equal settings, so that each group is checked and reported
 * once.
 */
#ifndef API_GROUPS_H
#define API_GROUPS_H

#include "core/request.h"

#include <stddef.h>

struct settings;

#define API_GROUP_NAMES 3 /* that are named; the others are counted */

struct api_group {
	size_t number;	/* of one API of the group, for settings_api() */
	size_t count;	/* how many have these settings */
	char *settings; /* as text */
	char names[API_GROUP_NAMES * (REQUEST_NAME_MAX + 2) + 32]; /* "": there are no "hosts" */
};

struct api_groups {
	size_t count;
	struct api_group *list;
};

/*
 * Sorts the APIs of the settings into groups, in the order of "hosts". Returns 0
 * with groups to be freed by api_groups_free(), or -1 when there is no memory.
 */
int api_groups_make(struct api_groups *groups, const struct settings *settings);

void api_groups_free(struct api_groups *groups);

#endif
