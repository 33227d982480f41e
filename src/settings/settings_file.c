/* SPDX-License-Identifier: ISC */
#define _DEFAULT_SOURCE
#include "settings/settings_file.h"

#include "base/fault.h"
#include "base/json.h"
#include "base/view.h"
#include "core/host_name.h"
#include "core/request.h"
#include "settings/api.h"
#include "settings/setting.h"
#include "settings/settings.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOSTS "hosts"

/* --- the position of members in the text, which cJSON does not keep ---------------- */

/*
 * Finds the member called `name` in an object, the `which`th of that name counting from 0, and
 * gives its position in the whole text and its value. The text is known to be valid.
 */
static bool
find_member(struct view object, const char *name, unsigned int which, const uint8_t **at,
	    struct view *value)
{
	struct json json = { object, 0 };
	bool valid, found;
	struct view raw;

	json_skip_space(&json);
	(void)json_take(&json, '{');
	do {
		enum json_kind kind;

		json_skip_space(&json);
		*at = object.data + json.at;
		valid = json_take_member_name(&json, &raw) && json_take_value(&json, &kind, value);
		found = valid && json_string_is(raw, name) && which-- == 0;
		json_skip_space(&json);
	} while (!found && valid && json_take(&json, ','));
	return found;
}

/* Puts the path and the line of `at` before the fault. Always -1. */
static int
fail_at(const struct settings_file *file, const uint8_t *at, struct fault *fault)
{
	const uint8_t *byte;
	size_t line = 1;

	for (byte = file->text.data; byte < at; byte++)
		line += *byte == '\n';
	return fault_set(fault, "%s:%zu: %s", file->path, line, fault->text);
}

/* --- one member ------------------------------------------------------------------ */

static int
take_string(const struct setting *setting, const cJSON *value, void *member, struct fault *fault)
{
	if (!cJSON_IsString(value))
		return fault_set(fault, "must be a string in quotes");
	return setting->kind->take(setting, value->valuestring, member, fault);
}

static int
take_number(const struct setting *setting, const cJSON *value, void *member, struct fault *fault)
{
	char text[32];

	if (!cJSON_IsNumber(value))
		return fault_set(fault, "must be a number");
	(void)snprintf(text, sizeof(text), "%.6f", value->valuedouble);
	return setting->kind->take(setting, text, member, fault);
}

static int
take_strings(const struct setting *setting, const cJSON *value, void *member, struct fault *fault)
{
	const cJSON *element;

	if (!cJSON_IsArray(value))
		return take_string(setting, value, member, fault);
	if (value->child == NULL)
		return fault_set(fault, "must not be an empty list");
	cJSON_ArrayForEach(element, value) {
		if (take_string(setting, element, member, fault) < 0)
			return -1;
	}
	return 0;
}

static int
take_object(const struct setting *setting, const cJSON *value, void *member, struct fault *fault)
{
	const cJSON *element;
	char text[SETTINGS_PATH_MAX + 64]; /* a longer one is cut, and still too long */

	if (!cJSON_IsObject(value))
		return fault_set(fault, "must be an object: {\"NAME\": \"VALUE\"}");
	cJSON_ArrayForEach(element, value) {
		if (!cJSON_IsString(element))
			return fault_set(fault, "must be an object of strings");
		(void)snprintf(text, sizeof(text), "%s=%s", element->string, element->valuestring);
		if (setting->kind->take(setting, text, member, fault) < 0)
			return -1;
	}
	return 0;
}

static int
take_value(const struct setting *setting, const cJSON *value, void *member, struct fault *fault)
{
	setting->kind->clear(member); /* what an entry of hosts inherited */
	switch (setting->kind->shape) {
	case SHAPE_STRING:
		return take_string(setting, value, member, fault);
	case SHAPE_NUMBER:
		return take_number(setting, value, member, fault);
	case SHAPE_STRINGS:
		return take_strings(setting, value, member, fault);
	case SHAPE_OBJECT:
		break;
	}
	return take_object(setting, value, member, fault);
}

