/* SPDX-License-Identifier: ISC */
/*
 * What --ask prints of a request's outcome.
 */
#ifndef ASK_PRINT_H
#define ASK_PRINT_H

#include <stdbool.h>

struct probe_result;
struct settings;

/*
 * Prints verdict, reply and details, as lines for an operator or as one JSON object. Nothing is
 * allocated: the process may be sealed.
 */
void ask_print(const struct settings *settings, const struct probe_result *result, bool as_json);

#endif
