/* SPDX-License-Identifier: ISC */
#include "operator/api_groups.h"

#include "operator/compare.h"
#include "settings/settings.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
add_name(struct api_group *group, const char *name)
{
	size_t length = strlen(group->names);

	if (group->count <= API_GROUP_NAMES)
		(void)snprintf(group->names + length, sizeof(group->names) - length, "%s%s",
			       length > 0 ? ", " : "", name);
}

/* Adds an API to its group, or to a new one. */
static int
add_api(struct api_groups *groups, const struct settings *settings, size_t number)
{
	char *text = compare_api_text(settings_api(settings, number));
	struct api_group *group;
	size_t i = 0;

	if (text == NULL)
		return -1;
	while (i < groups->count && strcmp(groups->list[i].settings, text) != 0)
		i++;
	group = &groups->list[i];
	if (i < groups->count) {
		free(text);
	} else {
		groups->count++;
		group->number = number;
		group->settings = text;
	}
	group->count++;
	if (settings->hosts != NULL)
		add_name(group, settings->hosts[number].name);
	return 0;
}

int
api_groups_make(struct api_groups *groups, const struct settings *settings)
{
	size_t i, count = settings_api_count(settings);
	int result = 0;

	*groups = (struct api_groups){ 0, calloc(count, sizeof(struct api_group)) };
	if (groups->list == NULL)
		return -1;
	for (i = 0; i < count && result == 0; i++)
		result = add_api(groups, settings, i);
	for (i = 0; i < groups->count; i++) {
		struct api_group *group = &groups->list[i];
		size_t length = strlen(group->names);

		if (group->count > API_GROUP_NAMES)
			(void)snprintf(group->names + length, sizeof(group->names) - length,
				       " and %zu more", group->count - API_GROUP_NAMES);
	}
	if (result < 0)
		api_groups_free(groups);
	return result;
}

void
api_groups_free(struct api_groups *groups)
{
	size_t i;

	for (i = 0; i < groups->count; i++)
		free(groups->list[i].settings);
	free(groups->list);
	*groups = (struct api_groups){ 0, NULL };
}
