/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "monitor/metrics.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/log_level.h"
#include "base/version.h"
#include "core/operation.h"
#include "core/verdict.h"
#include "monitor/statistics.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SUFFIX	  ".prom"
#define FILE_MODE 0644 /* they hold no secret, and the collector is another user */

/* When metrics were opened: to the second the start of the program. */
static time_t started;

/* Opens one file of a slot and locks it. -1 when another program has the lock. */
static int
open_locked(int directory, const char *name)
{
	int fd = openat(directory, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int reason = errno;

		(void)close(fd);
		errno = reason;
		return -1;
	}
	return fd;
}

/* Takes the first free slot. The lock is on both files, because they exchange names. */
static int
take_slot(struct metrics *metrics, const char *stem)
{
	int cause;

	for (metrics->slot = 0; metrics->slot < METRICS_SLOTS; metrics->slot++) {
		(void)snprintf(metrics->names[0], METRICS_NAME_MAX, "%s.%u" SUFFIX, stem,
			       metrics->slot);
		(void)snprintf(metrics->names[1], METRICS_NAME_MAX, "%s.%u" SUFFIX ".next", stem,
			       metrics->slot);
		metrics->files[0] = open_locked(metrics->directory, metrics->names[0]);
		if (metrics->files[0] >= 0) {
			metrics->files[1] = open_locked(metrics->directory, metrics->names[1]);
			if (metrics->files[1] >= 0)
				return 0;
			cause = errno; /* close(2) may change it */
			(void)close(metrics->files[0]);
			errno = cause;
		}
		if (errno != EWOULDBLOCK)
			return -1;
	}
	return -1;
}

int
metrics_open(struct metrics *metrics, const char *path, struct fault *fault)
{
	char directory[PATH_MAX], stem[METRICS_NAME_MAX - 32];
	const char *slash;
	size_t length;

	*metrics = (struct metrics){ .directory = -1, .files = { -1, -1 } };
	started = time(NULL);
	if (path == NULL)
		return 0;
	slash = strrchr(path, '/');
	length = slash == NULL ? 0 : strlen(slash + 1);
	if (length <= strlen(SUFFIX) || length >= sizeof(stem) ||
	    strcmp(slash + 1 + length - strlen(SUFFIX), SUFFIX) != 0)
		return fault_set(fault, "%s: the name of a metrics_file must end in " SUFFIX, path);
	(void)snprintf(stem, sizeof(stem), "%.*s", (int)(length - strlen(SUFFIX)), slash + 1);
	(void)snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path + 1), path);
	metrics->directory = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (metrics->directory >= 0 && take_slot(metrics, stem) == 0)
		return 0;
	(void)fault_set(fault, "%s: cannot be written: %s", path, strerror(errno));
	if (metrics->directory >= 0)
		(void)close(metrics->directory);
	metrics->directory = -1;
	return -1;
}

/* --- the text: https://prometheus.io/docs/instrumenting/exposition_formats/ ------- */

/* A text under construction. What does not fit is left out; METRICS_TEXT_MAX is enough. */
struct text {
	char *data;
	size_t size;
	unsigned int slot;
};

__attribute__((format(printf, 2, 3))) static void
append(struct text *text, const char *format, ...)
{
	size_t room = METRICS_TEXT_MAX - text->size;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text->data + text->size, room, format, arguments);
	va_end(arguments);
	if (length > 0 && (size_t)length < room)
		text->size += (size_t)length;
}

static void
append_head(struct text *text, const char *name, const char *type, const char *help)
{
	append(text, "# HELP extauth_https_%s %s\n# TYPE extauth_https_%s %s\n", name, help, name,
	       type);
}

static void
append_value(struct text *text, const char *name, const char *type, const char *help,
	     uint64_t value)
{
	append_head(text, name, type, help);
	append(text, "extauth_https_%s{slot=\"%u\"} %llu\n", name, text->slot,
	       (unsigned long long)value);
}

static void
append_requests(struct text *text, const struct statistics *statistics)
{
	static const enum verdict verdicts[] = { VERDICT_GRANTED, VERDICT_REFUSED,
						 VERDICT_UNAVAILABLE };
	size_t i, j;

	append_head(text, "requests_total", "counter", "Requests for an API, by verdict.");
	for (i = 0; i < OPERATION_COUNT; i++) {
		for (j = 0; j < STATISTICS_VERDICTS; j++)
			append(text,
			       "extauth_https_requests_total{slot=\"%u\",operation=\"%s\","
			       "verdict=\"%s\"} %llu\n",
			       text->slot, operation_name((enum operation)i),
			       verdict_name(verdicts[j]),
			       (unsigned long long)statistics->requests[i][verdicts[j]]);
	}
}

/* Which program this is, since when it runs, and how many lines its log has lost. */
static void
append_program(struct text *text)
{
	append_head(text, "build_info", "gauge", "Always 1, with the version as a label.");
	append(text, "extauth_https_build_info{slot=\"%u\",version=\"%s\"} 1\n", text->slot,
	       VERSION);
	append_value(text, "start_time_seconds", "gauge",
		     "Start of the program, in seconds since 1970.", (uint64_t)started);
	append_value(text, "log_lines_lost_total", "counter",
		     "Lines of the log that could not be written.", log_lines_lost());
}

