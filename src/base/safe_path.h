/* SPDX-License-Identifier: ISC */
/*
 * Safe paths: files that decide what is trusted, or that contain secrets, are accepted only where
 * no other user can have put them. OpenSSH demands the same of authorized_keys (StrictModes of
 * sshd_config(5)): the file, every directory above it and every symbolic link on the way must
 * belong to root or to the user that this process runs as, and no other user may be able to write
 * to them. In a directory with the sticky bit, such as /tmp, others can write, but not replace what
 * belongs to us.
 */
#ifndef SAFE_PATH_H
#define SAFE_PATH_H

#include "base/fault.h"
#include "base/must_use.h"

#include <stdbool.h>

enum safe_path_kind {
	SAFE_PATH_PUBLIC, /* every user may read it */
	SAFE_PATH_SECRET, /* only root, our user and its groups may read it */
};

/*
 * Remembers as which user and groups this process runs, and whether its user namespace hides who
 * root is. Must be called before safe_path_open(), and again after the user has changed; never
 * after the seal.
 */
void safe_path_note_user(void);

/*
 * True when safe_path_open() has met, since the last call of this, a file which our user may read
 * but this process may not: its sandbox was made for other places.
 */
bool safe_path_met_seal(void);

/*
 * Opens a regular file for reading, without blocking. `path` is
 * absolute. Returns a descriptor, or -1 with a line in *fault that names the path
 * and, when it is not safe, the command that fixes it.
 */
MUST_USE int safe_path_open(const char *path, enum safe_path_kind kind, struct fault *fault);

#endif
