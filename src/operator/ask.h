/* SPDX-License-Identifier: ISC */
/*
 * --ask: one request, to show an operator what would happen.
 */
#ifndef ASK_H
#define ASK_H

struct command_line;

struct monitor_context;

/*
 * The exit statuses beside those of a usage error.
 */
enum ask_status {
	ASK_GRANTED = 0,
	ASK_REFUSED = 1,
	ASK_UNAVAILABLE = 2,
};

/*
 * Asks what the command line says. A password is read from the terminal without
 * echo, or as the first line of standard input when that is none. Prints the
 * verdict and how it came about, and returns the exit status.
 */
int ask_run(const struct command_line *line, const struct monitor_context *context);

#endif
