/* SPDX-License-Identifier: ISC */
#include "monitor/afresh.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/log_level.h"
#include "base/recent.h"

#include <stdbool.h>
#include <stdint.h>

void
afresh_begin(struct afresh *afresh)
{
	if (afresh->since != 0)
		return;
	afresh->since = clock_now();
	log_message(LOG_WARNING,
		    "the sandbox does not cover the files or ports that the settings name now: "
		    "ending between two frames, so that the server starts the program again");
}

void
afresh_suspect(struct afresh *afresh)
{
	if (!recent_exceeds(&afresh->suspicions, AFRESH_SUSPICIONS_MAX - 1, AFRESH_HOUR,
			    clock_now()) ||
	    afresh->guessed)
		return;
	afresh->guessed = true;
	log_message(
		LOG_ERROR,
		"too many workers died in ways that an attempted exploit can cause: ending between "
		"two frames, so that the server starts a program with another memory layout");
}

bool
afresh_is_due(const struct afresh *afresh, int64_t started, bool served, int64_t heard)
{
	int64_t now = clock_now(), life = served ? AFRESH_LIFE_MIN : AFRESH_LIFE_UNSERVED;

	if (afresh->guessed && now - started >= AFRESH_LIFE_MIN)
		return true;
	if (afresh->since == 0 || now - started < life)
		return false;
	return now - heard >= AFRESH_QUIET || now - afresh->since >= AFRESH_QUIET_MAX;
}

int64_t
afresh_wake(const struct afresh *afresh)
{
	return afresh->since == 0 && !afresh->guessed ? CLOCK_NEVER : clock_now() + AFRESH_QUIET;
}
