/* SPDX-License-Identifier: ISC */
#define _DEFAULT_SOURCE

#include "base/fault.h"
#include "base/file.h"
#include "base/view.h"
#include "operator/check.h"
#include "operator/finding.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX ((size_t)1024 * 1024) /* bytes */

/* Where packages and installers put ejabberd's settings. */
static const char *const files[] = {
	"/etc/ejabberd/ejabberd.yml",
	"/opt/ejabberd/conf/ejabberd.yml",
	"/home/ejabberd/conf/ejabberd.yml",
	"/usr/local/etc/ejabberd/ejabberd.yml",
};

/* True when a line of the text begins, spaces aside, with `key`, and holds
 * `value` behind it. Enough for a hint; what counts is what ejabberd reads. */
static bool
has_line(const char *text, const char *key, const char *value)
{
	const char *line = text;

	while (*line != '\0') {
		const char *start = line + strspn(line, " \t"), *at;
		size_t length = strcspn(line, "\n");

		if (strncmp(start, key, strlen(key)) == 0) {
			at = strstr(start, value);
			if (at != NULL && at < line + length)
				return true;
		}
		line += length;
		line += *line == '\n';
	}
	return false;
}

/* The line that makes ejabberd start this very program. */
static void
report_other_program(struct findings *findings, const char *path)
{
	char program[PATH_MAX], cure[PATH_MAX + 64];
	ssize_t size = readlink("/proc/self/exe", program, sizeof(program) - 1);

	program[size > 0 ? size : 0] = '\0';
	(void)snprintf(cure, sizeof(cure), "extauth_program: \"%s URL\"", program);
	finding_report(findings, FINDING_WARNING, "ejabberd", cure,
		       "%s names no extauth_program that is this one", path);
}

static void
check_settings(struct findings *findings, const char *path, const char *text)
{
	if (!has_line(text, "extauth_program:", "extauth-https")) {
		report_other_program(findings, path);
		return;
	}
	finding_report(findings, FINDING_OK, "ejabberd", NULL, "%s names this program", path);
	if (has_line(text, "auth_use_cache:", "false"))
		finding_report(findings, FINDING_OK, "ejabberd", NULL,
			       "its own cache of passwords is off");
	else
		finding_report(findings, FINDING_WARNING, "ejabberd", "auth_use_cache: false",
			       "its own cache is on: changed passwords take up to an hour");
}

void
check_host(struct findings *findings)
{
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct view content;
		struct fault fault;
		char *text;

		if (file_read(files[i], FILE_MAX, &content, &fault) < 0)
			continue; /* not there, or not for us */
		text = calloc(1, content.size + 1);
		if (text != NULL) {
			memcpy(text, content.data, content.size);
			check_settings(findings, files[i], text);
		}
		free(text);
		free((void *)content.data);
	}
}
