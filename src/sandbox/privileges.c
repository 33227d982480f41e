/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "sandbox/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int
become(const char *user, struct fault *fault)
{
	const struct passwd *entry;
	int result;

	errno = 0;
	entry = getpwnam(user);
	if (entry == NULL)
		return fault_set(fault, "user \"%s\" cannot be found%s%s", user,
				 errno != 0 ? ": " : "", errno != 0 ? strerror(errno) : "");
	if (entry->pw_uid == 0 || entry->pw_gid == 0)
		return fault_set(fault, "user \"%s\" is root or in root's group; name another one",
				 user);
	capng_clear(CAPNG_SELECT_ALL);
	result = capng_change_id((int)entry->pw_uid, (int)entry->pw_gid,
				 CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING | CAPNG_CLEAR_AMBIENT);
	if (result != 0)
		return fault_set(fault,
				 "cannot become user \"%s\": %s; root in a container needs the "
				 "capabilities SETUID, SETGID and SETPCAP for it",
				 user, strerror(errno));
	return 0;
}

static int
drop_capabilities(bool may_bound, struct fault *fault)
{
	int result;

	capng_clear(CAPNG_SELECT_ALL);
	if (may_bound && (result = capng_apply(CAPNG_SELECT_BOUNDS)) != 0)
		return fault_set(fault, "cannot empty the capability bounding set: %s",
				 strerror(errno));
	result = capng_apply(CAPNG_SELECT_AMBIENT);
	if (result == 0)
		result = capng_apply(CAPNG_SELECT_CAPS);
	if (result != 0)
		return fault_set(fault, "cannot drop capabilities: %s", strerror(errno));
	return 0;
}

/* Reads back what the kernel holds, and tries to become root again. `was_root`
 * tells that the groups must be empty as well, `bounded` the bounding set. */
static int
verify(bool was_root, bool bounded, struct fault *fault)
{
	uid_t real, effective, saved;
	gid_t real_group, effective_group, saved_group;
	capng_select_t sets = CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT;

	if (bounded)
		sets |= CAPNG_SELECT_BOUNDS;
	if (capng_get_caps_process() != 0 || capng_have_capabilities(sets) != CAPNG_NONE)
		return fault_set(fault, "capabilities are still there after dropping them");
	if (getresuid(&real, &effective, &saved) != 0 || real == 0 || real != effective ||
	    real != saved)
		return fault_set(fault, "the user ids are not all the unprivileged user's");
	if (getresgid(&real_group, &effective_group, &saved_group) != 0 ||
	    real_group != effective_group || real_group != saved_group)
		return fault_set(fault, "the group ids differ from each other");
	if (was_root && (real_group == 0 || getgroups(0, NULL) != 0))
		return fault_set(fault, "groups are still there after dropping them");
	if (setuid(0) == 0 || seteuid(0) == 0 || setresuid(0, 0, 0) == 0)
		return fault_set(fault, "root could be had back after dropping it");
	if (was_root && (setgid(0) == 0 || setgroups(0, NULL) == 0))
		return fault_set(fault, "root's groups could be had back after dropping them");
	return 0;
}

int
privileges_drop(const char *user, bool *bounded, struct fault *fault)
{
	bool is_root = getuid() == 0;

	if (getuid() != geteuid() || getgid() != getegid())
		return fault_set(fault, "the program is installed setuid or setgid; "
					"remove that bit (chmod ug-s)");
	if (capng_get_caps_process() != 0)
		return fault_set(fault, "capabilities cannot be read; is /proc mounted?");
	*bounded = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) == 1;
	if (is_root) {
		if (become(user, fault) < 0)
			return -1;
	} else if (drop_capabilities(*bounded, fault) < 0) {
		return -1;
	}
	return verify(is_root, *bounded, fault);
}
