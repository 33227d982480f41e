/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "operator/server_find.h"

#include "base/file.h"
#include "base/view.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENVIRONMENT_MAX ((size_t)256 * 1024) /* bytes */

/* The Erlang virtual machine, which runs every server that starts us. */
#define PROCESS_NAME "beam.smp\n"

/* The variable by which ejabberdctl passes the configuration's path. */
#define CONFIG_VARIABLE "EJABBERD_CONFIG_PATH="

/* Where packages and installers put the configuration. */
static const char *const files[] = {
	"/etc/ejabberd/ejabberd.yml",	    "/opt/ejabberd/conf/ejabberd.yml",
	"/home/ejabberd/conf/ejabberd.yml", "/usr/local/etc/ejabberd/ejabberd.yml",
	"/etc/mongooseim/mongooseim.toml",  "/usr/lib/mongooseim/etc/mongooseim.toml",
};

/* And where they put the program. */
static const char *const programs[] = {
	"/usr/lib/*/ejabberd-[0-9]*",	      "/usr/lib/ejabberd-[0-9]*",
	"/opt/ejabberd*/lib/ejabberd-[0-9]*", "/opt/ejabberd-[0-9]*",
	"/home/ejabberd/lib/ejabberd-[0-9]*",
};

/* Gets the configuration's path from a process's environment. False: it has none, or we may not
 * read it. */
static bool
read_variable(pid_t process, char path[SERVER_PATH_MAX])
{
	char name[64];
	struct fault ignored;
	struct view content;
	size_t at = 0;
	bool found = false;

	(void)snprintf(name, sizeof(name), "/proc/%ld/environ", (long)process);
	if (file_read(name, ENVIRONMENT_MAX, &content, &ignored) < 0)
		return false;
	while (at < content.size && !found) {
		const char *variable = (const char *)content.data + at;
		size_t length = strnlen(variable, content.size - at);

		found = length > strlen(CONFIG_VARIABLE) && length < SERVER_PATH_MAX &&
			memcmp(variable, CONFIG_VARIABLE, strlen(CONFIG_VARIABLE)) == 0;
		if (found)
			(void)snprintf(path, SERVER_PATH_MAX, "%.*s",
				       (int)(length - strlen(CONFIG_VARIABLE)),
				       variable + strlen(CONFIG_VARIABLE));
		at += length + 1;
	}
	free((void *)content.data);
	return found;
}

static bool
is_server(pid_t process)
{
	char name[64];
	struct fault ignored;
	struct view content;
	bool result;

	(void)snprintf(name, sizeof(name), "/proc/%ld/comm", (long)process);
	if (file_read(name, 64, &content, &ignored) < 0)
		return false;
	result = view_is(content, PROCESS_NAME);
	free((void *)content.data);
	return result;
}

static bool
is_same_file(const char *path, const char *other)
{
	struct stat one, two;

	return stat(path, &one) == 0 && stat(other, &two) == 0 && one.st_dev == two.st_dev &&
	       one.st_ino == two.st_ino;
}

/* Accepts a process as the server if it runs with the configuration that is searched for, or
 * with any if none is. */
static bool
take_process(struct server_place *place, pid_t process)
{
	char name[64], path[SERVER_PATH_MAX] = "";
	struct stat status;

	if (!is_server(process) || !read_variable(process, path))
		return false;
	if (place->path[0] != '\0' && !is_same_file(place->path, path))
		return false;
	(void)snprintf(name, sizeof(name), "/proc/%ld", (long)process);
	if (stat(name, &status) < 0)
		return false;
	(void)memcpy(place->path, path, sizeof(place->path));
	place->process = process;
	place->user = status.st_uid;
	place->has_user = true;
	return true;
}

static void
find_process(struct server_place *place)
{
	DIR *folder = opendir("/proc");
	const struct dirent *entry;
	bool found = false;

	while (folder != NULL && !found && (entry = readdir(folder)) != NULL) {
		long number = strtol(entry->d_name, NULL, 10);

		found = number > 0 && take_process(place, (pid_t)number);
	}
	if (folder != NULL)
		(void)closedir(folder);
}

/* Accepts a path that exists, or may exist in a directory that we may not enter. */
static void
find_file(struct server_place *place)
{
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]) && place->path[0] == '\0'; i++) {
		if (access(files[i], F_OK) == 0 || errno == EACCES)
			(void)snprintf(place->path, sizeof(place->path), "%s", files[i]);
	}
}

static void
find_user(struct server_place *place)
{
	const char *name = strstr(place->path, ".toml") != NULL ? "mongooseim" : "ejabberd";
	const struct passwd *entry;
	struct stat status;

	if (stat(place->path, &status) == 0 && status.st_uid != 0) {
		place->user = status.st_uid;
		place->has_user = true;
	} else if ((entry = getpwnam(name)) != NULL) {
		place->user = entry->pw_uid;
		place->has_user = true;
	}
}

void
server_find(struct server_place *place, const char *named)
{
	*place = (struct server_place){ .path = "" };
	if (named != NULL && strcmp(named, SERVER_FIND_NONE) == 0)
		return;
	if (named != NULL)
		(void)snprintf(place->path, sizeof(place->path), "%s", named);
	find_process(place);
	if (place->path[0] == '\0')
		find_file(place);
	if (place->path[0] != '\0' && !place->has_user)
		find_user(place);
}

/* Of "/ejabberd-23.10", whatever follows. */
static int
version_of(const char *text)
{
	char *end;
	long year = strtol(text + strlen("/ejabberd-"), &end, 10);

	return *end == '.' && year < 100 ? (int)(100 * year + strtol(end + 1, NULL, 10)) : 0;
}

int
server_installed_ejabberd(void)
{
	size_t i;
	int newest = 0;
	glob_t found = { 0 };

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		(void)glob(programs[i], i == 0 ? 0 : GLOB_APPEND, NULL, &found);
	for (i = 0; i < found.gl_pathc; i++) {
		int version = version_of(strrchr(found.gl_pathv[i], '/'));

		newest = version > newest ? version : newest;
	}
	globfree(&found);
	return newest;
}

int
server_become_user(const struct server_place *place, struct fault *fault)
{
	const struct passwd *entry;

	if (getuid() != 0 || !place->has_user || place->user == 0)
		return 0;
	entry = getpwuid(place->user);
	if (entry == NULL || initgroups(entry->pw_name, entry->pw_gid) < 0 ||
	    setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) < 0 ||
	    setresuid(place->user, place->user, place->user) < 0)
		return fault_set(fault, "cannot become the XMPP server's user (uid %ld)",
				 (long)place->user);
	return 0;
}

void
server_error_target(const struct server_place *place, char target[SERVER_PATH_MAX])
{
	char name[64];
	ssize_t size = -1;

	(void)snprintf(name, sizeof(name), "/proc/%ld/fd/2", (long)place->process);
	if (place->process > 0)
		size = readlink(name, target, SERVER_PATH_MAX - 1);
	target[size > 0 ? size : 0] = '\0';
}
