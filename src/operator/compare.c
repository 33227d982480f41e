/* SPDX-License-Identifier: ISC */
#define _DEFAULT_SOURCE
#include "operator/compare.h"
#include "base/writer.h"
#include "settings/setting.h"
#include "settings/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_MAX (COMPARE_VALUE_MAX + (size_t)32 * 1024) /* of all settings of an API */

char *
compare_api_text(const struct api *api)
{
	struct writer writer = { calloc(1, VALUES_MAX + 1), VALUES_MAX, 0, false };
	size_t i;

	if (writer.data == NULL)
		return NULL;
	for (i = 0; i < setting_count; i++) {
		const struct setting *setting = &setting_table[i];

		if (setting->scope != SCOPE_API)
			continue;
		writer_text(&writer, setting->key);
		writer_text(&writer, " = ");
		setting->kind->show(setting, (const char *)api + setting->offset, &writer);
		writer_byte(&writer, '\n');
	}
	writer.data[writer.size] = '\0';
	return (char *)writer.data;
}

/* The text of one setting for all hosts, in memory to be freed. */
static char *
value_text(const struct setting *setting, struct settings *settings)
{
	struct writer writer = { calloc(1, COMPARE_VALUE_MAX + 1), COMPARE_VALUE_MAX, 0, false };

	if (writer.data == NULL)
		return NULL;
	setting->kind->show(setting, setting_member(setting, settings), &writer);
	writer.data[writer.size] = '\0';
	return (char *)writer.data;
}

/* True when two texts differ; frees them. Without memory for them they count as equal. */
static bool
differ_and_free(char *one, char *other)
{
	bool differ = false;

	if (one != NULL && other != NULL)
		differ = strcmp(one, other) != 0;
	free(one);
	free(other);
	return differ;
}

static void
append_key(char *keys, size_t room, const char *key)
{
	size_t length = strlen(keys);

	(void)snprintf(keys + length, room - length, "%s%s", length > 0 ? ", " : "", key);
}

/* True when the entries of "hosts" are not the same. */
static bool
hosts_differ(const struct settings *one, const struct settings *other)
{
	bool differ = one->host_count != other->host_count;
	size_t i;

	for (i = 0; i < one->host_count && !differ; i++)
		differ = strcmp(one->hosts[i].name, other->hosts[i].name) != 0 ||
			 differ_and_free(compare_api_text(&one->hosts[i].api),
					 compare_api_text(&other->hosts[i].api));
	return differ;
}

bool
compare_settings(struct settings *one, struct settings *other, char *keys, size_t room)
{
	size_t i;

	keys[0] = '\0';
	for (i = 0; i < setting_count; i++) {
		const struct setting *setting = &setting_table[i];

		if (differ_and_free(value_text(setting, one), value_text(setting, other)))
			append_key(keys, room, setting->key);
	}
	if (hosts_differ(one, other))
		append_key(keys, room, "hosts");
	return keys[0] != '\0';
}
