/* SPDX-License-Identifier: ISC */
/*
 * The arguments of an attacker who wants a system call to do more than it was allowed for.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "sandbox/policy.h"

#include <linux/seccomp.h>

/*
 * Is given a call with arguments. `data` is the callee's to read until it returns.
 */
typedef void hostile_try(void *context, const struct seccomp_data *data);

/*
 * Calls `attempt` for every argument worth trying with one system call. `data` has the number and
 * architecture. With a policy the arguments start from those that satisfy its rules for `call`, and
 * differ from them in one or two.
 */
void hostile_each(struct seccomp_data data, const struct policy *policy, const char *call,
		  hostile_try *attempt, void *context);

#endif