/* The number of members before this one with the same name. */
static unsigned int
count_earlier(const cJSON *object, const cJSON *member)
{
	const cJSON *earlier;
	unsigned int count = 0;

	cJSON_ArrayForEach(earlier, object) {
		if (earlier == member)
			break;
		count += strcmp(earlier->string, member->string) == 0;
	}
	return count;
}

/* Applies one member to the settings, or to one host's API when there is one. */
static int
apply_member(const cJSON *member, struct settings *settings, struct api *api, struct fault *fault)
{
	const struct setting *setting;
	void *place;

	if (strchr(member->string, '-') != NULL)
		return fault_set(fault, "\"%s\": keys are written with _, not with -",
				 member->string);
	setting = setting_find(member->string, fault);
	if (setting == NULL)
		return -1;
	if (api != NULL && setting->scope != SCOPE_API)
		return fault_set(fault,
				 "\"%s\" is the same for all hosts; set it outside \"hosts\"",
				 setting->key);
	place = api != NULL ? setting_api_member(setting, api) : setting_member(setting, settings);
	if (take_value(setting, member, place, fault) < 0)
		return fault_set(fault, "\"%s\" %s", setting->key, fault->text);
	return 0;
}

/* Applies the members of `object`, whose text is `text`. */
static int
apply_object(const struct settings_file *file, const cJSON *object, struct view text,
	     struct settings *settings, struct api *api, struct fault *fault)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, object) {
		unsigned int earlier = count_earlier(object, member);
		const uint8_t *at = text.data;
		struct view value;
		int result;

		if (earlier > 0)
			result = fault_set(fault, "\"%s\" is given for the second time",
					   member->string);
		else if (api == NULL && strcmp(member->string, HOSTS) == 0)
			result = 0;
		else
			result = apply_member(member, settings, api, fault);
		if (result < 0) {
			(void)find_member(text, member->string, earlier, &at, &value);
			return fail_at(file, at, fault);
		}
	}
	return 0;
}

int
settings_file_apply(const struct settings_file *file, struct settings *settings,
		    struct fault *fault)
{
	return apply_object(file, file->object, file->text, settings, NULL, fault);
}

/* --- hosts ----------------------------------------------------------------------- */

static int
copy_api(struct api *to, const struct api *from)
{
	size_t i;

	for (i = 0; i < setting_count; i++) {
		const struct setting *setting = &setting_table[i];

		if (setting->scope == SCOPE_API &&
		    setting->kind->copy((char *)to + setting->offset,
					(const char *)from + setting->offset) < 0)
			return -1;
	}
	return 0;
}

/* "example.org" or "*.example.org", as the XMPP server writes its hosts. */
static bool
is_host_name(const char *name)
{
	const char *rest = strncmp(name, "*.", 2) == 0 ? name + 2 : name;

	return *rest != '\0' && strpbrk(rest, "*@/ \"") == NULL && strlen(rest) <= REQUEST_NAME_MAX;
}

/* Names an entry of hosts, in normal form. An earlier entry with the same name is an error. */
static int
name_host(struct host *host, const char *name, const struct settings *settings, struct fault *fault)
{
	struct view given = { (const uint8_t *)name, strlen(name) };
	size_t i;

	if (!is_host_name(name))
		return fault_set(fault, "\"%s\" is neither a host nor \"*.\" and a suffix", name);
	host->name = calloc(1, given.size * HOST_NAME_GROWTH + 1);
	if (host->name == NULL)
		return fault_set(fault, "out of memory");
	(void)host_name_normal(given, HOST_NAME_XMPP, (uint8_t *)host->name);
	for (i = 0; i < settings->host_count; i++) {
		if (strcmp(settings->hosts[i].name, host->name) == 0)
			return fault_set(fault, "\"%s\" is \"%s\" for the second time", name,
					 host->name);
	}
	return 0;
}

