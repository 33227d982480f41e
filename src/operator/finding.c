/* SPDX-License-Identifier: ISC */
#include "operator/finding.h"

#include "base/view.h"
#include "base/writer.h"
#include "operator/terminal.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 1024 /* bytes */

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

static void
print_text(enum finding_level level, const char *subject, const char *text, const char *cure)
{
	bool colours = terminal_has_colours();

	printf("%s%-8s%s %-12s %s\n", colours ? level_colour(level) : "", level_name(level),
	       colours ? "\033[0m" : "", subject, text);
	if (cure != NULL)
		printf("%22s%s\n", "", cure);
}

/* Prints "key": "value", escaped. */
static void
print_member(const char *key, const char *value, bool last)
{
	uint8_t escaped[6 * TEXT_MAX];
	struct writer writer = { escaped, sizeof(escaped), 0, false };

	writer_json(&writer, (struct view){ (const uint8_t *)value, strlen(value) });
	printf("\"%s\": \"%.*s\"%s", key, (int)writer.size, (const char *)escaped,
	       last ? "" : ", ");
}

static void
print_json(const struct findings *findings, enum finding_level level, const char *subject,
	   const char *text, const char *cure)
{
	printf("%s\n  {", findings->count == 0 ? "[" : ",");
	print_member("level", level_name(level), false);
	print_member("subject", subject, false);
	print_member("text", text, cure == NULL);
	if (cure != NULL)
		print_member("cure", cure, true);
	printf("}");
}

void
finding_report(struct findings *findings, enum finding_level level, const char *subject,
	       const char *cure, const char *format, ...)
{
	char text[TEXT_MAX], clean[TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	terminal_clean(text, clean, sizeof(clean));
	if (level == FINDING_OK)
		cure = NULL;
	if (findings->as_json)
		print_json(findings, level, subject, clean, cure);
	else
		print_text(level, subject, clean, cure);
	(void)fflush(stdout); /* what follows may take its time */
	findings->count++;
	findings->warnings += level == FINDING_WARNING;
	findings->failures += level == FINDING_FAILED;
}

int
finding_end(struct findings *findings)
{
	if (findings->as_json)
		printf("%s\n]\n", findings->count == 0 ? "[" : "");
	else
		printf("%u findings: %u failed, %u warnings\n", findings->count, findings->failures,
		       findings->warnings);
	return findings->failures > 0 ? 1 : 0;
}
