/* SPDX-License-Identifier: ISC */
/*
 * Findings: what --check has to say, one line each, to people or to a program.
 */
#ifndef FINDING_H
#define FINDING_H

#include <stdbool.h>

enum finding_level {
	FINDING_OK,
	FINDING_WARNING, /* it works, but should be mended */
	FINDING_FAILED,	 /* it does not work */
};

/*
 * Where findings go. Zeroed memory, with as_json set or not, is the beginning.
 */
struct findings {
	bool as_json;
	unsigned int count, warnings, failures;
};

/*
 * Reports one finding: what was looked at, what was seen (as by printf(3)), and
 * for anything but FINDING_OK how it can be mended (NULL or constant).
 */
void finding_report(struct findings *findings, enum finding_level level, const char *subject,
		    const char *cure, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/*
 * Ends the report with its sum. Returns the exit status: 1 when anything has
 * failed, else 0.
 */
int finding_end(struct findings *findings);

#endif
