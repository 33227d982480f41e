/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The kernel's interface, include/uapi/linux/landlock.h as of Linux 6.12. It is repeated here
 * because Debian 12's header is that of Linux 6.1, which ends at ABI 2, while the running kernel
 * may be newer.
 */
struct ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};

struct path_beneath_attr {
	uint64_t allowed_access;
	int32_t parent_fd;
} __attribute__((packed));

struct net_port_attr {
	uint64_t allowed_access;
	uint64_t port;
};

#define CREATE_RULESET_VERSION (1U << 0)
#define RULE_PATH_BENEATH      1
#define RULE_NET_PORT	       2

#define FS_WRITE_FILE		   (UINT64_C(1) << 1)
#define FS_READ_FILE		   (UINT64_C(1) << 2)
#define FS_READ_DIR		   (UINT64_C(1) << 3)
#define FS_REMOVE_FILE		   (UINT64_C(1) << 5)
#define FS_MAKE_REG		   (UINT64_C(1) << 8)
#define FS_ABI_1		   ((UINT64_C(1) << 13) - 1)
#define FS_REFER		   (UINT64_C(1) << 13) /* ABI 2 */
#define FS_TRUNCATE		   (UINT64_C(1) << 14) /* ABI 3 */
#define FS_IOCTL_DEV		   (UINT64_C(1) << 15) /* ABI 5 */
#define NET_BIND_TCP		   (UINT64_C(1) << 0)  /* ABI 4 */
#define NET_CONNECT_TCP		   (UINT64_C(1) << 1)  /* ABI 4 */
#define SCOPE_ABSTRACT_UNIX_SOCKET (UINT64_C(1) << 0)  /* ABI 6 */
#define SCOPE_SIGNAL		   (UINT64_C(1) << 1)  /* ABI 6 */

/* The C library has no functions for these calls. */
static int
create_ruleset(const struct ruleset_attr *attr, size_t size, uint32_t flags)
{
	return (int)syscall(SYS_landlock_create_ruleset, attr, size, flags);
}

static int
add_rule(int ruleset, int type, const void *attr)
{
	return (int)syscall(SYS_landlock_add_rule, ruleset, type, attr, 0);
}

int
landlock_abi(void)
{
	int abi = create_ruleset(NULL, 0, CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : abi; /* ENOSYS; or EOPNOTSUPP when it is disabled */
}

int
landlock_open(struct landlock *landlock, struct fault *fault)
{
	struct ruleset_attr attr = { .handled_access_fs = FS_ABI_1 };
	size_t size = sizeof(attr.handled_access_fs);
	int abi = landlock_abi();

	*landlock = (struct landlock){ abi, -1 };
	if (abi == 0)
		return 0;
	if (abi >= 2)
		attr.handled_access_fs |= FS_REFER;
	if (abi >= 3)
		attr.handled_access_fs |= FS_TRUNCATE;
	if (abi >= LANDLOCK_ABI_PORTS) {
		attr.handled_access_net = NET_BIND_TCP | NET_CONNECT_TCP;
		size += sizeof(attr.handled_access_net);
	}
	if (abi >= 5)
		attr.handled_access_fs |= FS_IOCTL_DEV;
	if (abi >= 6) {
		attr.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
		size += sizeof(attr.scoped);
	}
	landlock->ruleset = create_ruleset(&attr, size, 0);
	if (landlock->ruleset < 0)
		return fault_set(fault, "cannot create a Landlock ruleset of ABI %d: %s", abi,
				 strerror(errno));
	return 0;
}

/* Rights that only directories have are dropped for other paths. */
static int
allow(struct landlock *landlock, const char *path, uint64_t access, struct fault *fault)
{
	struct path_beneath_attr attr = { access, -1 };
	struct stat status;
	int result = 0;

	if (landlock->ruleset < 0)
		return 0;
	attr.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (attr.parent_fd < 0) {
		if (errno == ENOENT || errno == ENOTDIR || errno == EACCES)
			return 0; /* what does not exist needs no permission */
		return fault_set(fault, "%s: cannot be opened: %s", path, strerror(errno));
	}
	if (fstat(attr.parent_fd, &status) < 0 || !S_ISDIR(status.st_mode))
		attr.allowed_access &= FS_READ_FILE | FS_WRITE_FILE;
	if (add_rule(landlock->ruleset, RULE_PATH_BENEATH, &attr) < 0)
		result = fault_set(fault, "Landlock cannot allow the use of %s: %s", path,
				   strerror(errno));
	(void)close(attr.parent_fd);
	return result;
}

int
landlock_allow_read(struct landlock *landlock, const char *path, struct fault *fault)
{
	return allow(landlock, path, FS_READ_FILE | FS_READ_DIR, fault);
}

int
landlock_allow_write(struct landlock *landlock, const char *path, struct fault *fault)
{
	return allow(landlock, path, FS_WRITE_FILE | FS_MAKE_REG, fault);
}

int
landlock_allow_rename(struct landlock *landlock, const char *path, struct fault *fault)
{
	return allow(landlock, path, FS_MAKE_REG | FS_REMOVE_FILE, fault);
}

int
landlock_allow_connect(struct landlock *landlock, uint16_t port, struct fault *fault)
{
	struct net_port_attr attr = { NET_CONNECT_TCP, port };

	if (landlock->abi < LANDLOCK_ABI_PORTS)
		return 0;
	if (add_rule(landlock->ruleset, RULE_NET_PORT, &attr) < 0)
		return fault_set(fault, "Landlock cannot allow port %u: %s", port, strerror(errno));
	return 0;
}

int
landlock_seal(struct landlock *landlock, struct fault *fault)
{
	int result;

	if (landlock->ruleset < 0)
		return 0;
	result = (int)syscall(SYS_landlock_restrict_self, landlock->ruleset, 0);
	if (result < 0)
		(void)fault_set(fault, "cannot enforce Landlock: %s", strerror(errno));
	(void)close(landlock->ruleset);
	landlock->ruleset = -1;
	return result;
}

int
landlock_confirm(struct fault *fault)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == EACCES)
		return 0;
	if (fd >= 0)
		(void)close(fd);
	return fault_set(fault, "Landlock is not enforced: / can be opened");
}
