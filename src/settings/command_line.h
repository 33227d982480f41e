/* SPDX-License-Identifier: ISC */
/*
 * The command line: the mode, and options, which override the settings file.
 */
#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include "base/fault.h"
#include "base/must_use.h"

#include <stdbool.h>

struct settings;

/*
 * The mode that the command line selects.
 */
enum mode {
	MODE_SERVE,
	MODE_HELP,
	MODE_VERSION,
	MODE_PRINT_POLICY,
	MODE_ASK,
	MODE_CHECK,
	MODE_SYNTAX,
};

/*
 * The command line, read but not yet applied, so that a reload can apply it again over a file that
 * has changed.
 */
struct command_line {
	enum mode mode;
	const char *file;			 /* -c FILE, or NULL */
	const char *ask_operation, *ask_account; /* --ask OPERATION USER@HOST */
	const char *server_config;		 /* --server-config FILE, with --check; or NULL */
	bool as_json;				 /* --json, with --check or --ask */
	bool quiet;				 /* -q, with --check */
	bool has_settings; /* there is a file, or an option that is a setting */
	int argc;
	char **argv;
};

/*
 * Reads the mode and the file's name out of argv, which must outlive the
 * result. Returns 0, or -1 with a line for the operator in *fault.
 */
MUST_USE int command_line_read(struct command_line *line, int argc, char **argv,
			       struct fault *fault);

/*
 * Applies the options to *settings. Returns 0, or -1 with a line for the operator in *fault.
 */
MUST_USE int command_line_apply(const struct command_line *line, struct settings *settings,
				struct fault *fault);

/*
 * Prints the usage to standard output.
 */
void command_line_help(void);

#endif
