/* SPDX-License-Identifier: ISC */
#include "promises.h"

#include "base/writer.h"
#include "core/operation.h"
#include "fuzz.h"
#include "oracle.h"
#include "settings/api.h"
#include "settings/bounds.h"
#include "settings/endpoint.h"
#include "settings/setting.h"

/* What must hold for every API that was accepted. */
static void
check_api(const struct api *api)
{
	size_t i;

	MUST(api->endpoints.count >= 1 && api->endpoints.count <= SETTINGS_ENDPOINTS_MAX);
	for (i = 0; i < api->endpoints.count; i++) {
		const struct endpoint *endpoint = &api->endpoints.list[i];

		MUST(strncmp(endpoint->url, "https://", 8) == 0);
		MUST(strchr(endpoint->url, '@') == NULL && endpoint->url[8] != '/');
		MUST(endpoint->host[0] != '\0' && endpoint->port[0] != '\0');
		MUST(endpoint->path[0] == '\0' || endpoint->path[0] == '/');
	}
	for (i = 0; i < OPERATION_COUNT; i++) {
		const char *path = api_path(api, (enum operation)i);

		MUST(path[0] != '\0' && path[0] != '/' && strstr(path, "..") == NULL);
	}
	MUST((api->client_certificate == NULL) == (api->client_key == NULL));
	MUST(!api->bearer_file || (!api->basic_file && !api->hmac_key_file));
	MUST(!api->ca_file || api->ca_file[0] == '/');
}

void
promises_check(struct settings *settings, struct view text)
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
