/* SPDX-License-Identifier: ISC */
/*
 * A script: a text of records, each an '@' at the start of a line, one letter, and
 * what is up to the next such line. stage.h says which letters there are.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "base/view.h"

/*
 * The record that is next, without its '@', of which only the letter is certain to be
 * there.
 */
struct view script_next(struct view script);

/*
 * Takes the next record when its letter is among `letters`. Returns the letter, or 0,
 * with what follows it in *content.
 */
char script_take(struct view *script, const char *letters, struct view *content);

#endif
