/* SPDX-License-Identifier: ISC */
/*
 * The monitor's own sandbox: what it, its resolvers and the workers that it
 * starts later can reach. A worker adds a tighter one of its own.
 */
#ifndef CONFINEMENT_H
#define CONFINEMENT_H

#include "base/must_use.h"

#include <stdbool.h>

struct command_line;
struct fault;
struct policy;
struct settings;

/*
 * What the monitor writes to, other than pipes and sockets.
 */
struct confinement_outputs {
	const struct policy *log; /* needed to open the log again; NULL: nothing */
	bool metrics;		  /* files are renamed */
	bool files;		  /* open files are written to: log, standard error, replies */
};

/*
 * Loads the modules that the "hosts:" line of nsswitch.conf(5) names, for this process and the
 * resolvers that it starts. The C library would load them at the first lookup, when mapping code is
 * forbidden. Resolvers may talk to daemons of this machine only if one of the modules does, or nscd
 * runs.
 */
void confinement_load_names(void);

/*
 * Seals the calling process for good: resource limits, no_new_privs and seccomp, the latter after a
 * rehearsal with the settings of `line` (rehearsal.h). Returns 0, or -1 with *fault set: the
 * process must then not serve.
 */
MUST_USE int confinement_seal(const struct confinement_outputs *outputs,
			      const struct command_line *line, struct fault *fault);

/*
 * Puts Landlock in force, once there are settings to base it on: allows reading only in the
 * directories of the files that they name and in those of name resolution, writing only in those of
 * the log and the metrics, and TCP only to the endpoints' ports and 53. Returns 0, or -1 with
 * *fault set: the process must then not serve.
 */
MUST_USE int confinement_restrict(const struct settings *settings, const struct command_line *line,
				  struct fault *fault);

/*
 * Whether connections to every endpoint of `settings`, which were read later, are possible inside
 * what confinement_restrict() has put in force. Returns 0, or -1 with *fault set.
 */
MUST_USE int confinement_reaches(const struct settings *settings, struct fault *fault);

/*
 * Seals a resolver, inside its monitor's seal: it can read neither keys nor settings, reach only
 * name servers by TCP, and start nothing. Returns 0, or -1 with *fault set: the process must then
 * not look anything up.
 */
MUST_USE int confinement_seal_resolver(struct fault *fault);

#endif
