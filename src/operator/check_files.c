/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE

#include "operator/api_groups.h"
#include "operator/check.h"
#include "operator/finding.h"
#include "settings/api.h"
#include "settings/command_line.h"
#include "settings/setting.h"
#include "settings/settings.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
check_file(struct findings *findings, const char *key, const char *path, bool secret)
{
	struct stat status;

	if (access(path, R_OK) < 0 || stat(path, &status) < 0)
		finding_report(findings, FINDING_FAILED, "file",
			       "let the user above read it, and enter the directories on the way",
			       "%s %s cannot be read: %s", key, path, strerror(errno));
	else if (secret && (status.st_mode & S_IRWXO) != 0)
		finding_report(findings, FINDING_FAILED, "file", "chmod o= FILE",
			       "%s %s holds a secret, and others can read it (mode %04o)", key,
			       path, status.st_mode & 07777U);
	else if ((status.st_mode & S_IWOTH) != 0)
		finding_report(findings, FINDING_FAILED, "file", "chmod o-w FILE",
			       "%s %s can be changed by anybody (mode %04o)", key, path,
			       status.st_mode & 07777U);
	else
		finding_report(findings, FINDING_OK, "file", NULL, "%s %s can be read (mode %04o)",
			       key, path, status.st_mode & 07777U);
}

static void
check_api_files(struct findings *findings, const struct api *api)
{
	const struct setting *setting;
	const char *path;
	size_t next = 0;

	if (api->ca_file == NULL && api_ca_file(api) != NULL)
		check_file(findings, "the system's CA bundle", api_ca_file(api), false);
	while ((setting = setting_next_file(api, &next, &path)) != NULL)
		check_file(findings, setting->key, path, setting->holds_secret);
}

void
check_files(struct findings *findings, const struct settings *settings,
	    const struct command_line *line)
{
	struct api_groups groups;
	size_t i;

	if (line->file != NULL)
		check_file(findings, "settings", line->file, false);
	if (api_groups_make(&groups, settings) < 0)
		return;
	for (i = 0; i < groups.count; i++) {
		findings->host = groups.list[i].names[0] != '\0' ? groups.list[i].names : NULL;
		check_api_files(findings, settings_api(settings, groups.list[i].number));
		findings->host = NULL;
	}
	api_groups_free(&groups);
}
