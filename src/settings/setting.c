/* SPDX-License-Identifier: ISC */
#include "settings/setting.h"

#include "base/fault.h"
#include "settings/api.h"
#include "settings/bounds.h"
#include "settings/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define STRUCT_ALL struct settings
#define STRUCT_API struct api

#define IN_HELP	  true
#define IN_MANUAL false

#define FROM(least, most) least, most
#define ANY		  0, 0
#define SECRET		  true
#define OPEN		  false

const struct setting setting_table[] = {
#define SETTING(key, kind, scope, member, place, argument, standard, bounds, holds, help) \
	{ #key,		 argument,                                                        \
	  standard,	 bounds,                                                          \
	  holds,	 help,                                                            \
	  IN_##place,	 &setting_kind_##kind,                                            \
	  SCOPE_##scope, offsetof(STRUCT_##scope, member) },
#include "settings/settings.def"
#undef SETTING
};

const size_t setting_count = sizeof(setting_table) / sizeof(setting_table[0]);

void *
setting_api_member(const struct setting *setting, struct api *api)
{
	return (char *)api + setting->offset;
}

void *
setting_member(const struct setting *setting, struct settings *settings)
{
	if (setting->scope == SCOPE_API)
		return setting_api_member(setting, &settings->api);
	return (char *)settings + setting->offset;
}

const struct setting *
setting_next_file(const struct api *api, size_t *next, const char **path)
{
	while (*next < setting_count) {
		const struct setting *setting = &setting_table[(*next)++];

		if (setting->scope != SCOPE_API || setting->kind != &setting_kind_path)
			continue;
		*path = *(char *const *)((const char *)api + setting->offset);
		if (*path != NULL)
			return setting;
	}
	return NULL;
}

/* In names a dash is the same as an underscore. */
static bool
same_character(char a, char b)
{
	return (a == '-' ? '_' : a) == (b == '-' ? '_' : b);
}

static bool
same_name(const char *a, const char *b)
{
	for (; *a != '\0' && *b != '\0'; a++, b++) {
		if (!same_character(*a, *b))
			return false;
	}
	return *a == *b;
}

/* The number of leading and trailing characters that two names share: enough to find the key
 * that was mistyped. */
static size_t
likeness(const char *a, const char *b)
{
	size_t length_a = strlen(a), length_b = strlen(b), head = 0, tail = 0;
	size_t shorter = length_a < length_b ? length_a : length_b;

	while (head < shorter && same_character(a[head], b[head]))
		head++;
	/* cppcheck-suppress knownConditionTrueFalse ; head stops at a difference, too */
	while (tail < shorter - head &&
	       same_character(a[length_a - 1 - tail], b[length_b - 1 - tail]))
		tail++;
	return head + tail;
}

const struct setting *
setting_find(const char *key, struct fault *fault)
{
	const struct setting *nearest = NULL;
	size_t i, best = 0;

	for (i = 0; i < setting_count; i++) {
		size_t like = likeness(key, setting_table[i].key);

		if (same_name(key, setting_table[i].key))
			return &setting_table[i];
		if (like > best) {
			best = like;
			nearest = &setting_table[i];
		}
	}
	if (nearest != NULL && best * 3 >= strlen(nearest->key) * 2)
		(void)fault_set(fault, "\"%.64s\" is not a setting; did you mean \"%s\"?", key,
				nearest->key);
	else
		(void)fault_set(fault, "\"%.64s\" is not a setting; --help lists them", key);
	return NULL;
}
