/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "monitor/exporter.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/log_level.h"
#include "monitor/statistics.h"
#include "settings/settings.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

int
exporter_open(struct exporter *exporter, const struct settings *settings, struct fault *fault)
{
	const char *path = settings != NULL ? settings->metrics_file : NULL;
	int64_t now = clock_now();

	*exporter = (struct exporter){ .next_line = CLOCK_NEVER, .next_metrics = CLOCK_NEVER };
	exporter->metrics.directory = -1;
	if (settings != NULL)
		exporter->interval = settings->stats_interval;
	if (exporter->interval > 0)
		exporter->next_line = now + exporter->interval;
	if (metrics_open(&exporter->metrics, path, fault) < 0)
		return -1;
	if (path != NULL)
		exporter->next_metrics = now;
	return 0;
}

static void
write_metrics(struct exporter *exporter, bool serving)
{
	struct fault fault;
	bool failed = metrics_write(&exporter->metrics, &exporter->statistics, serving, &fault) < 0;

	if (failed && !exporter->failed)
		log_message(LOG_ERROR, "%s", fault.text);
	exporter->failed = failed;
}

void
exporter_advance(struct exporter *exporter, bool at_once, bool serving)
{
	int64_t now = clock_now();

	if (at_once || exporter->next_line <= now)
		statistics_log(&exporter->statistics);
	if (exporter->next_line <= now)
		exporter->next_line = now + exporter->interval;
	if (at_once && exporter->next_metrics != CLOCK_NEVER)
		exporter->next_metrics =
			clock_earlier(exporter->next_metrics, exporter->metrics_rest);
	if (exporter->next_metrics <= now) {
		write_metrics(exporter, serving);
		exporter->metrics_rest = now + EXPORTER_METRICS_REST;
		exporter->next_metrics = now + (exporter->interval > 0 ? exporter->interval
								       : EXPORTER_METRICS_INTERVAL);
	}
}

int64_t
exporter_wake(const struct exporter *exporter)
{
	return clock_earlier(exporter->next_line, exporter->next_metrics);
}

void
exporter_close(struct exporter *exporter)
{
	metrics_close(&exporter->metrics);
}
