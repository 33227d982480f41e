/* SPDX-License-Identifier: ISC */
#define _DEFAULT_SOURCE
#include "sandbox/kernel_log.h"

#include "base/clock.h"

#include <fcntl.h>
#include <poll.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD_MAX 8192 /* bytes; the kernel's own limit for one record */

/* A kernel thread writes the record, after the process has died. */
#define PATIENCE (100 * CLOCK_MILLISECOND)

int
kernel_log_open(void)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (log >= 0)
		(void)lseek(log, 0, SEEK_END);
	return log;
}

/* The number behind `key` in a record of type 1326 (AUDIT_SECCOMP), or -1. */
static long
field(const char *record, const char *key)
{
	const char *at = strstr(record, key);

	return at == NULL ? -1 : strtol(at + strlen(key), NULL, 10);
}

static void
call_name(long number, char *name, size_t room)
{
	char *resolved = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)number);

	(void)snprintf(name, room, "%s (%ld)", resolved != NULL ? resolved : "unknown", number);
	free(resolved);
}

/* Searches the records that are there. */
static bool
look(int log, pid_t pid, char *name, size_t room)
{
	char record[RECORD_MAX];
	ssize_t size;

	/* each read(2) returns one record, and fails after the last */
	while ((size = read(log, record, sizeof(record) - 1)) > 0) {
		record[size] = '\0';
		if (strstr(record, "type=1326") == NULL || field(record, " pid=") != (long)pid ||
		    strstr(record, " syscall=") == NULL)
			continue;
		call_name(field(record, " syscall="), name, room);
		return true;
	}
	return false;
}

bool
kernel_log_find_call(int log, pid_t pid, char *name, size_t room)
{
	int64_t until = clock_now() + PATIENCE;
	struct pollfd fd = { log, POLLIN, 0 };

	if (log < 0)
		return false;
	do {
		if (look(log, pid, name, room))
			return true;
	} while (poll(&fd, 1, clock_poll_timeout(until)) > 0 && clock_now() < until);
	return false;
}
