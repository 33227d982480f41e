/* SPDX-License-Identifier: ISC */
#define _DEFAULT_SOURCE
#include "monitor/log_sink.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"
#include "base/log_level.h"
#include "sandbox/environment.h"
#include "sandbox/policy.h"
#include "settings/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SYSLOG_SOCKET	  "/dev/log"
#define FILE_IN_DIRECTORY "/extauth.log"
#define FILE_MODE	  0640

/* Its flags are its own: the policy refuses a socket without SOCK_NONBLOCK to the modules that
 * look up names. */
static int
open_syslog(struct fault *fault)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SYSLOG_SOCKET };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	(void)fault_set(fault, SYSLOG_SOCKET ": cannot reach a syslog daemon: %s", strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

bool
log_sink_path(const char *setting, char path[PATH_MAX])
{
	struct stat status;

	if (setting == NULL || strcmp(setting, "syslog") == 0)
		return false;
	/* the script of 2014 took a directory here */
	(void)snprintf(path, PATH_MAX, "%s%s", setting,
		       stat(setting, &status) == 0 && S_ISDIR(status.st_mode) ? FILE_IN_DIRECTORY
									      : "");
	return true;
}

static bool met_seal;

bool
log_sink_met_seal(void)
{
	bool met = met_seal;

	met_seal = false;
	return met;
}

/* True when our user could open the file, or create it. access(2) checks the user's rights, not
 * the sandbox. */
static bool
user_may_open(const char *path)
{
	char directory[PATH_MAX];
	char *slash;

	if (access(path, F_OK) == 0)
		return access(path, W_OK) == 0;
	(void)snprintf(directory, sizeof(directory), "%s", path);
	slash = strrchr(directory, '/');
	if (slash == NULL)
		return false;
	slash[1] = '\0';
	return access(directory, W_OK | X_OK) == 0;
}

static int
open_file(const char *path, struct fault *fault)
{
	/* a FIFO without a reader would keep us waiting for one */
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
		      FILE_MODE);

	if (fd < 0) {
		int reason = errno; /* access(2) sets its own */

		met_seal = reason == EACCES && user_may_open(path);
		(void)fault_set(fault, "%s: cannot open the log: %s", path, strerror(reason));
	}
	return fd;
}

const struct policy *
log_sink_policy(const struct log_sink *sink)
{
	char path[PATH_MAX];

	if (sink->target == NULL)
		return NULL;
	return log_sink_path(sink->target, path) ? &policy_monitor_log : &policy_monitor_syslog;
}

bool
log_sink_is_file(const struct log_sink *sink)
{
	return log_sink_policy(sink) == &policy_monitor_log || file_may_grow(sink->fd);
}

/* Opens the sink's target, and only then closes what was open before. */
static int
open_target(struct log_sink *sink, struct fault *fault)
{
	char path[PATH_MAX];
	bool is_file = log_sink_path(sink->target, path);
	int fd = is_file ? open_file(path, fault) : open_syslog(fault);

	if (fd < 0)
		return -1;
	if (sink->fd != STDERR_FILENO)
		(void)close(sink->fd);
	sink->fd = fd;
	sink->is_syslog = !is_file;
	sink->is_journal = false;
	return 0;
}

int
log_sink_open(struct log_sink *sink, const struct settings *settings, struct fault *fault)
{
	int result = 0;

	*sink = (struct log_sink){ .fd = STDERR_FILENO, .level = LOG_NOTICE };
	sink->is_journal = environment_journal_has(STDERR_FILENO);
	if (settings != NULL) {
		sink->format = settings->log_format;
		sink->level = settings->log_level;
	}
	if (settings != NULL && settings->log != NULL) {
		sink->target = strdup(settings->log);
		result = sink->target != NULL ? open_target(sink, fault)
					      : fault_set(fault, "out of memory");
	}
	log_open(sink, "monitor");
	return result;
}

void
log_sink_open_on_terminal(struct log_sink *sink)
{
	*sink = (struct log_sink){ .fd = STDERR_FILENO, .level = LOG_ERROR };
	log_open(sink, "monitor");
}

int
log_sink_reopen(struct log_sink *sink, struct fault *fault)
{
	if (sink->target == NULL)
		return 0;
	if (open_target(sink, fault) < 0)
		return -1;
	log_open(sink, "monitor");
	return 0;
}

bool
log_sink_is_watched(const struct log_sink *sink)
{
	return sink->target != NULL && !sink->is_syslog && sink->fd != STDERR_FILENO;
}

bool
log_sink_is_moved(const struct log_sink *sink)
{
	struct stat there, here;
	char path[PATH_MAX];

	if (!log_sink_is_watched(sink) || !log_sink_path(sink->target, path) ||
	    fstat(sink->fd, &here) < 0)
		return false;
	return stat(path, &there) < 0 || there.st_ino != here.st_ino || there.st_dev != here.st_dev;
}

void
log_sink_adopt(struct log_sink *sink, const struct settings *settings)
{
	const char *before = sink->target != NULL ? sink->target : "";
	const char *wanted = settings->log != NULL ? settings->log : "";

	sink->format = settings->log_format;
	sink->level = settings->log_level;
	log_open(sink, "monitor");
	if (strcmp(before, wanted) != 0)
		log_message(LOG_WARNING,
			    "a change of \"log\" takes effect when the program starts again");
}
