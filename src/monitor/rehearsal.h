/* SPDX-License-Identifier: ISC */
/*
 * Rehearses in another process what the monitor does first after it is sealed: a library that makes
 * a call which the policy lacks would get the monitor killed without a message.
 */
#ifndef REHEARSAL_H
#define REHEARSAL_H

#include "base/must_use.h"

struct command_line;
struct fault;
struct policy;

/*
 * Seals a child with the policies, a list that ends with NULL, and lets it read the settings that
 * `line` names, unless that is NULL, wait for a message, and fork. Returns 0, or -1 with *fault set
 * when the policies would have killed it: the fault names the call and the libraries.
 */
MUST_USE int rehearsal_run(const struct policy *const *policies, const struct command_line *line,
			   struct fault *fault);

#endif
