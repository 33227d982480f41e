/* SPDX-License-Identifier: ISC */
#ifndef FILE_H
#define FILE_H

#include "base/fault.h"
#include "base/must_use.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view;

/*
 * Reads the whole regular file `path` of at most `max` bytes into memory to be freed by
 * the caller. Returns 0 and sets *content, whose data may not be NULL even when
 * the file is empty; or -1 with "PATH: why" in *fault.
 */
MUST_USE int file_read(const char *path, size_t max, struct view *content, struct fault *fault);

/*
 * The same for a file that decides what is trusted: it must be safe (safe_path.h).
 */
MUST_USE int file_read_trusted(const char *path, size_t max, struct view *content,
			       struct fault *fault);

/*
 * Reads the whole file `path` into `data`, without another copy. It must be safe and secret
 * (safe_path.h). Returns 0 and sets *size, or -1 with "PATH: why" in *fault.
 */
MUST_USE int file_read_secret(const char *path, uint8_t *data, size_t room, size_t *size,
			      struct fault *fault);

/*
 * True when `fd` is open on a regular file.
 */
bool file_is_regular(int fd);

/*
 * True unless `fd` is known not to be a file that grows: a pipe, a socket, a terminal or another
 * device, or none. AppArmor refuses fstat(2) on a file from outside of a profile's root
 * ("disconnected path"), as with StandardError=append: of systemd.exec(5); a limit of size 0 would
 * then end the process at its first line.
 */
bool file_may_grow(int fd);

#endif
