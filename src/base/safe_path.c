/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "base/safe_path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX  40 /* symbolic links in one path, as many as the kernel follows */
#define GROUPS_MAX 256

/* What the kernel shows instead of a user that a namespace does not have. */
#define OVERFLOW_UID 65534

static struct {
	uid_t uid;
	gid_t gid;
	gid_t groups[GROUPS_MAX];
	int group_count;
	bool root_is_hidden;
} us;

/* True when no user of this namespace is root outside of it, and the overflow user is no other
 * user in it: lines of uid_map are inside, outside and count. */
static bool
hides_root(void)
{
	FILE *map = fopen("/proc/self/uid_map", "re");
	bool hidden = map != NULL;
	char line[128], *at;

	while (map != NULL && fgets(line, sizeof(line), map) != NULL) {
		unsigned long inside = strtoul(line, &at, 10), outside = strtoul(at, &at, 10),
			      count = strtoul(at, NULL, 10);

		if (outside == 0 || (inside <= OVERFLOW_UID && OVERFLOW_UID - inside < count))
			hidden = false;
	}
	if (map != NULL)
		(void)fclose(map);
	return hidden;
}

void
safe_path_note_user(void)
{
	us.uid = geteuid();
	us.gid = getegid();
	us.group_count = getgroups(GROUPS_MAX, us.groups);
	us.root_is_hidden = hides_root();
}

static bool met_seal;

bool
safe_path_met_seal(void)
{
	bool met = met_seal;

	met_seal = false;
	return met;
}

static bool
is_trusted(uid_t uid)
{
	return uid == 0 || uid == us.uid || (us.root_is_hidden && uid == OVERFLOW_UID);
}

/* A group that may write: root's, or the one with our user's name. */
static bool
may_write(gid_t gid)
{
	return gid == 0 || gid == us.gid || (us.root_is_hidden && gid == OVERFLOW_UID);
}

/* A group that may read secrets: any that we are a member of. */
static bool
may_read(gid_t gid)
{
	int i;

	for (i = 0; i < us.group_count; i++) {
		if (us.groups[i] == gid)
			return true;
	}
	return may_write(gid);
}

/* The letters of chmod(1) for those who can write but must not: "o", "g", "go", or "" when there
 * are none. */
static const char *
foreign_writers(const struct stat *status)
{
	bool group = (status->st_mode & S_IWGRP) != 0 && !may_write(status->st_gid);

	if ((status->st_mode & S_IWOTH) != 0)
		return group ? "go" : "o";
	return group ? "g" : "";
}

/*
 * The walk along a path, symbolic links followed one by one.
 */
struct walk {
	const char *path;      /* as it was given, for messages */
	char at[2 * PATH_MAX]; /* shorter than PATH_MAX, or lstat(2) fails */
	char rest[PATH_MAX];   /* what has not been walked yet */
	unsigned int links;
};

static int
check_directory(const struct walk *walk, const struct stat *status, struct fault *fault)
{
	const char *writers = foreign_writers(status);
	const char *directory = walk->at[0] != '\0' ? walk->at : "/";

	if (!is_trusted(status->st_uid))
		return fault_set(fault,
				 "%s: uid %lu, neither root nor this user (uid %lu), can replace "
				 "it; fix with: chown root %s",
				 walk->path, (unsigned long)status->st_uid, (unsigned long)us.uid,
				 directory);
	if (*writers != '\0' && (status->st_mode & S_ISVTX) == 0)
		return fault_set(fault,
				 "%s: others can replace it; fix with: "
				 "chmod %s-w %s",
				 walk->path, writers, directory);
	return 0;
}

static int
check_file(const struct walk *walk, const struct stat *status, enum safe_path_kind kind,
	   struct fault *fault)
{
	const char *writers = foreign_writers(status);

	if (!S_ISREG(status->st_mode))
		return fault_set(fault, "%s: is not a regular file", walk->path);
	if (!is_trusted(status->st_uid))
		return fault_set(fault,
				 "%s: belongs to uid %lu, neither root nor this user (uid %lu); "
				 "fix with: chown root %s",
				 walk->path, (unsigned long)status->st_uid, (unsigned long)us.uid,
				 walk->at);
	if (kind == SAFE_PATH_SECRET && (status->st_mode & S_IRWXO) != 0)
		return fault_set(fault, "%s: others can read it; fix with: chmod o= %s", walk->path,
				 walk->at);
	if (kind == SAFE_PATH_SECRET && (status->st_mode & S_IRGRP) != 0 &&
	    !may_read(status->st_gid))
		return fault_set(fault,
				 "%s: a group that this user is not in (gid %lu) can read it; fix "
				 "with: chmod g= %s",
				 walk->path, (unsigned long)status->st_gid, walk->at);
	if (*writers != '\0')
		return fault_set(fault, "%s: others can change it; fix with: chmod %s-w %s",
				 walk->path, writers, walk->at);
	return 0;
}

