/* SPDX-License-Identifier: ISC */
/*
 * The settings for operations: what the API can do, and under which paths.
 */

#include "base/fault.h"
#include "base/view.h"
#include "base/writer.h"
#include "core/operation.h"
#include "settings/api.h"
#include "settings/setting.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* --- operations -------------------------------------------------------------------- */

/* The operation whose name is the first `length` bytes of `text`. */
static int
find_operation(const char *text, size_t length, enum operation *operation, struct fault *fault)
{
	if (operation_find((struct view){ (const uint8_t *)text, length }, operation))
		return 0;
	return fault_set(fault, "\"%.*s\" is not one of the operations " OPERATION_NAMES,
			 (int)length, text);
}

static int
take_operation(const struct setting *setting, const char *text, void *member, struct fault *fault)
{
	unsigned int *operations = member;
	enum operation operation;

	(void)setting;
	if (find_operation(text, strlen(text), &operation, fault) < 0)
		return -1;
	if ((*operations >> operation & 1) != 0)
		return fault_set(fault, "has \"%s\" for the second time", text);
	*operations |= 1U << operation;
	return 0;
}

static void
clear_operations(void *member)
{
	*(unsigned int *)member = 0;
}

static int
copy_operations(void *to, const void *from)
{
	*(unsigned int *)to = *(const unsigned int *)from;
	return 0;
}

static void
show_operations(const struct setting *setting, const void *member, struct writer *writer)
{
	unsigned int i, operations = *(const unsigned int *)member;
	const char *separator = "";

	(void)setting;
	for (i = 0; i < OPERATION_COUNT; i++) {
		if ((operations >> i & 1) == 0)
			continue;
		writer_text(writer, separator);
		writer_text(writer, operation_name((enum operation)i));
		separator = " ";
	}
}

const struct setting_kind setting_kind_operations = { SHAPE_STRINGS, take_operation,
						      clear_operations, copy_operations,
						      show_operations };

/* --- the names of paths ---------------------------------------------------------- */

static bool
is_path_name(const char *name)
{
	const char *allowed =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/%";

	return *name != '\0' && *name != '/' && strspn(name, allowed) == strlen(name) &&
	       strstr(name, "..") == NULL;
}

static int
take_path_name(const struct setting *setting, const char *text, void *member, struct fault *fault)
{
	const char *name = strchr(text, '=');
	enum operation operation;
	char **paths = member;

	if (name == NULL)
		return fault_set(fault, "\"%s\" is not OPERATION=PATH", text);
	if (find_operation(text, (size_t)(name - text), &operation, fault) < 0)
		return -1;
	if (!is_path_name(name + 1))
		return fault_set(fault,
				 "\"%s\" cannot be the path of an operation; it is what follows "
				 "the URL and a slash",
				 name + 1);
	if (strlen(name + 1) > SETTINGS_PATH_MAX)
		return fault_set(fault, "the path of %.*s is longer than %d bytes",
				 (int)(name - text), text, SETTINGS_PATH_MAX);
	return setting_kind_text.take(setting, name + 1, &paths[operation], fault);
}

static void
clear_path_names(void *member)
{
	char **paths = member;
	unsigned int i;

	for (i = 0; i < OPERATION_COUNT; i++)
		setting_kind_text.clear(&paths[i]);
}

static int
copy_path_names(void *to, const void *from)
{
	char *const *source = from;
	char **paths = to;
	unsigned int i;

	for (i = 0; i < OPERATION_COUNT; i++) {
		if (setting_kind_text.copy(&paths[i], &source[i]) < 0)
			return -1;
	}
	return 0;
}

static void
show_path_names(const struct setting *setting, const void *member, struct writer *writer)
{
	char *const *paths = member;
	const char *separator = "";
	unsigned int i;

	(void)setting;
	for (i = 0; i < OPERATION_COUNT; i++) {
		if (paths[i] == NULL)
			continue;
		writer_text(writer, separator);
		writer_text(writer, operation_name((enum operation)i));
		writer_byte(writer, '=');
		writer_text(writer, paths[i]);
		separator = " ";
	}
}

const struct setting_kind setting_kind_path_name = { SHAPE_OBJECT, take_path_name, clear_path_names,
						     copy_path_names, show_path_names };
