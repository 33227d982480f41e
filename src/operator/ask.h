/* SPDX-License-Identifier: ISC */
/*
 * --ask: one request, to show an operator what happens.
 */
#ifndef ASK_H
#define ASK_H

struct command_line;

struct monitor_context;

/*
 * Exit statuses besides that of a usage error.
 */
enum ask_status {
	ASK_GRANTED = 0,
	ASK_REFUSED = 1,
	ASK_UNAVAILABLE = 2,
};

/*
 * Sends the request of the command line. A password is read from the terminal without echo, or as
 * the first line of standard input if that is not a terminal. Prints verdict, reply and details,
 * and returns the exit status.
 */
int ask_run(const struct command_line *line, const struct monitor_context *context);

#endif
