/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE

#include "base/fault.h"
#include "base/safe_path.h"
#include "operator/api_groups.h"
#include "operator/check.h"
#include "operator/finding.h"
#include "settings/api.h"
#include "settings/command_line.h"
#include "settings/setting.h"
#include "settings/settings.h"

#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names the users who can read a secret through a group that is not our user's own. */
static void
check_readers(struct findings *findings, const char *path, const struct stat *status)
{
	const struct group *group;

	if ((status->st_mode & S_IRGRP) == 0 || status->st_gid == getegid() || status->st_gid == 0)
		return;
	group = getgrgid(status->st_gid);
	if (group == NULL || group->gr_mem[0] == NULL || group->gr_mem[1] == NULL)
		return; /* one member is our user */
	finding_report(
		findings, FINDING_WARNING, "file", "use a group of its own, or chmod g= FILE",
		"%s can be read by group %s: %s, %s%s", path, group->gr_name, group->gr_mem[0],
		group->gr_mem[1], group->gr_mem[2] != NULL ? " and more" : "");
}

static void
check_file(struct findings *findings, const char *key, const char *path, bool secret)
{
	enum safe_path_kind kind = secret ? SAFE_PATH_SECRET : SAFE_PATH_PUBLIC;
	struct stat status;
	struct fault fault;
	int fd = safe_path_open(path, kind, &fault);

	if (fd < 0 || fstat(fd, &status) < 0) {
		finding_report(findings, FINDING_FAILED, "file",
			       "do what the line says; the user above must be able to read the "
			       "file, and to search its directories",
			       "%s %s", key, fd < 0 ? fault.text : strerror(errno));
		return;
	}
	(void)close(fd);
	finding_report(findings, FINDING_OK, "file", NULL, "%s %s can be read (mode %04o)", key,
		       path, status.st_mode & 07777U);
	if (secret)
		check_readers(findings, path, &status);
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