/* Puts the target of the link at walk->at in front of the rest of the path. */
static int
follow_link(struct walk *walk, const struct stat *status, struct fault *fault)
{
	char target[PATH_MAX], rest[PATH_MAX];
	ssize_t size = readlink(walk->at, target, sizeof(target) - 1);
	int length;

	if (!is_trusted(status->st_uid))
		return fault_set(fault,
				 "%s: the symbolic link %s belongs to uid %lu, neither root nor "
				 "this user (uid %lu); fix with: chown -h root %s",
				 walk->path, walk->at, (unsigned long)status->st_uid,
				 (unsigned long)us.uid, walk->at);
	if (size < 0)
		return fault_set(fault, "%s: cannot be opened: %s", walk->path, strerror(errno));
	target[size] = '\0';
	length = snprintf(rest, sizeof(rest), "%s/%s", target, walk->rest);
	if (++walk->links > LINKS_MAX || length < 0 || (size_t)length >= sizeof(rest))
		return fault_set(fault, "%s: cannot be opened: %s", walk->path,
				 strerror(walk->links > LINKS_MAX ? ELOOP : ENAMETOOLONG));
	memcpy(walk->rest, rest, (size_t)length + 1);
	*strrchr(walk->at, '/') = '\0'; /* a relative target starts there */
	if (target[0] == '/')
		walk->at[0] = '\0';
	return 0;
}

/* Takes the next component off the rest and goes there. False at the end. */
static bool
step(struct walk *walk)
{
	size_t skipped = strspn(walk->rest, "/"), length = strcspn(walk->rest + skipped, "/");
	const char *name = walk->rest + skipped;
	size_t at = strlen(walk->at);
	char *last;

	if (length == 0)
		return false;
	if (length == 2 && strncmp(name, "..", 2) == 0) {
		last = strrchr(walk->at, '/');
		if (last != NULL)
			*last = '\0';
	} else if (length != 1 || *name != '.') {
		(void)snprintf(walk->at + at, sizeof(walk->at) - at, "/%.*s", (int)length, name);
	}
	memmove(walk->rest, name + length, strlen(name + length) + 1);
	return true;
}

/* Explains why a file cannot be opened, and as which user if that matters. */
static int
refuse_open(const char *path, struct fault *fault)
{
	if (errno == EACCES)
		return fault_set(fault, "%s: cannot be opened as uid %lu: %s", path,
				 (unsigned long)us.uid, strerror(errno));
	return fault_set(fault, "%s: cannot be opened: %s", path, strerror(errno));
}

/* Walks to the file, whose status is then in *status. */
static int
walk_to(struct walk *walk, struct stat *status, struct fault *fault)
{
	do {
		if (lstat(walk->at[0] != '\0' ? walk->at : "/", status) < 0)
			return refuse_open(walk->path, fault);
		if (S_ISLNK(status->st_mode) && follow_link(walk, status, fault) < 0)
			return -1;
		if (S_ISDIR(status->st_mode) && check_directory(walk, status, fault) < 0)
			return -1;
	} while (step(walk));
	return 0;
}

int
safe_path_open(const char *path, enum safe_path_kind kind, struct fault *fault)
{
	struct walk walk = { .path = path };
	struct stat status;
	int fd;

	if (strlen(path) >= sizeof(walk.rest))
		return fault_set(fault, "the path %.100s...: is too long", path);
	memcpy(walk.rest, path, strlen(path) + 1);
	if (walk_to(&walk, &status, fault) < 0 || check_file(&walk, &status, kind, fault) < 0)
		return -1;
	fd = open(walk.at, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
	/* access(2) checks the user's rights, not the sandbox */
	if (fd < 0 && errno == EACCES && access(walk.at, R_OK) == 0) {
		met_seal = true;
		return fault_set(
			fault,
			"%s: is outside the sandbox, which was sealed for what was there before, "
			"or outside AppArmor's profile; add it to "
			"/etc/apparmor.d/local/extauth-https",
			path);
	}
	if (fd < 0)
		return refuse_open(path, fault);
	if (fstat(fd, &status) == 0 && check_file(&walk, &status, kind, fault) == 0)
		return fd;
	(void)close(fd);
	return -1;
}
