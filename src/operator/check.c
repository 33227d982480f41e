/* SPDX-License-Identifier: ISC */
#define _DEFAULT_SOURCE
#include "operator/check.h"

#include "base/fault.h"
#include "base/writer.h"
#include "monitor/monitor.h"
#include "operator/api_groups.h"
#include "operator/finding.h"
#include "operator/server_find.h"
#include "settings/api.h"
#include "settings/command_line.h"
#include "settings/setting.h"
#include "settings/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* One line for each setting that has a value: of all hosts, or of `api`. */
static void
show_settings(struct findings *findings, struct settings *settings, const struct api *api)
{
	size_t i;

	for (i = 0; i < setting_count; i++) {
		const struct setting *setting = &setting_table[i];
		uint8_t value[700];
		struct writer writer = { value, sizeof(value), 0, false };

		if (api != NULL && setting->scope != SCOPE_API)
			continue;
		setting->kind->show(setting,
				    api != NULL ? (const char *)api + setting->offset
						: (const char *)setting_member(setting, settings),
				    &writer);
		if (writer.size > 0)
			finding_report(findings, FINDING_OK, "setting", NULL, "%s = %.*s",
				       setting->key, (int)writer.size, (const char *)value);
	}
}

static void
show_hosts(struct findings *findings, struct settings *settings)
{
	struct api_groups groups;
	size_t i;

	if (settings->hosts == NULL || api_groups_make(&groups, settings) < 0)
		return;
	for (i = 0; i < groups.count; i++) {
		const struct api_group *group = &groups.list[i];

		finding_report(findings, FINDING_OK, "host", NULL, "%s", group->names);
		show_settings(findings, settings, settings_api(settings, group->number));
	}
	api_groups_free(&groups);
}

void
check_settings(struct findings *findings, struct settings *settings,
	       const struct monitor_context *context, const struct server_place *place)
{
	show_settings(findings, settings, NULL);
	show_hosts(findings, settings);
	check_files(findings, settings, context->line);
	check_log(findings, settings, place);
	check_apis(findings, settings, context);
}

int
check_run(const struct command_line *line, const struct monitor_context *context,
	  const struct server_place *place)
{
	/* shared with the processes that ask APIs */
	struct findings *findings = mmap(NULL, sizeof(*findings), PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct settings *settings = NULL;
	struct fault fault = { "out of memory" };
	bool needed = line->has_settings || place->path[0] == '\0';

	if (findings != MAP_FAILED && needed)
		settings = settings_load(line, &fault);
	if (findings == MAP_FAILED || (needed && settings == NULL)) {
		(void)fprintf(stderr, "extauth-https: %s\n", fault.text);
		return 2;
	}
	findings->as_json = line->as_json;
	findings->quiet = line->quiet;
	check_machine(findings, place);
	if (settings != NULL)
		check_settings(findings, settings, context, place);
	check_server(findings, settings, context, place);
	settings_free(settings);
	return finding_end(findings);
}
