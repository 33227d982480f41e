/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE

#include "base/fault.h"
#include "base/file.h"
#include "base/version.h"
#include "base/view.h"
#include "operator/check.h"
#include "operator/finding.h"
#include "operator/server_find.h"
#include "sandbox/environment.h"
#include "sandbox/landlock.h"
#include "sandbox/libraries.h"
#include "sandbox/walls.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#define LOCKED_MEMORY_MIN ((rlim_t)1024 * 1024) /* bytes: frames, bodies and credentials */

static void
check_user(struct findings *findings)
{
	const struct passwd *user = getpwuid(getuid());
	const struct group *group = getgrgid(getgid());
	int groups = getgroups(0, NULL);

	finding_report(findings, FINDING_OK, "user", NULL,
		       "serves as %s (uid %ld), group %s (gid %ld), supplementary groups: %d",
		       user != NULL ? user->pw_name : "?", (long)getuid(),
		       group != NULL ? group->gr_name : "?", (long)getgid(), groups);
}

/* What is checked as one user may not hold for another. */
static void
check_server_user(struct findings *findings, const struct server_place *place)
{
	const struct passwd *entry = place->has_user ? getpwuid(place->user) : NULL;
	char name[64], cure[128];

	if (!place->has_user || place->user == getuid())
		return;
	(void)snprintf(name, sizeof(name), "%s", entry != NULL ? entry->pw_name : "?");
	(void)snprintf(cure, sizeof(cure), "sudo -u %s extauth-https --check ...", name);
	finding_report(findings, FINDING_FAILED, "user", cure,
		       "the server runs as %s (uid %ld), and this check does not: what that user "
		       "may read is unknown",
		       name, (long)place->user);
}

static void
check_environment(struct findings *findings)
{
	const char *dropped = environment_dropped();

	if (*dropped == '\0')
		finding_report(findings, FINDING_OK, "environment", NULL,
			       "no variable is set that could change how the program works");
	else
		finding_report(findings, FINDING_OK, "environment", NULL,
			       "these variables are dropped by executing the program again: %s",
			       dropped);
}

/* What a security module reports about this process, or "" if nothing. */
static void
read_confinement(const char *path, char *text, size_t room)
{
	struct fault fault;
	struct view content;

	*text = '\0';
	if (file_read(path, 4096, &content, &fault) < 0)
		return;
	if (content.size < room) {
		memcpy(text, content.data, content.size);
		text[content.size] = '\0';
		text[strcspn(text, "\n")] = '\0';
	}
	free((void *)content.data);
}

static bool
is_refused(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool refused = fd < 0 && (errno == EACCES || errno == EPERM);

	if (fd >= 0)
		(void)close(fd);
	return refused;
}

static void
check_confinement(struct findings *findings)
{
	char label[512];

	read_confinement("/proc/self/attr/apparmor/current", label, sizeof(label));
	if (*label == '\0')
		read_confinement("/proc/self/attr/current", label, sizeof(label));
	if (*label == '\0' && is_refused("/proc/self/attr/current"))
		finding_report(findings, FINDING_OK, "confinement", NULL,
			       "this process is confined, but cannot read by what: "
			       "/proc/self/attr/current is refused");
	else if (*label == '\0')
		finding_report(findings, FINDING_OK, "confinement", NULL,
			       "neither AppArmor nor SELinux confines this process");
	else if (strcmp(label, "unconfined") == 0)
		finding_report(findings, FINDING_OK, "confinement", NULL,
			       "AppArmor is active, but does not confine this process; "
			       "policy/apparmor has a profile");
	else
		finding_report(findings, FINDING_OK, "confinement", NULL,
			       "this process is confined as \"%s\"; ejabberd's may be another",
			       label);
}

static void
check_kernel(struct findings *findings)
{
	struct utsname name;
	int abi = landlock_abi();

	if (uname(&name) == 0)
		finding_report(findings, FINDING_OK, "kernel", NULL, "%s %s", name.sysname,
			       name.release);
	if (abi == 0)
		finding_report(findings, FINDING_WARNING, "landlock",
			       "boot Linux 5.13 or later with landlock in CONFIG_LSM",
			       "the kernel has no Landlock; seccomp alone protects files");
	else
		finding_report(findings, FINDING_OK, "landlock", NULL, "ABI %d: files%s%s", abi,
			       abi >= 4 ? ", TCP ports" : "",
			       abi >= 6 ? ", signals and abstract sockets" : "");
}

/* A program whose libraries are newer than its policies may be killed by them. */
static void
check_libraries(struct findings *findings)
{
	char all[LIBRARIES_TEXT_MAX], untested[LIBRARIES_TEXT_MAX];

	libraries_list(all);
	if (libraries_untested(untested) == 0)
		finding_report(findings, FINDING_OK, "libraries", NULL,
			       "%s: the sandbox was tested with these", all);
	else
		finding_report(findings, FINDING_WARNING, "libraries",
			       "look for a newer extauth-https; if the checks below pass, it has "
			       "worked with them so far",
			       "the sandbox was not tested with %s", untested);
}

static void
check_walls(struct findings *findings)
{
	char standing[WALLS_TEXT_MAX], absent[WALLS_TEXT_MAX];
	struct fault fault;

	if (walls_survey(&fault) < 0)
		finding_report(findings, FINDING_WARNING, "walls", NULL, "%s", fault.text);
	else if (walls_list(false, absent) == 0)
		finding_report(findings, FINDING_OK, "walls", NULL, "all in place");
	else
		finding_report(findings, FINDING_OK, "walls", NULL, "%s; absent here: %s",
			       (walls_list(true, standing), standing), absent);
}

static void
check_memory(struct findings *findings)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		return;
	if (limit.rlim_cur == RLIM_INFINITY)
		finding_report(findings, FINDING_OK, "memory", NULL,
			       "any amount of memory may be locked");
	else if (limit.rlim_cur >= LOCKED_MEMORY_MIN)
		finding_report(findings, FINDING_OK, "memory", NULL, "%llu bytes may be locked",
			       (unsigned long long)limit.rlim_cur);
	else
		finding_report(findings, FINDING_FAILED, "memory",
			       "set LimitMEMLOCK=8M in the unit of the XMPP server",
			       "only %llu bytes may be locked, and %llu are needed",
			       (unsigned long long)limit.rlim_cur,
			       (unsigned long long)LOCKED_MEMORY_MIN);
}

void
check_machine(struct findings *findings, const struct server_place *place)
{
	finding_report(findings, FINDING_OK, "program", NULL, "extauth-https %s", VERSION);
	check_user(findings);
	check_server_user(findings, place);
	check_environment(findings);
	check_confinement(findings);
	check_kernel(findings);
	check_libraries(findings);
	check_walls(findings);
	check_memory(findings);
}
