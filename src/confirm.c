/* SPDX-License-Identifier: ISC */
#include "confirm.h"

#include "file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATUS_MAX 8192 /* bytes; some 1,500 are usual */
#define VALUE_MAX  128	/* bytes of one line's value */
#define NONE	   "0000000000000000"

/* A status file as a C string. */
struct status {
	char text[STATUS_MAX];
};

static int
read_status(const char *path, struct status *status, struct fault *fault)
{
	struct view content;

	if (file_read(path, sizeof(status->text) - 1, &content, fault) < 0)
		return -1;
	memcpy(status->text, content.data, content.size);
	status->text[content.size] = '\0';
	free((void *)content.data);
	return 0;
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
	return fault_set(fault, "the worker is not sealed: its %s is \"%s\" instead of \"%s\"",
			 name, value, wanted);
}

static int
expect_same(const struct status *status, const struct status *ours, const char *name,
	    struct fault *fault)
{
	char value[VALUE_MAX];

	find_value(ours, name, value);
	return expect(status, name, value, fault);
}

/* A filter that a process inherits counts as its own in the kernel's eyes. */
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

/* The kernel gives the files of a process that must not be dumped to root
 * (proc(5)), and we are not root. */
static int
expect_undumpable(const char *path, struct fault *fault)
{
	struct stat file;

	if (stat(path, &file) == 0 && file.st_uid != getuid())
		return 0;
	return fault_set(fault, "the worker is not sealed: it can be dumped and traced");
}

/* Each line of the limits file is a name, spaces, the soft limit, spaces, and the
 * hard one. Nothing but "0" begins with a 0. */
static int
expect_no(const char *name, const struct status *limits, struct fault *fault)
{
	const char *at = strstr(limits->text, name);
	bool soft, hard;

	at = at != NULL ? at + strlen(name) : "";
	at += strspn(at, " ");
	soft = *at == '0';
	at += strcspn(at, " ");
	at += strspn(at, " ");
	hard = *at == '0';
	if (soft && hard)
		return 0;
	return fault_set(fault, "the worker is not sealed: its limit \"%s\" is not 0", name);
}

static int
expect_limits(pid_t pid, struct fault *fault)
{
	struct status limits;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%ld/limits", (long)pid);
	if (read_status(path, &limits, fault) < 0 ||
	    expect_no("Max core file size", &limits, fault) < 0)
		return -1;
	return expect_no("Max processes", &limits, fault);
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
confirm_sealed(pid_t pid, bool bounded, struct fault *fault)
{
	struct status status, ours;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	if (read_status(path, &status, fault) < 0 ||
	    read_status("/proc/self/status", &ours, fault) < 0)
		return -1;
	if (expect(&status, "Seccomp", "2", fault) < 0 ||
	    expect_filter(&status, &ours, fault) < 0 ||
	    expect(&status, "NoNewPrivs", "1", fault) < 0 ||
	    expect_no_capabilities(&status, bounded, fault) < 0 ||
	    expect_same(&status, &ours, "Uid", fault) < 0 ||
	    expect_same(&status, &ours, "Gid", fault) < 0)
		return -1;
	return expect_undumpable(path, fault) < 0 ? -1 : expect_limits(pid, fault);
}
