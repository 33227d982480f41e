/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "monitor/report.h"

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
report_open(struct report *report, const struct settings *settings, struct fault *fault)
{
	const char *path = settings != NULL ? settings->metrics_file : NULL;
	int64_t now = clock_now();

	*report = (struct report){ .next_line = CLOCK_NEVER, .next_metrics = CLOCK_NEVER };
	report->metrics.directory = -1;
	if (settings != NULL)
		report->interval = settings->stats_interval;
	if (report->interval > 0)
		report->next_line = now + report->interval;
	if (metrics_open(&report->metrics, path, fault) < 0)
		return -1;
	if (path != NULL)
		report->next_metrics = now;
	return 0;
}

static void
write_metrics(struct report *report, bool serving)
{
	struct fault fault;
	bool failed = metrics_write(&report->metrics, &report->statistics, serving, &fault) < 0;

	if (failed && !report->failed)
		log_message(LOG_ERROR, "%s", fault.text);
	report->failed = failed;
}

void
report_advance(struct report *report, bool asked, bool serving)
{
	int64_t now = clock_now();

	if (asked || report->next_line <= now)
		statistics_log(&report->statistics);
	if (report->next_line <= now)
		report->next_line = now + report->interval;
	if (asked && report->next_metrics != CLOCK_NEVER)
		report->next_metrics = clock_earlier(report->next_metrics, report->metrics_rest);
	if (report->next_metrics <= now) {
		write_metrics(report, serving);
		report->metrics_rest = now + REPORT_METRICS_REST;
		report->next_metrics =
			now + (report->interval > 0 ? report->interval : REPORT_METRICS_INTERVAL);
	}
}

int64_t
report_wake(const struct report *report)
{
	return clock_earlier(report->next_line, report->next_metrics);
}

void
report_close(struct report *report)
{
	metrics_close(&report->metrics);
}
