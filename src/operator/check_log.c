/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "monitor/log_sink.h"
#include "operator/check.h"
#include "operator/finding.h"
#include "operator/server_find.h"
#include "settings/settings.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define SPACE_MIN ((unsigned long long)16 * 1024 * 1024) /* bytes free for the log */

/* The directory of a file that exists or would be created. */
static void
folder_of(const char *path, char folder[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	int length = slash != NULL && slash != path ? (int)(slash - path) : 1;

	(void)snprintf(folder, PATH_MAX, "%.*s", length, path);
}

static void
check_space(struct findings *findings, const char *key, const char *folder)
{
	struct statvfs system;
	unsigned long long free_bytes;

	if (statvfs(folder, &system) < 0)
		return;
	free_bytes = (unsigned long long)system.f_bavail * system.f_frsize;
	if (free_bytes < SPACE_MIN || (system.f_files > 0 && system.f_favail == 0))
		finding_report(findings, FINDING_WARNING, key,
			       "free some space: lines that cannot be written are lost",
			       "the disk that holds %s is full: %llu KiB left", folder,
			       free_bytes / 1024);
}

/* A file that is appended to, and created if it does not exist. */
static void
check_log_file(struct findings *findings, const char *path)
{
	char folder[PATH_MAX];
	struct stat status;

	folder_of(path, folder);
	if (stat(path, &status) == 0 ? access(path, W_OK) < 0 : access(folder, W_OK | X_OK) < 0)
		finding_report(
			findings, FINDING_WARNING, "log",
			"make it writable for the server's user (chown), or choose another --log",
			"%s cannot be written (%s): the log goes to standard error instead", path,
			strerror(errno));
	else
		finding_report(findings, FINDING_OK, "log", NULL, "%s can be written", path);
	check_space(findings, "log", folder);
}

static void
check_standard_error(struct findings *findings, const struct server_place *place)
{
	char target[SERVER_PATH_MAX];

	server_error_target(place, target);
	if (strcmp(target, "/dev/null") == 0)
		finding_report(findings, FINDING_WARNING, "log",
			       "name a file with --log, or start the server by its unit",
			       "standard error of the server is /dev/null, so the log is lost");
	else
		finding_report(findings, FINDING_OK, "log", NULL,
			       "goes to standard error of the server%s%s",
			       target[0] != '\0' ? ": " : "", target);
}

/* Counters are written to a file next to it, which is then renamed. */
static void
check_metrics(struct findings *findings, const char *path)
{
	char folder[PATH_MAX];

	folder_of(path, folder);
	if (access(folder, W_OK | X_OK) < 0)
		finding_report(findings, FINDING_WARNING, "metrics",
			       "make that directory writable for the server's user",
			       "%s cannot be written: %s: %s", path, folder, strerror(errno));
	else
		finding_report(findings, FINDING_OK, "metrics", NULL, "%s can be written", path);
	check_space(findings, "metrics", folder);
}

void
check_log(struct findings *findings, const struct settings *settings,
	  const struct server_place *place)
{
	char path[PATH_MAX];

	if (log_sink_path(settings->log, path))
		check_log_file(findings, path);
	else if (settings->log == NULL)
		check_standard_error(findings, place);
	else if (access("/dev/log", W_OK) < 0)
		finding_report(findings, FINDING_WARNING, "log",
			       "start journald or rsyslog, or name a file with --log",
			       "/dev/log cannot be written: %s: the log goes to standard error",
			       strerror(errno));
	else
		finding_report(findings, FINDING_OK, "log", NULL, "goes to the system's log");
	if (settings->metrics_file != NULL)
		check_metrics(findings, settings->metrics_file);
}
