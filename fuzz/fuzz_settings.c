/* SPDX-License-Identifier: ISC */
/*
 * A settings file, from its text to checked settings. The input is the text, after what failures.h
 * describes.
 */
#include "fuzz.h"

#include "failures.h"
#include "promises.h"

#include "base/fault.h"
#include "settings/command_line.h"

static struct view text;

/* Replaces the function in file.c. */
int __wrap_file_read(const char *path, size_t max, struct view *content, struct fault *fault);

int
__wrap_file_read(const char *path, size_t max, struct view *content, struct fault *fault)
{
	uint8_t *copy = malloc(text.size);

	if (copy == NULL)
		return fault_set(fault, "%s: out of memory", path);
	memcpy(copy, text.data, text.size < max ? text.size : max);
	*content = (struct view){ copy, text.size };
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[] = "extauth-https", *arguments[] = { name, NULL };
	struct command_line line = { .file = "/s.json", .argc = 1, .argv = arguments };
	struct fault fault = { "" };
	struct settings *settings;

	text = (struct view){ data, size };
	(void)failures_start(&text);
	settings = settings_load(&line, &fault);
	failures_stop();
	if (settings == NULL) {
		MUST(fault.text[0] != '\0' && strchr(fault.text, '\n') == NULL);
		return 0;
	}
	promises_check(settings, text);
	settings_free(settings);
	return 0;
}
