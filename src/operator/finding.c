/* SPDX-License-Identifier: ISC */
#include "operator/finding.h"

#include "base/view.h"
#include "base/writer.h"
#include "operator/terminal.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PROGRESS_MAX 70 /* columns of a line of progress, which is then blanked */

static const char *
level_name(enum finding_level level)
{
	switch (level) {
	case FINDING_OK:
		return "ok";
	case FINDING_WARNING:
		return "warning";
	case FINDING_FAILED:
		return "failed";
	}
	return "";
}

static const char *
level_colour(enum finding_level level)
{
	switch (level) {
	case FINDING_OK:
		return "\033[32m";
	case FINDING_WARNING:
		return "\033[33m";
	case FINDING_FAILED:
		return "\033[31m";
	}
	return "";
}

/* Removes a line of progress from the terminal. */
static void
end_progress(struct findings *findings)
{
	if (findings->shows_progress)
		(void)fprintf(stderr, "\r%*s\r", PROGRESS_MAX, "");
	findings->shows_progress = false;
}

/* Names the subject of a finding where the lines above do not show it. */
static void
add_place(const struct findings *findings, enum finding_level level, const char *text, char *whole,
	  size_t room)
{
	const char *endpoint = findings->endpoint, *host = findings->host;

	if (level == FINDING_OK || (endpoint == NULL && host == NULL))
		(void)snprintf(whole, room, "%s", text);
	else
		(void)snprintf(whole, room, "%s (%s%s%s)", text, endpoint != NULL ? endpoint : "",
			       endpoint != NULL && host != NULL ? ", for " : "",
			       host != NULL ? host : "");
}

static void
print_text(struct findings *findings, enum finding_level level, const char *subject,
	   const char *text, const char *cure)
{
	bool colours = terminal_has_colours();

	if (level == FINDING_FAILED && findings->failures == 0) {
		(void)snprintf(findings->text, sizeof(findings->text), "%s", text);
		(void)snprintf(findings->cure, sizeof(findings->cure), "%s",
			       cure != NULL ? cure : "");
	}
	if (findings->quiet)
		return;
	printf("%s%-8s%s %-12s %s\n", colours ? level_colour(level) : "", level_name(level),
	       colours ? "\033[0m" : "", subject, text);
	if (cure != NULL)
		printf("%22s%s\n", "", cure);
}

/* Prints "key": "value", escaped. */
static void
print_member(const char *key, const char *value, bool last)
{
	uint8_t escaped[6 * FINDING_TEXT_MAX];
	struct writer writer = { escaped, sizeof(escaped), 0, false };

	writer_json(&writer, (struct view){ (const uint8_t *)value, strlen(value) });
	printf("\"%s\": \"%.*s\"%s", key, (int)writer.size, (const char *)escaped,
	       last ? "" : ", ");
}

static void
print_json(struct findings *findings, enum finding_level level, const char *subject,
	   const char *text, const char *cure)
{
	if (findings->quiet && level == FINDING_OK)
		return;
	printf("%s\n  {", findings->printed++ == 0 ? "[" : ",");
	print_member("level", level_name(level), false);
	print_member("subject", subject, false);
	if (findings->endpoint != NULL)
		print_member("endpoint", findings->endpoint, false);
	if (findings->host != NULL)
		print_member("host", findings->host, false);
	print_member("text", text, cure == NULL);
	if (cure != NULL)
		print_member("cure", cure, true);
	printf("}");
}

void
finding_report(struct findings *findings, enum finding_level level, const char *subject,
	       const char *cure, const char *format, ...)
{
	char text[FINDING_TEXT_MAX], clean[FINDING_TEXT_MAX], whole[sizeof(findings->text)];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	terminal_clean(text, clean, sizeof(clean));
	if (level == FINDING_OK)
		cure = NULL;
	end_progress(findings);
	add_place(findings, level, clean, whole, sizeof(whole));
	if (findings->as_json)
		print_json(findings, level, subject, clean, cure);
	else
		print_text(findings, level, subject, whole, cure);
	(void)fflush(stdout); /* the next check may take some time */
	findings->count++;
	findings->warnings += level == FINDING_WARNING;
	findings->failures += level == FINDING_FAILED;
}

void
finding_progress(struct findings *findings, const char *what, size_t number, size_t count)
{
	if (findings->as_json || isatty(STDOUT_FILENO) != 1 || isatty(STDERR_FILENO) != 1)
		return;
	end_progress(findings);
	(void)fprintf(stderr, "%.20s %zu of %zu ...", what, number, count);
	findings->shows_progress = true;
}

int
finding_end(struct findings *findings)
{
	int status = findings->failures > 0 ? 1 : 0;

	end_progress(findings);
	if (findings->as_json)
		printf("%s\n]\n", findings->printed == 0 ? "[" : "");
	else if (!findings->quiet)
		printf("%u findings: %u failed, %u warnings\n", findings->count, findings->failures,
		       findings->warnings);
	else if (status != 0)
		printf("%s\n%s\n", findings->text, findings->cure);
	return status;
}
