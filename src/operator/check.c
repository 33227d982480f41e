/* SPDX-License-Identifier: ISC */
#include "operator/check.h"

#include "base/fault.h"
#include "base/writer.h"
#include "settings/api.h"
#include "settings/command_line.h"
#include "settings/setting.h"
#include "settings/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* One line for each setting that holds something. */
static void
show_settings(struct findings *findings, struct settings *settings, const char *subject,
	      struct api *api)
{
	size_t i;

	for (i = 0; i < setting_count; i++) {
		const struct setting *setting = &setting_table[i];
		uint8_t value[700];
		struct writer writer = { value, sizeof(value), 0, false };

		if (api != NULL && setting->scope != SCOPE_API)
			continue;
		setting->kind->show(setting,
				    api != NULL ? setting_api_member(setting, api)
						: setting_member(setting, settings),
				    &writer);
		if (writer.size > 0)
			finding_report(findings, FINDING_OK, subject, NULL, "%s = %.*s",
				       setting->key, (int)writer.size, (const char *)value);
	}
}

int
check_run(const struct command_line *line, const struct monitor_context *context)
{
	struct findings findings = { .as_json = line->as_json };
	struct settings *settings;
	struct fault fault;
	size_t i;

	settings = settings_load(line, &fault);
	if (settings == NULL) {
		finding_report(&findings, FINDING_FAILED, "settings", "mend the settings first",
			       "%s", fault.text);
		return finding_end(&findings);
	}
	show_settings(&findings, settings, "setting", NULL);
	for (i = 0; i < settings->host_count; i++) {
		finding_report(&findings, FINDING_OK, "host", NULL, "%s", settings->hosts[i].name);
		show_settings(&findings, settings, "setting", &settings->hosts[i].api);
	}
	check_machine(&findings);
	check_files(&findings, settings, line);
	for (i = 0; i < settings_api_count(settings); i++)
		check_api(&findings, settings, context, i);
	check_host(&findings);
	settings_free(settings);
	return finding_end(&findings);
}
