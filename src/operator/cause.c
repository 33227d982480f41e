/* SPDX-License-Identifier: ISC */
#include "operator/cause.h"

#include <stddef.h>
#include <string.h>

static const struct cause {
	const char *words, *cure;
} causes[] = {
#define CAUSE(part, shown, words, cure) { words, cure },
#include "operator/cause.def"
#undef CAUSE
};

const char *
cause_cure(const char *reason)
{
	size_t i;

	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		if (strstr(reason, causes[i].words) != NULL)
			return causes[i].cure;
	}
	return "the reason comes from OpenSSL, libcurl or the kernel; the log of the API server "
	       "may say more";
}
