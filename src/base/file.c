/* SPDX-License-Identifier: ISC */
#define _DEFAULT_SOURCE
#include "base/file.h"

#include "base/safe_path.h"
#include "base/view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads until the end of the file or of the room. Returns the size, or -1. */
static ssize_t
read_all(int fd, uint8_t *data, size_t room)
{
	size_t size = 0;
	ssize_t count;

	do {
		count = read(fd, data + size, room - size);
		if (count > 0)
			size += (size_t)count;
	} while (count > 0 && size < room);
	return count < 0 ? -1 : (ssize_t)size;
}

/* Reads the file that `fd`, or -1, is open on, and closes it. */
static int
read_and_close(int fd, const char *path, size_t max, struct view *content, struct fault *fault)
{
	struct stat status;
	ssize_t size = -1;
	int result = -1;
	uint8_t *data;

	if (fd < 0)
		return -1;
	/* files in /proc have size 0 */
	if (fstat(fd, &status) == 0 && status.st_size > 0 && (size_t)status.st_size < max)
		max = (size_t)status.st_size;
	data = malloc(max + 1); /* the one byte more reveals a file that is too large */
	if (data == NULL)
		(void)fault_set(fault, "%s: out of memory", path);
	else if ((size = read_all(fd, data, max + 1)) < 0)
		(void)fault_set(fault, "%s: cannot be read: %s", path, strerror(errno));
	else if ((size_t)size > max)
		(void)fault_set(fault, "%s: is larger than %zu bytes", path, max);
	else
		result = 0;

	(void)close(fd);
	if (result != 0) {
		free(data);
		return -1;
	}
	content->data = data;
	content->size = (size_t)size;
	return 0;
}

int
file_read(const char *path, size_t max, struct view *content, struct fault *fault)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	/* access(2) checks the user's rights, which AppArmor leaves alone */
	if (fd < 0 && errno == EACCES && access(path, R_OK) == 0)
		return fault_set(fault,
				 "%s: cannot be opened: this user may read it, but AppArmor's "
				 "profile of this program does not allow it",
				 path);
	if (fd < 0)
		return fault_set(fault, "%s: cannot be opened: %s", path, strerror(errno));
	if (file_is_regular(fd))
		return read_and_close(fd, path, max, content, fault);
	(void)close(fd);
	return fault_set(fault, "%s: is not a regular file", path);
}

int
file_read_trusted(const char *path, size_t max, struct view *content, struct fault *fault)
{
	int fd = safe_path_open(path, SAFE_PATH_PUBLIC, fault);

	return read_and_close(fd, path, max, content, fault);
}

int
file_read_secret(const char *path, uint8_t *data, size_t room, size_t *size, struct fault *fault)
{
	int fd = safe_path_open(path, SAFE_PATH_SECRET, fault), result = -1;
	ssize_t count;

	if (fd < 0)
		return -1;
	count = read_all(fd, data, room);
	if (count < 0)
		(void)fault_set(fault, "%s: cannot be read: %s", path, strerror(errno));
	else if ((size_t)count == room)
		(void)fault_set(fault, "%s: is not smaller than %zu bytes", path, room);
	else {
		*size = (size_t)count;
		result = 0;
	}
	(void)close(fd);
	return result;
}

bool
file_is_regular(int fd)
{
	struct stat status;

	return fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

bool
file_may_grow(int fd)
{
	struct stat status;

	if (fd < 0)
		return false;
	return fstat(fd, &status) < 0 ||
	       !(S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) || S_ISCHR(status.st_mode));
}
