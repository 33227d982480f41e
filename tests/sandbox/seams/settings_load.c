/* SPDX-License-Identifier: ISC */
/* A library newer than the policies: it makes a call that none of them knows, wherever settings
 * are read, and reports an untested version. */
#define _DEFAULT_SOURCE
#include "base/fault.h"
#include "settings/settings.h"

#include <features.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

struct settings *__real_settings_load(const struct command_line *line, struct fault *fault);
struct settings *__wrap_settings_load(const struct command_line *line, struct fault *fault);

struct settings *
__wrap_settings_load(const struct command_line *line, struct fault *fault)
{
	int timer = timerfd_create(CLOCK_MONOTONIC, 0);

	if (timer >= 0)
		(void)close(timer);
	return __real_settings_load(line, fault);
}

#ifdef __GLIBC__
#include <gnu/libc-version.h>

const char *
gnu_get_libc_version(void)
{
	return "2.99";
}
#else
const char __libc_version[] = "2.99";
#endif
