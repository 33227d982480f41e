/* SPDX-License-Identifier: ISC */
/*
 * A settings file, from its text to checked settings. The input is the text,
 * behind what failures.h describes.
 */
#include "fuzz.h"

#include "failures.h"
#include "oracle.h"
#include "setting.h"

static struct view text;

/* Takes the place of the function in file.c. */
int __wrap_file_read(const char *path, size_t max, struct view *content, struct fault *fault);

int
__wrap_file_read(const char *path, size_t max, struct view *content, struct fault *fault)
{
	uint8_t *copy = malloc(text.size);

	if (copy == NULL)
		return fault_set(fault, "%s: out of memory", path);
	memcpy(copy, text.data, text.size < max ? text.size : max);
	*content = (struct view){ copy, text.size };
	return 0;
}

/* What must be true of every API that was accepted. */
static void
check_api(const struct api *api)
{
	size_t i;

	MUST(api->endpoints.count >= 1 && api->endpoints.count <= SETTINGS_ENDPOINTS_MAX);
	for (i = 0; i < api->endpoints.count; i++) {
		const struct endpoint *endpoint = &api->endpoints.list[i];

		MUST(strncmp(endpoint->url, "https://", 8) == 0);
		MUST(endpoint->url[8 + strcspn(endpoint->url + 8, "@?#/")] != '@');
		MUST(endpoint->host[0] != '\0' && endpoint->port[0] != '\0');
		MUST(endpoint->path[0] == '\0' || endpoint->path[0] == '/');
	}
	for (i = 0; i < OPERATION_COUNT; i++) {
		const char *path = settings_path(api, (enum operation)i);

		MUST(path[0] != '\0' && path[0] != '/' && strstr(path, "..") == NULL);
	}
	MUST((api->client_certificate == NULL) == (api->client_key == NULL));
	MUST(!api->bearer_file || (!api->basic_file && !api->hmac_key_file));
	MUST(!api->ca_file || api->ca_file[0] == '/');
}

static void
check_settings(struct settings *settings)
{
	struct oracle look = oracle_look(text);
	uint8_t shown[8192];
	size_t i;

	MUST(look.valid || look.too_deep);
	MUST(settings->deadline >= SETTINGS_DEADLINE_MIN);
	MUST(settings->deadline <= SETTINGS_DEADLINE_MAX);
	for (i = 0; i < settings_api_count(settings); i++)
		check_api(settings_api(settings, i));
	for (i = 0; i < settings->host_count; i++) {
		struct view name = { (const uint8_t *)settings->hosts[i].name,
				     strlen(settings->hosts[i].name) };

		MUST(settings_route(settings, name) == i);
	}
	for (i = 0; i < setting_count; i++) {
		struct writer writer = { shown, sizeof(shown), 0, false };
		const struct setting *setting = &setting_table[i];

		setting->kind->show(setting, setting_member(setting, settings), &writer);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[] = "extauth-https", *arguments[] = { name, NULL };
	struct command_line line = { .file = "/s.json", .argc = 1, .argv = arguments };
	struct fault fault = { "" };
	struct settings *settings;

	text = (struct view){ data, size };
	(void)failures_start(&text);
	settings = settings_load(&line, &fault);
	failures_stop();
	if (settings == NULL) {
		MUST(fault.text[0] != '\0' && strchr(fault.text, '\n') == NULL);
		return 0;
	}
	check_settings(settings);
	settings_free(settings);
	return 0;
}