/* When the settings were read again, and whether they are in force. */
static void
append_reload(struct text *text, const struct statistics *statistics)
{
	append_value(text, "last_reload_seconds", "gauge",
		     "Last reload of the settings, in seconds since 1970; 0 for never.",
		     statistics->last_reload);
	append_value(text, "last_reload_successful", "gauge",
		     "0 when the settings in force are not those in the file.",
		     !statistics->reload_failed);
}

/* Nothing while it is unknown: 0 would mean 1970. */
static void
append_expiry(struct text *text, const struct statistics *statistics)
{
	if (statistics->certificate_expiry != 0)
		append_value(text, "certificate_expiry_seconds", "gauge",
			     "When the first certificate in the chain of an API expires, in "
			     "seconds since 1970.",
			     (uint64_t)statistics->certificate_expiry);
}

/* A histogram with one bucket for each doubling: finer ones would cost a Prometheus server more
 * than they are worth. */
static void
append_latency(struct text *text, const struct statistics *statistics)
{
	static const char name[] = "extauth_https_request_duration_seconds";
	uint64_t total = 0;
	size_t class;

	append_head(text, "request_duration_seconds", "histogram",
		    "Time from a request's last byte to its reply.");
	for (class = 0; class < STATISTICS_CLASSES; class ++) {
		uint64_t end = statistics_class_end(class);

		total += statistics->latency[class];
		if (end >= 64 && (end & (end - 1)) == 0 && class < STATISTICS_CLASSES - 1)
			append(text, "%s_bucket{slot=\"%u\",le=\"%g\"} %llu\n", name, text->slot,
			       (double)end / (double)CLOCK_SECOND, (unsigned long long)total);
	}
	append(text, "%s_bucket{slot=\"%u\",le=\"+Inf\"} %llu\n", name, text->slot,
	       (unsigned long long)total);
	append(text, "%s_sum{slot=\"%u\"} %.6f\n", name, text->slot,
	       (double)statistics->latency_sum / (double)CLOCK_SECOND);
	append(text, "%s_count{slot=\"%u\"} %llu\n", name, text->slot, (unsigned long long)total);
}

/* Writes the text of the metrics, and returns its length in bytes. */
static size_t
format(const struct statistics *statistics, unsigned int slot, bool serving,
       char text[METRICS_TEXT_MAX])
{
	struct text made = { text, 0, slot };

	append_value(&made, "serving", "gauge", "1 while a worker serves.", serving);
	append_program(&made);
	append_reload(&made, statistics);
	append_expiry(&made, statistics);
	append_requests(&made, statistics);
	append_latency(&made, statistics);
	append_value(&made, "refused_locally_total", "counter",
		     "Requests refused without asking the API.", statistics->refused_locally);
	append_value(&made, "malformed_total", "counter", "Frames that are not a valid request.",
		     statistics->malformed);
	append_value(
		&made, "short_circuited_total", "counter",
		"Requests with the reply \"unavailable\" because the circuit breaker was open.",
		statistics->short_circuited);
	append_value(&made, "attempts_total", "counter", "HTTP requests, retries included.",
		     statistics->attempts);
	append_value(&made, "connections_total", "counter",
		     "New connections, failed ones included.", statistics->connections);
	append_value(&made, "breakers_open", "gauge", "APIs whose circuit breaker is open.",
		     statistics->breakers_open);
	append_value(&made, "worker_replacements_total", "counter",
		     "Workers replaced because they died.", statistics->replacements);
	return made.size;
}

/* --- writing it ------------------------------------------------------------------ */

int
metrics_write(struct metrics *metrics, const struct statistics *statistics, bool serving,
	      struct fault *fault)
{
	char text[METRICS_TEXT_MAX];
	size_t size;
	int written = metrics->files[1];

	if (metrics->directory < 0)
		return 0;
	size = format(statistics, metrics->slot, serving, text);
	if (ftruncate(written, 0) < 0 || pwrite(written, text, size, 0) != (ssize_t)size)
		return fault_set(fault, "%s cannot be written: %s", metrics->names[1],
				 strerror(errno));
	/* musl has no function for it */
	if (syscall(SYS_renameat2, metrics->directory, metrics->names[1], metrics->directory,
		    metrics->names[0], RENAME_EXCHANGE) < 0)
		return fault_set(fault, "%s cannot be replaced: %s", metrics->names[0],
				 strerror(errno));
	metrics->files[1] = metrics->files[0];
	metrics->files[0] = written;
	return 0;
}

void
metrics_close(struct metrics *metrics)
{
	if (metrics->directory < 0)
		return;
	if (ftruncate(metrics->files[0], 0) < 0)
		log_message(LOG_WARNING, "%s cannot be emptied: %s", metrics->names[0],
			    strerror(errno));
	(void)close(metrics->files[0]);
	(void)close(metrics->files[1]);
	(void)close(metrics->directory);
	metrics->directory = -1;
}
