/* SPDX-License-Identifier: ISC */
/*
 * --check: everything that can keep the program from serving is looked at, as
 * the user that it serves as, and said in one line with its cure.
 */
#ifndef CHECK_H
#define CHECK_H

#include "monitor/monitor.h"
#include "operator/finding.h"

#include <stddef.h>

struct command_line;
struct settings;

/*
 * Looks at everything and prints what there is to say. Returns the exit status:
 * 0, or 1 when something has failed.
 */
int check_run(const struct command_line *line, const struct monitor_context *context);

/*
 * The parts of it. Each reports to *findings.
 *
 * check_machine   the user, the environment, the kernel, what confines us
 * check_files     the files that settings name: readable, and by whom
 * check_api       names, TLS, certificates, pins and contract, for each endpoint
 * check_host      the settings of an ejabberd on this machine
 */
void check_machine(struct findings *findings);
void check_files(struct findings *findings, const struct settings *settings,
		 const struct command_line *line);
void check_api(struct findings *findings, const struct settings *settings,
	       const struct monitor_context *context, size_t number);
void check_host(struct findings *findings);

#endif
