/* SPDX-License-Identifier: ISC */
/*
 * The monitor's own sandbox: what it, its resolvers and the workers that it
 * starts later can reach. A worker adds a tighter one of its own.
 */
#ifndef CONFINEMENT_H
#define CONFINEMENT_H

#include "settings.h"

/*
 * Seals the calling process for good: limits, no_new_privs, seccomp.
 * `may_write_files` is for a log that is a file. Returns 0, or -1 with *fault
 * set: the process must then not serve.
 */
int confinement_seal(bool may_write_files, struct fault *fault);

/*
 * Puts Landlock in force, once there are settings to base it on: reading is
 * possible only in the directories of the files that they name and in those
 * that name resolution uses, and TCP reaches only the endpoints' ports and 53.
 * Returns 0, or -1 with *fault set: the process must then not serve.
 */
int confinement_restrict(const struct settings *settings, const struct command_line *line,
			 struct fault *fault);

/*
 * Seals a resolver inside what its monitor may: neither keys nor the settings can
 * be read, TCP reaches name servers only, nothing can be started. Returns 0, or -1
 * with *fault set: the process must then not look anything up.
 */
int confinement_seal_resolver(struct fault *fault);

#endif
