/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "sandbox/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* The user of a container without /etc/passwd: the kernel's overflow user. */
#define NOBODY_NAME "nobody"
#define NOBODY	    65534

/* The users of this process's user namespace. */
enum users {
	USERS_MANY,
	USERS_ONE,  /* not root outside: there is no other user to become */
	USERS_NONE, /* our user outside cannot be determined */
};

static enum users
count_users(void)
{
	FILE *map = fopen("/proc/self/uid_map", "re");
	char line[128], another[128], *at;
	enum users users = USERS_MANY;

	if (map == NULL)
		return USERS_MANY;
	if (fgets(line, sizeof(line), map) == NULL) {
		users = USERS_NONE;
	} else if (fgets(another, sizeof(another), map) == NULL) {
		/* inside, outside, count */
		(void)strtoul(line, &at, 10);
		if (strtoul(at, &at, 10) != 0 && strtoul(at, NULL, 10) == 1)
			users = USERS_ONE;
	}
	(void)fclose(map);
	return users;
}

/* Looks `user` up. */
static int
find_user(const char *user, uid_t *uid, gid_t *gid, struct fault *fault)
{
	const struct passwd *entry;

	errno = 0;
	entry = getpwnam(user);
	if (entry == NULL && strcmp(user, NOBODY_NAME) != 0)
		return fault_set(fault,
				 "user \"%s\" cannot be found%s%s; add it to /etc/passwd, or start "
				 "the program as the user that it is to run as",
				 user, errno != 0 ? ": " : "", errno != 0 ? strerror(errno) : "");
	*uid = entry != NULL ? entry->pw_uid : NOBODY;
	*gid = entry != NULL ? entry->pw_gid : NOBODY;
	if (*uid == 0 || *gid == 0)
		return fault_set(fault, "user \"%s\" is root or in root's group; name another one",
				 user);
	return 0;
}

static int
become(const char *user, struct fault *fault)
{
	uid_t uid;
	gid_t gid;
	int result;

	if (find_user(user, &uid, &gid, fault) < 0)
		return -1;
	capng_clear(CAPNG_SELECT_ALL);
	result = capng_change_id((int)uid, (int)gid,
				 CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING | CAPNG_CLEAR_AMBIENT);
	if (result != 0)
		return fault_set(fault,
				 "cannot become user \"%s\" (uid %lu, gid %lu): %s; root in a "
				 "container needs both mapped, and the capabilities SETUID, SETGID "
				 "and SETPCAP for it",
				 user, (unsigned long)uid, (unsigned long)gid, strerror(errno));
	return 0;
}

static int
drop_capabilities(bool may_bound, struct fault *fault)
{
	capng_clear(CAPNG_SELECT_ALL);
	if (may_bound && capng_apply(CAPNG_SELECT_BOUNDS) != 0)
		return fault_set(fault, "cannot empty the capability bounding set: %s",
				 strerror(errno));
	if (capng_apply(CAPNG_SELECT_AMBIENT) != 0 || capng_apply(CAPNG_SELECT_CAPS) != 0)
		return fault_set(fault, "cannot drop capabilities: %s", strerror(errno));
	return 0;
}

/* Reads back the kernel's view. `bounded`: the bounding set must be empty as well. */
static int
verify_capabilities(bool bounded, struct fault *fault)
{
	capng_select_t sets = CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT;

	if (bounded)
		sets |= CAPNG_SELECT_BOUNDS;
	if (capng_get_caps_process() != 0 || capng_have_capabilities(sets) != CAPNG_NONE)
		return fault_set(fault, "capabilities are still there after dropping them");
	return 0;
}

/* The same for the ids, and tries to become root again. `was_root`: there must be no
 * supplementary groups. */
static int
verify_ids(bool was_root, struct fault *fault)
{
	uid_t real, effective, saved;
	gid_t real_group, effective_group, saved_group;

	if (getresuid(&real, &effective, &saved) != 0 || real == 0 || real != effective ||
	    real != saved)
		return fault_set(fault, "the user ids are not all the unprivileged user's");
	if (getresgid(&real_group, &effective_group, &saved_group) != 0 ||
	    real_group != effective_group || real_group != saved_group)
		return fault_set(fault, "the group ids differ from each other");
	if (was_root && (real_group == 0 || getgroups(0, NULL) != 0))
		return fault_set(fault, "groups are still there after dropping them");
	if (setuid(0) == 0 || seteuid(0) == 0 || setresuid(0, 0, 0) == 0)
		return fault_set(fault, "root could be regained after dropping it");
	if (was_root && (setgid(0) == 0 || setgroups(0, NULL) == 0))
		return fault_set(fault, "root's groups could be regained after dropping them");
	return 0;
}

int
privileges_drop(const char *user, bool *bounded, struct fault *fault)
{
	enum users users = count_users();
	bool is_root = getuid() == 0;

	if (users == USERS_NONE)
		return fault_set(fault, "the user namespace has no user: map one into it, such as "
					"with unshare --map-current-user");
	if (getuid() != geteuid() || getgid() != getegid())
		return fault_set(fault, "the program is installed setuid or setgid; "
					"remove that bit (chmod ug-s)");
	if (capng_get_caps_process() != 0)
		return fault_set(fault, "capabilities cannot be read: mount /proc, and let the "
					"container's profile allow capget(2)");
	*bounded = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) == 1;
	if (is_root && users == USERS_MANY) {
		if (become(user, fault) < 0)
			return -1;
	} else if (drop_capabilities(*bounded, fault) < 0) {
		return -1;
	}
	if (verify_capabilities(*bounded, fault) < 0)
		return -1;
	/* the only user may be called root, and is root nowhere else */
	return users == USERS_ONE ? 0 : verify_ids(is_root, fault);
}
