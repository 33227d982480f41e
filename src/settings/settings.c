/* SPDX-License-Identifier: ISC */
#define _DEFAULT_SOURCE
#include "settings/settings.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/view.h"
#include "core/host_name.h"
#include "core/request.h"
#include "settings/command_line.h"
#include "settings/endpoint.h"
#include "settings/setting.h"
#include "settings/settings_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NOT_GIVEN (-1) /* a time that cannot be set */

/* MongooseIM waits for 10 s (doc/protocol.md section 0), less than the others. */
#define DEADLINE_MONGOOSEIM "8"

/* The defaults are those of settings.def. */
static int
set_standards(struct settings *settings, struct fault *fault)
{
	size_t i;

	for (i = 0; i < setting_count; i++) {
		const struct setting *setting = &setting_table[i];

		if (setting->standard != NULL &&
		    setting->kind->take(setting, setting->standard,
					setting_member(setting, settings), fault) < 0)
			return -1;
	}
	settings->deadline = NOT_GIVEN;
	return 0;
}

/* The one default that depends on the server. */
static int
set_deadline(struct settings *settings, struct fault *fault)
{
	const struct setting *setting = setting_find("deadline", fault);

	return setting->kind->take(setting,
				   settings->server == SERVER_MONGOOSEIM ? DEADLINE_MONGOOSEIM
									 : setting->standard,
				   &settings->deadline, fault);
}

static int
check(const struct settings *settings, struct fault *fault)
{
	size_t i;

	for (i = 0; i < settings_api_count(settings); i++) {
		if (api_check(settings_api(settings, i), fault) == 0)
			continue;
		if (settings->hosts != NULL)
			(void)fault_set(fault, "hosts: \"%s\": %s", settings->hosts[i].name,
					fault->text);
		return -1;
	}
	return 0;
}

static int
apply(const struct command_line *line, const struct settings_file *file, struct settings *settings,
      struct fault *fault)
{
	if (file != NULL && settings_file_apply(file, settings, fault) < 0)
		return -1;
	if (command_line_apply(line, settings, fault) < 0)
		return -1;
	if (file != NULL && settings_file_apply_hosts(file, settings, fault) < 0)
		return -1;
	if (settings->deadline == NOT_GIVEN && set_deadline(settings, fault) < 0)
		return -1;
	return check(settings, fault);
}

/* The same with the file that the command line names, if any. */
static int
apply_all(const struct command_line *line, struct settings *settings, struct fault *fault)
{
	struct settings_file file;
	struct view text;
	int result;

	if (line->file == NULL)
		return apply(line, NULL, settings, fault);
	if (file_read_trusted(line->file, SETTINGS_FILE_MAX, &text, fault) < 0)
		return -1;
	result = settings_file_parse(&file, line->file, text, fault);
	if (result == 0)
		result = apply(line, &file, settings, fault);
	settings_file_close(&file);
	free((void *)text.data);
	return result;
}

struct settings *
settings_load(const struct command_line *line, struct fault *fault)
{
	struct settings *settings = calloc(1, sizeof(*settings));

	if (settings == NULL) {
		(void)fault_set(fault, "out of memory");
		return NULL;
	}
	if (set_standards(settings, fault) < 0 || apply_all(line, settings, fault) < 0) {
		settings_free(settings);
		return NULL;
	}
	return settings;
}

size_t
settings_api_count(const struct settings *settings)
{
	return settings->hosts != NULL ? settings->host_count : 1;
}

const struct api *
settings_api(const struct settings *settings, size_t number)
{
	return settings->hosts != NULL ? &settings->hosts[number].api : &settings->api;
}

const struct endpoint *
settings_endpoint(const struct settings *settings, size_t api, size_t endpoint)
{
	const struct endpoints *endpoints;

	if (api >= settings_api_count(settings))
		return NULL;
	endpoints = &settings_api(settings, api)->endpoints;
	return endpoint < endpoints->count ? &endpoints->list[endpoint] : NULL;
}

uint32_t
settings_endpoint_number(size_t api, size_t endpoint)
{
	return (uint32_t)(api * SETTINGS_ENDPOINTS_MAX + endpoint);
}

const struct endpoint *
settings_numbered_endpoint(const struct settings *settings, uint32_t number)
{
	return settings_endpoint(settings, number / SETTINGS_ENDPOINTS_MAX,
				 number % SETTINGS_ENDPOINTS_MAX);
}

/* True when `host` is below the suffix of an entry "*.suffix". */
static bool
is_below(struct view host, const char *name)
{
	size_t length = strlen(name);

	if (strncmp(name, "*.", 2) != 0 || host.size <= length - 1)
		return false;
	/* the dot must match, too */
	return view_is(view_part(host, host.size - (length - 1), length - 1), name + 1);
}

size_t
settings_route(const struct settings *settings, struct view host)
{
	size_t i, best = settings->host_count, best_length = 0;
	uint8_t normal[HOST_NAME_GROWTH * REQUEST_NAME_MAX];

	if (settings->hosts == NULL)
		return 0;
	if (host.size > REQUEST_NAME_MAX)
		return best;
	host = (struct view){ normal, host_name_normal(host, HOST_NAME_XMPP, normal) };
	for (i = 0; i < settings->host_count; i++) {
		const char *name = settings->hosts[i].name;

		if (view_is(host, name))
			return i;
		if (is_below(host, name) && strlen(name) > best_length) {
			best = i;
			best_length = strlen(name);
		}
	}
	return best;
}

static bool
file_names_mongooseim(const char *path)
{
	const char *name = xmpp_server_name(SERVER_MONGOOSEIM);
	size_t i, length = strlen(name);
	struct fault ignored;
	struct view text;
	bool found = false;

	if (file_read(path, SETTINGS_FILE_MAX, &text, &ignored) < 0)
		return false;
	for (i = 0; i + length <= text.size && !found; i++)
		found = view_is(view_part(text, i, length), name);
	free((void *)text.data);
	return found;
}

enum xmpp_server
settings_guess_server(int argc, char **argv)
{
	const char *name = xmpp_server_name(SERVER_MONGOOSEIM);
	int i;

	for (i = 1; i < argc; i++) {
		bool is_file = strcmp(argv[i - 1], "-c") == 0;

		if (is_file ? file_names_mongooseim(argv[i]) : strstr(argv[i], name) != NULL)
			return SERVER_MONGOOSEIM;
	}
	return SERVER_EJABBERD;
}

void
settings_free(struct settings *settings)
{
	size_t i, j;

	if (settings == NULL)
		return;
	for (i = 0; i < setting_count; i++) {
		const struct setting *setting = &setting_table[i];

		setting->kind->clear(setting_member(setting, settings));
		for (j = 0; j < settings->host_count && setting->scope == SCOPE_API; j++)
			setting->kind->clear(setting_api_member(setting, &settings->hosts[j].api));
	}
	for (j = 0; j < settings->host_count; j++)
		free(settings->hosts[j].name);
	free(settings->hosts);
	free(settings);
}
