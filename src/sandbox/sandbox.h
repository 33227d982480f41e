/* SPDX-License-Identifier: ISC */
/*
 * The sandbox of a process: resource limits, no way to new privileges, and a
 * seccomp filter made of a policy. Every step is fatal when it fails; there is
 * no weaker mode. Landlock is beside it, in landlock.h.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "base/fault.h"
#include "base/must_use.h"

#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct policy;

/*
 * What a process may still use.
 */
struct sandbox_limits {
	unsigned int descriptors; /* RLIMIT_NOFILE */
	bool may_fork;		  /* false: RLIMIT_NPROC 0 */
	bool may_write_files;	  /* false: RLIMIT_FSIZE 0 */
	size_t memory;		  /* bytes besides what is mapped now: RLIMIT_AS; 0: no limit */
	unsigned int cpu;	  /* seconds in all: RLIMIT_CPU; 0: no limit */
};

/*
 * Sets the limits, forbids core files, makes the process undumpable (so that
 * no process of the same user can trace it or read its memory) and sets
 * no_new_privs. Returns 0, or -1 with *fault set.
 */
MUST_USE int sandbox_limit(const struct sandbox_limits *limits, struct fault *fault);

/*
 * Makes the filter of the policies, a list that ends with NULL: what a rule of any
 * of them allows is allowed. `arch` is the architecture it is for, SCMP_ARCH_...
 * of seccomp.h. The caller frees it with seccomp_release(). Returns NULL with
 * *fault set when that fails.
 */
MUST_USE scmp_filter_ctx sandbox_filter(const struct policy *const *policies, uint32_t arch,
					struct fault *fault);

/*
 * Puts the policies, a list that ends with NULL, in force for the rest of the process's life, and
 * of its children's, in addition to those in force already. Returns 0, or -1 with *fault set.
 */
MUST_USE int sandbox_seal(const struct policy *const *policies, struct fault *fault);

/*
 * The same for a process that finds out what the policies would kill it for: a forbidden call of
 * its own, or of its children, is not run but ends it, after its number, an int, was written to
 * `caught`.
 */
MUST_USE int sandbox_rehearse(const struct policy *const *policies, int caught,
			      struct fault *fault);

/*
 * What this build does at a forbidden call, as a verb phrase for --version.
 */
const char *sandbox_violation_text(void);

#endif
