/* SPDX-License-Identifier: ISC */
#define _DEFAULT_SOURCE
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads until the end of the file or of the room. The size, or -1. */
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

int
file_read(const char *path, size_t max, struct view *content, struct fault *fault)
{
	uint8_t *data = malloc(max + 1); /* the one byte more shows what is too large */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t size = -1;
	int result = -1;

	if (fd < 0)
		(void)fault_set(fault, "%s: cannot be opened: %s", path, strerror(errno));
	else if (data == NULL)
		(void)fault_set(fault, "%s: out of memory", path);
	else if ((size = read_all(fd, data, max + 1)) < 0)
		(void)fault_set(fault, "%s: cannot be read: %s", path, strerror(errno));
	else if ((size_t)size > max)
		(void)fault_set(fault, "%s: is larger than %zu bytes", path, max);
	else
		result = 0;

	if (fd >= 0)
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
file_read_secret(const char *path, uint8_t *data, size_t room, size_t *size, struct fault *fault)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), result = -1;
	struct stat status;
	ssize_t count;

	if (fd < 0)
		return fault_set(fault, "%s: cannot be opened: %s", path, strerror(errno));
	if (fstat(fd, &status) == 0 && (status.st_mode & S_IRWXO) != 0)
		(void)fault_set(fault, "%s: others can read it; forbid that with: chmod o= %s",
				path, path);
	else if ((count = read_all(fd, data, room)) < 0)
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
