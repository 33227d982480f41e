/* SPDX-License-Identifier: ISC */
#include "sandbox/libraries.h"

#include "base/writer.h"

#include <curl/curl.h>
#include <features.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The C library: its name, the versions that the suites passed with, and its own version. */
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#define LIBC_NAME    "glibc"
#define LIBC_FIRST   2, 36
#define LIBC_LAST    2, 43
#define LIBC_VERSION gnu_get_libc_version()
#else
#define LIBC_NAME    "musl"
#define LIBC_FIRST   1, 2
#define LIBC_LAST    1, 2
/* musl tells its version only to a static program, for which this is not hidden. */
extern const char __libc_version[] __attribute__((weak));
#define LIBC_VERSION (__libc_version != NULL ? __libc_version : "of unknown version")
#endif

#define LIBRARIES 3

/* The first two numbers of a version. */
struct release {
	unsigned long major, minor;
};

struct library {
	const char *name;
	struct release first, last; /* that the suites passed with: make check-releases */
	const char *version;
};

/* From Debian 12 to sid of November 2026. */
static struct library libraries[LIBRARIES] = {
	{ LIBC_NAME, { LIBC_FIRST }, { LIBC_LAST }, "" },
	{ "libcurl", { 7, 88 }, { 8, 23 }, "" },
	{ "OpenSSL", { 3, 0 }, { 3, 6 }, "" },
};

const char *
libraries_libc(const char **version)
{
	*version = LIBC_VERSION;
	return LIBC_NAME;
}

void
libraries_load(void)
{
	const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
	const char *tls = curl->ssl_version != NULL ? strchr(curl->ssl_version, '/') : NULL;

	libraries[0].version = LIBC_VERSION;
	libraries[1].version = curl->version;
	libraries[2].version = tls != NULL ? tls + 1 : "0";
}

static struct release
release_of(const char *version)
{
	struct release release;
	char *end;

	release.major = strtoul(version, &end, 10);
	release.minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;
	return release;
}

static bool
is_before(struct release one, struct release other)
{
	return one.major < other.major || (one.major == other.major && one.minor < other.minor);
}

static void
write_release(struct writer *writer, struct release release)
{
	writer_number(writer, release.major);
	writer_byte(writer, '.');
	writer_number(writer, release.minor);
}

static void
write_library(struct writer *writer, const struct library *library)
{
	if (writer->size > 0)
		writer_text(writer, ", ");
	writer_text(writer, library->name);
	writer_byte(writer, ' ');
	writer_text(writer, library->version);
}

void
libraries_list(char text[LIBRARIES_TEXT_MAX])
{
	struct writer writer = { (uint8_t *)text, LIBRARIES_TEXT_MAX - 1, 0, false };
	size_t i;

	for (i = 0; i < LIBRARIES; i++)
		write_library(&writer, &libraries[i]);
	text[writer.size] = '\0';
}

size_t
libraries_untested(char text[LIBRARIES_TEXT_MAX])
{
	struct writer writer = { (uint8_t *)text, LIBRARIES_TEXT_MAX - 1, 0, false };
	size_t i, count = 0;

	for (i = 0; i < LIBRARIES; i++) {
		const struct library *library = &libraries[i];
		struct release release = release_of(library->version);

		if (!is_before(release, library->first) && !is_before(library->last, release))
			continue;
		write_library(&writer, library);
		writer_text(&writer, " (tested: ");
		write_release(&writer, library->first);
		writer_text(&writer, " to ");
		write_release(&writer, library->last);
		writer_byte(&writer, ')');
		count++;
	}
	if (count == 0)
		writer_text(&writer, "none");
	text[writer.size] = '\0';
	return count;
}
