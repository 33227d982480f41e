/* SPDX-License-Identifier: ISC */
#define _DEFAULT_SOURCE
#include "log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SYSLOG_SOCKET	  "/dev/log"
#define FILE_IN_DIRECTORY "/extauth.log"
#define FILE_MODE	  0640

static int
open_syslog(struct fault *fault)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SYSLOG_SOCKET };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	(void)fault_set(fault, SYSLOG_SOCKET ": no syslog daemon can be reached: %s",
			strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

static int
open_file(const char *setting, struct fault *fault)
{
	char path[PATH_MAX];
	struct stat status;
	int fd;

	/* a directory is what the Python script of 2014 was given */
	(void)snprintf(path, sizeof(path), "%s%s", setting,
		       stat(setting, &status) == 0 && S_ISDIR(status.st_mode) ? FILE_IN_DIRECTORY
									      : "");
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, FILE_MODE);

	if (fd < 0)
		(void)fault_set(fault, "%s: cannot be opened for the log: %s", path,
				strerror(errno));
	return fd;
}

int
log_sink_open(struct log_sink *sink, const struct settings *settings, struct fault *fault)
{
	int fd = STDERR_FILENO;

	*sink = (struct log_sink){ STDERR_FILENO, false, LOG_FORMAT_TEXT, LOG_NOTICE };
	if (settings != NULL) {
		sink->format = settings->log_format;
		sink->level = settings->log_level;
		sink->is_syslog = settings->log != NULL && strcmp(settings->log, "syslog") == 0;
		if (sink->is_syslog)
			fd = open_syslog(fault);
		else if (settings->log != NULL)
			fd = open_file(settings->log, fault);
	}
	sink->is_syslog = sink->is_syslog && fd >= 0;
	sink->fd = fd >= 0 ? fd : STDERR_FILENO;
	log_open(sink, "monitor");
	return fd >= 0 ? 0 : -1;
}

void
log_sink_open_for_people(struct log_sink *sink)
{
	*sink = (struct log_sink){ STDERR_FILENO, false, LOG_FORMAT_TEXT, LOG_ERROR };
	log_open(sink, "monitor");
}

void
log_sink_close(struct log_sink *sink)
{
	if (sink->fd != STDERR_FILENO && sink->fd >= 0)
		(void)close(sink->fd);
	sink->fd = -1;
}
