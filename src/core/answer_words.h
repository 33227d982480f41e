/* SPDX-License-Identifier: ISC */
/*
 * Describes a body that is not one JSON object, in words that point to the cause.
 */
#ifndef ANSWER_WORDS_H
#define ANSWER_WORDS_H

#include "base/view.h"

/*
 * Guesses what `body` is, which answer_read() has found to be ANSWER_NOT_JSON: a constant string to
 * be printed after "the answer is not one JSON object: ".
 */
const char *answer_words(struct view body);

#endif
