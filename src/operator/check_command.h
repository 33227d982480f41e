/* SPDX-License-Identifier: ISC */
#ifndef CHECK_COMMAND_H
#define CHECK_COMMAND_H

#include <stddef.h>

struct findings;
struct monitor_context;
struct server_config;
struct server_place;
struct settings;

/*
 * What a command of the server is compared with.
 */
struct command_check {
	struct settings *checked; /* that were checked already; NULL: none */
	const struct monitor_context *context;
	const struct server_place *place;
};

/*
 * Checks the command that the server starts for this host, and for all others with the same one:
 * the program's file, its settings if they are not those that were checked, whether there is an API
 * for each host, and whether it replies when it is started as the server does. Reported once for
 * hosts with the same command.
 */
void check_command(struct findings *findings, const struct command_check *check,
		   const struct server_config *config, size_t number);

#endif
