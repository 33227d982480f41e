/* SPDX-License-Identifier: ISC */
/*
 * --check: checks everything that can keep users from logging in, as the XMPP server's user,
 * and reports each finding in one line with its cure.
 */
#ifndef CHECK_H
#define CHECK_H

struct command_line;
struct findings;
struct monitor_context;
struct server_place;
struct settings;

/*
 * Checks everything and prints the findings. Returns the exit status: 0, or 1 when something has
 * failed, or 2 when there is nothing to check.
 */
int check_run(const struct command_line *line, const struct monitor_context *context,
	      const struct server_place *place);

/*
 * The parts of it. Each reports to *findings.
 *
 * check_machine   the user, the environment, the kernel, what confines us
 * check_settings  each setting, and all that follows
 * check_files     the files that settings name: readable, and by which users
 * check_log       log and counters: writable, with space, and not lost
 * check_apis      names, TLS, certificates, pins and contract, for each endpoint
 * check_server    the configuration of the server on this machine, and what it starts;
 *                 `checked` has the settings that were checked before, or is NULL
 */
void check_machine(struct findings *findings, const struct server_place *place);
void check_settings(struct findings *findings, struct settings *settings,
		    const struct monitor_context *context, const struct server_place *place);
void check_files(struct findings *findings, const struct settings *settings,
		 const struct command_line *line);
void check_log(struct findings *findings, const struct settings *settings,
	       const struct server_place *place);
void check_apis(struct findings *findings, const struct settings *settings,
		const struct monitor_context *context);
void check_server(struct findings *findings, struct settings *checked,
		  const struct monitor_context *context, const struct server_place *place);

#endif
