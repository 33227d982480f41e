/* SPDX-License-Identifier: ISC */
/*
 * A script: a text of records, each an '@' at the start of a line, one letter, and the text up to
 * the next such line. stage.h lists the letters.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "base/view.h"

/*
 * The next record, without its '@'; only its letter is certain to be there.
 */
struct view script_next(struct view script);

/*
 * Takes the next record when its letter is among `letters`. Returns the letter, or 0,
 * with what follows it in *content.
 */
char script_take(struct view *script, const char *letters, struct view *content);

#endif
