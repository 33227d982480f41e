/* SPDX-License-Identifier: ISC */
#ifndef WORKER_SURROUNDINGS_H
#define WORKER_SURROUNDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Shared by all workers of a monitor.
 */
struct worker_surroundings {
	int null;	      /* /dev/null, for a worker's standard descriptors; or -1 */
	int observer;	      /* receives a copy of every outcome (probe.h); -1: none */
	size_t only_endpoint; /* ask only this one */
	int kernel_log;	      /* see kernel_log.h; -1: none */
	uid_t uid;	      /* of all processes */
	bool bounded;	      /* the capability bounding set was emptied: confirm it */
};

#endif
