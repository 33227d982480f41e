/* SPDX-License-Identifier: ISC */
/*
 * The words of a command line as sh(1) splits it: ejabberd and MongooseIM run extauth_program as
 * `sh -c "exec COMMAND"`.
 */
#ifndef SHELL_WORDS_H
#define SHELL_WORDS_H

#include "base/fault.h"
#include "base/must_use.h"

/*
 * Words like argv: list[0] to list[count - 1], followed by NULL.
 */
struct shell_words {
	int count;
	char **list;
	char *text; /* into which list points */
};

/*
 * Splits a command: blanks, quotes and backslashes (POSIX.1-2017, Shell Command Language, section
 * 2.2). Returns 0 with words to be freed by shell_words_free(); or -1 with *fault set when a quote
 * is not closed, or the shell would do more than split (variables, pipes, redirection, patterns).
 */
MUST_USE int shell_words_split(struct shell_words *words, const char *command, struct fault *fault);

/*
 * Frees what shell_words_split() made. All zeros are allowed.
 */
void shell_words_free(struct shell_words *words);

#endif