static int
apply_host(const struct settings_file *file, const cJSON *entry, struct view text,
	   struct settings *settings, struct fault *fault)
{
	struct host *host = &settings->hosts[settings->host_count];

	if (name_host(host, entry->string, settings, fault) < 0) {
		free(host->name);
		return fail_at(file, text.data, fault);
	}
	settings->host_count++; /* from here on settings_free() frees it */
	if (!cJSON_IsObject(entry)) {
		(void)fault_set(fault, "\"%s\" must be an object of settings", entry->string);
		return fail_at(file, text.data, fault);
	}
	if (copy_api(&host->api, &settings->api) < 0)
		return fault_set(fault, "out of memory");
	return apply_object(file, entry, text, settings, &host->api, fault);
}

int
settings_file_apply_hosts(const struct settings_file *file, struct settings *settings,
			  struct fault *fault)
{
	const cJSON *hosts = cJSON_GetObjectItemCaseSensitive(file->object, HOSTS), *entry;
	int count = cJSON_GetArraySize(hosts);
	const uint8_t *at;
	struct view text;

	if (!find_member(file->text, HOSTS, 0, &at, &text))
		return 0;
	if (!cJSON_IsObject(hosts) || count == 0 || count > SETTINGS_HOSTS_MAX) {
		(void)fault_set(fault, "\"" HOSTS "\" must be an object of 1 to %d hosts",
				SETTINGS_HOSTS_MAX);
		return fail_at(file, at, fault);
	}
	settings->hosts = calloc((size_t)count, sizeof(*settings->hosts));
	if (settings->hosts == NULL)
		return fault_set(fault, "out of memory");
	cJSON_ArrayForEach(entry, hosts) {
		unsigned int earlier = count_earlier(hosts, entry);
		struct view value;

		if (!find_member(text, entry->string, earlier, &at, &value))
			value = text;
		if (earlier > 0) {
			(void)fault_set(fault, "\"%s\" is given for the second time",
					entry->string);
			return fail_at(file, at, fault);
		}
		if (apply_host(file, entry, value, settings, fault) < 0)
			return -1;
	}
	return 0;
}

/* --- the text --------------------------------------------------------------------- */

/* True when the text is one valid JSON object; otherwise *where is the place where it stops
 * being one. cJSON alone accepts much that is not JSON. */
static bool
is_object(struct view text, size_t *where)
{
	struct json json = { text, 0 };
	struct view raw;
	enum json_kind kind = JSON_NULL;
	bool valid;

	json_skip_space(&json);
	valid = json_take_value(&json, &kind, &raw) && kind == JSON_OBJECT;
	if (valid)
		json_skip_space(&json);
	*where = json.at;
	return valid && json.at == text.size;
}

/* A NUL in a string would silently cut the value: cJSON keeps C strings. */
static bool
has_escaped_nul(struct view text, size_t *where)
{
	for (*where = 0; *where + 6 <= text.size; (*where)++) {
		if (view_is(view_part(text, *where, 6), "\\u0000"))
			return true;
	}
	return false;
}

int
settings_file_parse(struct settings_file *file, const char *path, struct view text,
		    struct fault *fault)
{
	size_t where = 0;

	*file = (struct settings_file){ path, text, NULL };
	if (!view_is_utf8(text))
		(void)fault_set(fault, "is not UTF-8 text");
	else if (!is_object(text, &where))
		(void)fault_set(fault, "is not valid JSON from here on; it must be one object in "
				       "braces, without comments");
	else if (has_escaped_nul(text, &where))
		(void)fault_set(fault, "no value can hold \\u0000");
	else if ((file->object = cJSON_ParseWithLength((const char *)text.data, text.size)) == NULL)
		(void)fault_set(fault, "cannot be read: out of memory");
	else
		return 0;
	return fail_at(file, text.data + where, fault);
}

void
settings_file_close(struct settings_file *file)
{
	cJSON_Delete(file->object);
	file->object = NULL;
}
