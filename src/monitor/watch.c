/* SPDX-License-Identifier: ISC */
#define _DEFAULT_SOURCE
#include "monitor/watch.h"

#include "base/clock.h"
#include "settings/api.h"
#include "settings/command_line.h"
#include "settings/setting.h"
#include "settings/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* FNV-1a, 64 bits: enough to notice a change. */
#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)

static void
mix(uint64_t *hash, uint64_t value)
{
	int i;

	for (i = 0; i < 8; i++) {
		*hash = (*hash ^ (value & 0xFF)) * HASH_PRIME;
		value >>= 8;
	}
}

static void
mix_file(uint64_t *hash, const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0) {
		mix(hash, 0); /* missing: that is a change, too */
		return;
	}
	mix(hash, (uint64_t)status.st_dev);
	mix(hash, (uint64_t)status.st_ino);
	mix(hash, (uint64_t)status.st_size);
	mix(hash, (uint64_t)status.st_mtim.tv_sec);
	mix(hash, (uint64_t)status.st_mtim.tv_nsec);
	mix(hash, (uint64_t)status.st_ctim.tv_sec);
	mix(hash, (uint64_t)status.st_ctim.tv_nsec);
}

uint64_t
watch_mark(const char *path)
{
	uint64_t hash = HASH_START;

	mix_file(&hash, path);
	return hash;
}

static void
mix_api(uint64_t *hash, const struct api *api)
{
	const char *path;
	size_t next = 0;

	while (setting_next_file(api, &next, &path) != NULL)
		mix_file(hash, path);
}

static uint64_t
fingerprint(const struct settings *settings, const struct command_line *line)
{
	uint64_t hash = HASH_START;
	size_t i;

	if (line->file != NULL)
		mix_file(&hash, line->file);
	for (i = 0; i < settings_api_count(settings); i++)
		mix_api(&hash, settings_api(settings, i));
	return hash;
}

void
watch_note(struct watch *watch, const struct settings *settings, const struct command_line *line)
{
	watch->in_force = watch->seen = fingerprint(settings, line);
	watch->next = clock_now() + WATCH_INTERVAL;
}

bool
watch_look(struct watch *watch, const struct settings *settings, const struct command_line *line)
{
	uint64_t before = watch->seen;

	if (clock_now() < watch->next)
		return false;
	watch->seen = fingerprint(settings, line);
	watch->next = clock_now() + WATCH_INTERVAL;
	if (watch->seen == watch->in_force || watch->seen != before)
		return false;
	watch->in_force = watch->seen;
	return true;
}
