/* SPDX-License-Identifier: ISC */
/*
 * The XMPP server of this machine: its configuration file, and the user it runs as.
 */
#ifndef SERVER_FIND_H
#define SERVER_FIND_H

#include "base/fault.h"
#include "base/must_use.h"

#include <stdbool.h>
#include <sys/types.h>

#define SERVER_PATH_MAX 4096 /* bytes with the NUL */

/* Instead of a file's name: no server is checked. */
#define SERVER_FIND_NONE "none"

struct server_place {
	char path[SERVER_PATH_MAX]; /* of its configuration; "": not found */
	pid_t process;		    /* that runs with it; 0: not found */
	bool has_user;		    /* `user` is known */
	uid_t user;		    /* as which it runs, or would run */
};

/*
 * Finds the server: by the configuration `named`, unless it is NULL; by a process that names one in
 * its environment; or where packages put one. Its user is that of the process, else the owner of
 * the configuration unless that is root, else the account with the server's name.
 */
void server_find(struct server_place *place, const char *named);

/*
 * The newest ejabberd that is installed where packages and installers put it: 100 * year + month,
 * so 2310 for 23.10. 0: none was found.
 */
int server_installed_ejabberd(void);

/*
 * Started as root: becomes the server's user, with all of that user's groups. Returns 0, or -1 with
 * *fault set.
 */
MUST_USE int server_become_user(const struct server_place *place, struct fault *fault);

/*
 * Where the server's standard error leads, according to /proc ("/dev/null", "pipe:[1234]"). "" when
 * it cannot be read.
 */
void server_error_target(const struct server_place *place, char target[SERVER_PATH_MAX]);

#endif
