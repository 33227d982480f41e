/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "sandbox/environment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Without close_range(2) and /proc, at most this many descriptors are closed one by one: the
 * limit may be 10^9. */
#define DESCRIPTORS_CLOSED_MAX 65536

/*
 * How the names of variables start that the dynamic linker, the C library or
 * OpenSSL has obeyed by the time main() runs, or that libcurl and OpenSSL would
 * obey later. ejabberd's own installer sets LD_LIBRARY_PATH.
 */
static const char *const dangerous[] = {
	"LD_",	"GLIBC_",     "MALLOC_",     "GCONV_",	  "OPENSSL",  "SSL",
	"CURL", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
};

static bool
is_dangerous(const char *variable)
{
	size_t i;

	for (i = 0; i < sizeof(dangerous) / sizeof(dangerous[0]); i++) {
		if (strncasecmp(variable, dangerous[i], strlen(dangerous[i])) == 0)
			return true;
	}
	return false;
}

/* What is remembered of the environment. These variables carry it through the second execution. */
#define DROPPED_VARIABLE   "EXTAUTH_HTTPS_DROPPED="
#define NO_COLOUR_VARIABLE "NO_COLOR="
#define JOURNAL_VARIABLE   "JOURNAL_STREAM="

static char dropped[512] = DROPPED_VARIABLE;
static char journal[64]; /* the variable, or "" */
static bool forbids_colour;

const char *
environment_dropped(void)
{
	return dropped + strlen(DROPPED_VARIABLE);
}

bool
environment_forbids_colour(void)
{
	return forbids_colour;
}

bool
environment_journal_has(int fd)
{
	char named[sizeof(journal)];
	struct stat status;

	if (journal[0] == '\0' || fstat(fd, &status) < 0)
		return false;
	(void)snprintf(named, sizeof(named), JOURNAL_VARIABLE "%llu:%llu",
		       (unsigned long long)status.st_dev, (unsigned long long)status.st_ino);
	return strcmp(named, journal) == 0;
}

/* Remembers the name of a variable. */
static void
note_dropped(const char *variable)
{
	size_t length = strlen(dropped), name = strcspn(variable, "=");
	bool first = length == strlen(DROPPED_VARIABLE);

	(void)snprintf(dropped + length, sizeof(dropped) - length, "%s%.*s", first ? "" : " ",
		       (int)name, variable);
}

/* Checks a variable. True when the program must be executed without it. */
static bool
note(const char *variable)
{
	if (strncmp(variable, NO_COLOUR_VARIABLE, strlen(NO_COLOUR_VARIABLE)) == 0 &&
	    variable[strlen(NO_COLOUR_VARIABLE)] != '\0')
		forbids_colour = true;
	if (strncmp(variable, DROPPED_VARIABLE, strlen(DROPPED_VARIABLE)) == 0)
		(void)snprintf(dropped, sizeof(dropped), "%s", variable);
	if (strncmp(variable, JOURNAL_VARIABLE, strlen(JOURNAL_VARIABLE)) == 0)
		(void)snprintf(journal, sizeof(journal), "%s", variable);
	if (!is_dangerous(variable))
		return false;
	note_dropped(variable);
	return true;
}

/* Executes the program again, with nothing but what is remembered. */
static int
execute_again(char **argv, struct fault *fault)
{
	static char no_colour[] = NO_COLOUR_VARIABLE "1";
	char *remembered[4] = { dropped };
	size_t count = 1;
	/* the auxiliary vector has addresses as numbers: getauxval(3) */
	/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	const char *path = (const char *)getauxval(AT_EXECFN);

	if (forbids_colour)
		remembered[count++] = no_colour;
	if (journal[0] != '\0')
		remembered[count++] = journal;

	(void)execve("/proc/self/exe", argv, remembered);
	/* without /proc: by the path that the server executed */
	(void)execve(path, argv, remembered);
	return fault_set(fault,
			 "the environment cannot be dropped: executing %s again fails: %s; mount "
			 "/proc, or start the program by its absolute path",
			 path, strerror(errno));
}

int
environment_drop(char **argv, struct fault *fault)
{
	bool again = false;
	char **variable;

	for (variable = environ; *variable != NULL; variable++)
		again = note(*variable) || again;
	if (again)
		return execute_again(argv, fault);
	/* so that /proc/PID/environ shows nothing */
	for (variable = environ; *variable != NULL; variable++)
		memset(*variable, 0, strlen(*variable));
	/* X.509 dates are UTC; without TZ, /etc/localtime would be opened for them */
	if (clearenv() != 0 || setenv("TZ", "UTC0", 1) != 0)
		return fault_set(fault, "the environment cannot be dropped");
	tzset();
	return 0;
}

/* A descriptor that leads nowhere: /dev/null, or, in a container without one, a pipe that has no
 * reader (SIGPIPE is ignored by then). */
static int
open_nowhere(void)
{
	int fd = open("/dev/null", O_RDWR), ends[2];

	if (fd >= 0)
		return fd;
	if (pipe(ends) < 0)
		return -1;
	(void)close(ends[0]);
	return ends[1];
}

/* Closes the descriptors from `first` on that /proc lists. */
static int
close_listed(int first)
{
	DIR *list = opendir("/proc/self/fd");
	const struct dirent *entry;

	if (list == NULL)
		return -1;
	while ((entry = readdir(list)) != NULL) {
		int fd = (int)strtol(entry->d_name, NULL, 10);

		if (fd >= first && fd != dirfd(list))
			(void)close(fd);
	}
	return closedir(list);
}

/* musl has no function for it. */
static int
close_all_from(int first)
{
	return (int)syscall(SYS_close_range, (unsigned int)first, ~0U, 0U);
}

/* The seccomp profiles of old containers forbid close_range(2), like every call that they do not
 * know. */
int
environment_close_from(int first)
{
	struct rlimit limit;
	int fd;

	if (close_all_from(first) == 0)
		return 0;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -1;
	if (limit.rlim_cur > DESCRIPTORS_CLOSED_MAX)
		limit.rlim_cur = DESCRIPTORS_CLOSED_MAX;
	for (fd = first; (rlim_t)fd < limit.rlim_cur; fd++)
		(void)close(fd);
	return 0;
}

int
environment_tidy_descriptors(struct fault *fault)
{
	int nowhere;

	(void)signal(SIGPIPE, SIG_IGN);
	do {
		nowhere = open_nowhere();
		if (nowhere < 0)
			return fault_set(fault, "cannot open a descriptor: %s", strerror(errno));
	} while (nowhere <= STDERR_FILENO);
	/* open descriptors may be above the limit, if it was lowered later */
	if (close_all_from(STDERR_FILENO + 1) < 0 && close_listed(STDERR_FILENO + 1) < 0 &&
	    environment_close_from(STDERR_FILENO + 1) < 0)
		return fault_set(fault, "cannot close inherited descriptors: %s", strerror(errno));
	return 0;
}

int
environment_take_output(struct fault *fault)
{
	int output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int nowhere = open_nowhere();

	if (output < 0 || nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0)
		return fault_set(fault, "cannot move standard output: %s", strerror(errno));
	(void)close(nowhere);
	return output;
}
