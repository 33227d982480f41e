/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "sandbox/confirm.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATUS_MAX 8192 /* bytes; about 1,500 are usual */
#define VALUE_MAX  128	/* bytes of one line's value */
#define NONE	   "0000000000000000"

/* What the kernel shows instead of a user that a namespace does not have. */
#define OVERFLOW_UID 65534

/* A status file as a C string. */
struct status {
	const char *whose;
	char text[STATUS_MAX];
};

/* Reads a status file from its start, whichever process opened it. */
static int
read_status(int fd, struct status *status, struct fault *fault)
{
	ssize_t size = pread(fd, status->text, sizeof(status->text) - 1, 0);

	if (size < 0)
		return fault_set(fault, "cannot read a /proc/PID/status: %s", strerror(errno));
	status->text[size] = '\0';
	return 0;
}

static int
read_own_status(struct status *status, struct fault *fault)
{
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC), result;

	if (fd < 0)
		return fault_set(fault, "/proc/self/status: cannot be opened: %s", strerror(errno));
	result = read_status(fd, status, fault);
	(void)close(fd);
	return result;
}

/* Copies the value of the line "NAME:\tVALUE". "" when there is no such line. */
static void
find_value(const struct status *status, const char *name, char value[VALUE_MAX])
{
	char key[64];
	const char *at;

	*value = '\0';
	(void)snprintf(key, sizeof(key), "\n%s:\t", name);
	at = strstr(status->text, key);
	if (at != NULL)
		(void)snprintf(value, VALUE_MAX, "%.*s", (int)strcspn(at + strlen(key), "\n"),
			       at + strlen(key));
}

static int
expect(const struct status *status, const char *name, const char *wanted, struct fault *fault)
{
	char value[VALUE_MAX];

	find_value(status, name, value);
	if (strcmp(value, wanted) == 0)
		return 0;
	return fault_set(fault, "%s is not sealed: its %s is \"%s\" instead of \"%s\"",
			 status->whose, name, value, wanted);
}

static int
expect_same(const struct status *status, const struct status *ours, const char *name,
	    struct fault *fault)
{
	char value[VALUE_MAX];

	find_value(ours, name, value);
	return expect(status, name, value, fault);
}

/* The kernel counts an inherited filter as the process's own. */
static int
expect_filter(const struct status *status, const struct status *ours, struct fault *fault)
{
	char value[VALUE_MAX];
	long inherited, filters;

	find_value(ours, "Seccomp_filters", value);
	inherited = strtol(value, NULL, 10);
	find_value(status, "Seccomp_filters", value);
	filters = strtol(value, NULL, 10);
	if (filters > inherited)
		return 0;
	return fault_set(fault,
			 "the worker is not sealed: its Seccomp_filters is %ld, no more than our "
			 "own %ld",
			 filters, inherited);
}

/* Checks that the file is about this process. */
static int
expect_pid(const struct status *status, pid_t pid, struct fault *fault)
{
	char value[VALUE_MAX];

	(void)snprintf(value, sizeof(value), "%ld", (long)pid);
	return expect(status, "Pid", value, fault);
}

/* True when the kernel does not let us read a process's memory. */
static bool
is_closed_to_us(pid_t pid)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%ld/maps", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == EACCES || errno == EPERM;
	(void)close(fd);
	return false;
}

/* The kernel gives the files of an undumpable process to root (proc(5)), and we are not root;
 * but in a user namespace with one user, root's files may appear as that user's. Then we try to
 * read its memory. */
static int
expect_undumpable(int file, pid_t pid, struct fault *fault)
{
	uid_t uid = getuid();
	struct stat status;

	if (fstat(file, &status) == 0 && status.st_uid != uid)
		return 0;
	if ((uid == 0 || uid == OVERFLOW_UID) && is_closed_to_us(pid))
		return 0;
	return fault_set(fault, "the worker is not sealed: it can be dumped and traced");
}

static int
expect_no(int resource, const char *name, pid_t pid, struct fault *fault)
{
	struct rlimit limit;

	if (prlimit(pid, resource, NULL, &limit) == 0 && limit.rlim_max == 0)
		return 0;
	return fault_set(fault, "the worker is not sealed: its %s is not 0", name);
}

static int
expect_no_capabilities(const struct status *status, bool bounded, struct fault *fault)
{
	static const char *const empty[] = { "CapInh", "CapPrm", "CapEff", "CapAmb" };
	size_t i;

	for (i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		if (expect(status, empty[i], NONE, fault) < 0)
			return -1;
	}
	return bounded ? expect(status, "CapBnd", NONE, fault) : 0;
}

int
confirm_sealed(int file, pid_t pid, bool bounded, struct fault *fault)
{
	struct status status = { .whose = "the worker" }, ours = { .whose = "the monitor" };

	if (file < 0)
		return fault_set(fault, "the worker does not show its /proc/self/status");
	if (read_status(file, &status, fault) < 0 || read_own_status(&ours, fault) < 0)
		return -1;
	if (expect_pid(&status, pid, fault) < 0 || expect(&status, "Seccomp", "2", fault) < 0 ||
	    expect_filter(&status, &ours, fault) < 0 ||
	    expect(&status, "NoNewPrivs", "1", fault) < 0 ||
	    expect_no_capabilities(&status, bounded, fault) < 0 ||
	    expect_no_capabilities(&ours, bounded, fault) < 0 ||
	    expect_same(&status, &ours, "Uid", fault) < 0 ||
	    expect_same(&status, &ours, "Gid", fault) < 0)
		return -1;
	if (expect_undumpable(file, pid, fault) < 0 ||
	    expect_no(RLIMIT_CORE, "RLIMIT_CORE", pid, fault) < 0)
		return -1;
	return expect_no(RLIMIT_NPROC, "RLIMIT_NPROC", pid, fault);
}
