/* SPDX-License-Identifier: ISC */
#include "monitor/afresh.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/log_level.h"

#include <stdbool.h>
#include <stdint.h>

void
afresh_begin(struct afresh *afresh)
{
	if (afresh->since != 0)
		return;
	afresh->since = clock_now();
	log_message(LOG_WARNING,
		    "the sandbox was made for other files or ports than the settings "
		    "name now: ending between two frames, so that the server starts the "
		    "program afresh");
}

bool
afresh_is_due(const struct afresh *afresh, int64_t started, bool served, int64_t heard)
{
	int64_t now = clock_now(), life = served ? AFRESH_LIFE_MIN : AFRESH_LIFE_UNSERVED;

	if (afresh->since == 0 || now - started < life)
		return false;
	return now - heard >= AFRESH_QUIET || now - afresh->since >= AFRESH_QUIET_MAX;
}

int64_t
afresh_wake(const struct afresh *afresh)
{
	return afresh->since == 0 ? CLOCK_NEVER : clock_now() + AFRESH_QUIET;
}
