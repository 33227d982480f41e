/* SPDX-License-Identifier: ISC */
/*
 * The user as an outcome, and so the log, shows it: the name, or a hash of it. With log_users hash
 * the name never leaves the worker.
 */
#ifndef USER_NAME_H
#define USER_NAME_H

#include "base/log_level.h"
#include "base/must_use.h"
#include "base/view.h"

#include <stdint.h>

struct fault;
struct request;

#define USER_NAME_KEY_SIZE  32 /* bytes */
#define USER_NAME_HASH_SIZE 8  /* bytes of a hash that are shown: enough to tell users apart */

struct user_name {
	enum log_users shown;
	uint8_t key[USER_NAME_KEY_SIZE];
	uint8_t text[2 * USER_NAME_HASH_SIZE]; /* the last hash, in hexadecimal */
};

/*
 * Prepares *name; must run before the sandbox is sealed. The key of the hashes is made from
 * /etc/machine-id, so that it is the same for all programs of a machine and cannot be guessed
 * elsewhere; without that file it lasts until the next boot. Returns 0, or -1 with *fault set.
 */
MUST_USE int user_name_open(struct user_name *name, enum log_users shown, struct fault *fault);

/*
 * The name or hash of the user of `request`, until the next call. Empty when a hash cannot be made.
 */
struct view user_name_of(struct user_name *name, const struct request *request);

#endif
