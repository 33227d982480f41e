/* SPDX-License-Identifier: ISC */
/*
 * What the monitor does to a worker, noted instead of done.
 */
#ifndef DEEDS_H
#define DEEDS_H

#include "settings/endpoint.h"
#include "settings/settings.h"

#define DEEDS_PID 1234567 /* of a worker that does not exist */

extern struct deeds {
	size_t killed;
	size_t confirmed;	       /* checked, and found to be sealed */
	const struct endpoint *wanted; /* the endpoint last requested of the connector */
} deeds;

#endif
