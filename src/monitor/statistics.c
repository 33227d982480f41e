/* SPDX-License-Identifier: ISC */
#include "monitor/statistics.h"

#include "base/log.h"
#include "base/log_level.h"
#include "base/view.h"
#include "base/writer.h"
#include "core/operation.h"
#include "core/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * The first eight microseconds have a class each; from there on the three bits
 * behind the highest one choose among the eight classes of a doubling.
 */
void
statistics_note_reload(struct statistics *statistics, bool succeeded)
{
	statistics->last_reload = (uint64_t)time(NULL);
	statistics->reload_failed = !succeeded;
}

size_t
statistics_class(uint64_t latency)
{
	unsigned int shift = 0;
	size_t class;

	while (latency >> shift >= 2 * STATISTICS_CLASSES_PER_DOUBLING)
		shift++;
	class = (size_t)(latency >> shift) + (size_t)shift * STATISTICS_CLASSES_PER_DOUBLING;
	return class < STATISTICS_CLASSES ? class : STATISTICS_CLASSES - 1;
}

uint64_t
statistics_class_end(size_t class)
{
	size_t shift = 0;

	if (class >= 2 * STATISTICS_CLASSES_PER_DOUBLING)
		shift = class / STATISTICS_CLASSES_PER_DOUBLING - 1;
	return (uint64_t)(class - shift * STATISTICS_CLASSES_PER_DOUBLING + 1) << shift;
}

void
statistics_note_latency(struct statistics *statistics, int64_t latency)
{
	uint64_t value = latency > 0 ? (uint64_t)latency : 0;

	statistics->latency[statistics_class(value)]++;
	statistics->latency_sum += value;
	if (value > statistics->latency_max)
		statistics->latency_max = value;
}

uint64_t
statistics_quantile(const struct statistics *statistics, unsigned int per_mille)
{
	uint64_t total = 0, seen = 0;
	size_t i;

	for (i = 0; i < STATISTICS_CLASSES; i++)
		total += statistics->latency[i];
	if (total == 0)
		return 0;
	for (i = 0; i < STATISTICS_CLASSES - 1; i++) {
		seen += statistics->latency[i];
		if (seen * 1000 >= total * per_mille)
			break;
	}
	return statistics_class_end(i);
}

static void
log_counter(struct log_line *line, const char *key, const uint64_t *counter)
{
	log_number(line, key, (int64_t)*counter);
}

/* "granted/refused/unavailable" of one operation. */
static void
log_operation(struct log_line *line, const struct statistics *statistics, enum operation operation)
{
	const uint64_t *counters = statistics->requests[operation];
	uint8_t text[80];
	struct writer writer = { text, sizeof(text), 0, false };

	writer_number(&writer, counters[VERDICT_GRANTED]);
	writer_byte(&writer, '/');
	writer_number(&writer, counters[VERDICT_REFUSED]);
	writer_byte(&writer, '/');
	writer_number(&writer, counters[VERDICT_UNAVAILABLE]);
	log_view(line, operation_name(operation), (struct view){ text, writer.size });
}

void
statistics_log(const struct statistics *statistics)
{
	struct log_line line;
	unsigned int i;

	if (!log_begin(&line, LOG_NOTICE, "statistics"))
		return;
	for (i = 0; i < OPERATION_COUNT; i++)
		log_operation(&line, statistics, (enum operation)i);
	log_counter(&line, "refused_locally", &statistics->refused_locally);
	log_counter(&line, "malformed", &statistics->malformed);
	log_counter(&line, "short_circuited", &statistics->short_circuited);
	log_counter(&line, "attempts", &statistics->attempts);
	log_counter(&line, "connections", &statistics->connections);
	log_number(&line, "p50_us", (int64_t)statistics_quantile(statistics, 500));
	log_number(&line, "p99_us", (int64_t)statistics_quantile(statistics, 990));
	log_counter(&line, "max_us", &statistics->latency_max);
	log_counter(&line, "breakers_open", &statistics->breakers_open);
	log_counter(&line, "replacements", &statistics->replacements);
	log_number(&line, "log_lines_lost_total", (int64_t)log_lines_lost());
	log_end(&line);
}
