/* SPDX-License-Identifier: ISC */
/*
 * Findings: what --check reports, one line each, for an operator or a program.
 */
#ifndef FINDING_H
#define FINDING_H

#include <stdbool.h>
#include <stddef.h>

#define FINDING_TEXT_MAX 1024 /* bytes with the NUL */

enum finding_level {
	FINDING_OK,
	FINDING_WARNING, /* users can log in, but it should be changed */
	FINDING_FAILED,	 /* some or all users cannot log in */
};

/*
 * The report of --check: how it is written, and what was found so far. It starts as zeroed memory,
 * with as_json and quiet set or not.
 */
struct findings {
	bool as_json;
	bool quiet;	      /* only what is not ok; as text, only the first failure */
	const char *endpoint; /* the findings' subject, as a URL; NULL: none in particular */
	const char *host;     /* the XMPP hosts concerned; NULL: all */
	unsigned int count, warnings, failures;
	unsigned int printed;			      /* as JSON */
	bool shows_progress;			      /* a line of progress is on the terminal */
	char text[FINDING_TEXT_MAX + 700], cure[700]; /* of the first failure */
};

/*
 * Reports one finding: its subject, what was found (as by printf(3)), and for anything but
 * FINDING_OK the cure (NULL: none).
 */
void finding_report(struct findings *findings, enum finding_level level, const char *subject,
		    const char *cure, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/*
 * Shows progress on a terminal: "WHAT N of COUNT". Nothing elsewhere.
 */
void finding_progress(struct findings *findings, const char *what, size_t number, size_t count);

/*
 * Ends the report with its totals. Returns the exit status: 1 when anything has failed, else 0.
 */
int finding_end(struct findings *findings);

#endif
