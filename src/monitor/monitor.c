/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "monitor/monitor.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/log_level.h"
#include "monitor/confinement.h"
#include "monitor/connector.h"
#include "monitor/log_sink.h"
#include "monitor/report.h"
#include "monitor/resolver.h"
#include "monitor/succession.h"
#include "monitor/worker_process.h"
#include "settings/settings.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct monitor {
	struct succession succession;
	struct report report;
	int64_t next_log; /* when a lost log may be opened again, clock.h */
	bool log_failed;  /* it could not be opened the last time */
	sigset_t waiting; /* the mask of signals while it waits */
};

/* Set by signals, looked at once per round. */
static volatile sig_atomic_t child_died, reload_asked, statistics_asked, end_asked;

static void
on_signal(int number)
{
	switch (number) {
	case SIGCHLD:
		child_died = 1;
		break;
	case SIGHUP:
		reload_asked = 1;
		break;
	case SIGUSR1:
		statistics_asked = 1;
		break;
	default:
		end_asked = 1;
		break;
	}
}

/* Signals are blocked but while the monitor waits; *waiting is the mask for
 * that. */
static void
set_signals(sigset_t *waiting)
{
	static const int handled[] = { SIGCHLD, SIGHUP, SIGUSR1, SIGTERM, SIGINT };
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t blocked;
	size_t i;

	(void)sigemptyset(&blocked);
	for (i = 0; i < sizeof(handled) / sizeof(handled[0]); i++) {
		(void)sigaction(handled[i], &action, NULL);
		(void)sigaddset(&blocked, handled[i]);
	}
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGUSR2, SIG_IGN);
	(void)sigemptyset(waiting);
	(void)sigprocmask(SIG_SETMASK, &blocked, NULL);
}

static void
reap_children(struct succession *succession)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (!succession_note_death(succession, pid, status))
			(void)resolver_note_death(pid, status);
	}
}

/* Opens the log anew, for this process and for the workers to come. False when that
 * fails, which is said once. */
static bool
reopen_log(struct monitor *monitor)
{
	struct fault fault;
	bool before = monitor->log_failed;

	monitor->log_failed = log_sink_reopen(&monitor->succession.surroundings.log, &fault) < 0;
	if (monitor->log_failed && !before)
		log_message(LOG_ERROR, "%s; the log goes where it went", fault.text);
	return !monitor->log_failed;
}

/* When the log is to be looked at again: a file that was renamed is another one, and
 * logrotate(8) need not tell us. */
static int64_t
next_look(const struct monitor *monitor)
{
	return log_sink_is_watched(&monitor->succession.surroundings.log) ? monitor->next_log
									  : CLOCK_NEVER;
}

/* A syslog daemon that was restarted has a new socket. */
static void
regain_log(struct monitor *monitor)
{
	struct succession *succession = &monitor->succession;
	bool lost = succession_lost_log(succession);
	int64_t now = clock_now();

	if (now < (lost ? monitor->next_log : next_look(monitor)))
		return;
	monitor->next_log = now + MONITOR_LOG_RETRY;
	if ((lost || log_sink_is_moved(&succession->surroundings.log)) && reopen_log(monitor))
		succession_reload(succession);
}

/* Waits until something happens, or the moment `wake` has come. */
static int
wait_for_event(struct pollfd *fds, size_t count, int64_t wake, const sigset_t *waiting)
{
	int milliseconds = clock_poll_timeout(wake);
	struct timespec timeout = { milliseconds / 1000, milliseconds % 1000 * 1000000L };

	return ppoll(fds, count, milliseconds < 0 ? NULL : &timeout, waiting);
}

/* Waits for something to happen and handles it. False when that fails. */
static bool
run_round(struct monitor *monitor)
{
	struct succession *succession = &monitor->succession;
	struct pollfd fds[3 + 2 * CONNECTOR_FDS_MAX];
	int64_t wake = clock_earlier(succession_wake(succession), report_wake(&monitor->report));
	size_t i, count = 3;

	wake = clock_earlier(wake, next_look(monitor));
	/* while a worker serves, the host is the worker's alone */
	fds[0] = (struct pollfd){
		succession_is_served(succession) ? -1 : succession->surroundings.host_in,
		succession_stands_by(succession) ? POLLIN : 0,
		0,
	};
	for (i = 0; i < 2; i++) {
		struct worker_process *worker = &succession->workers[i];

		fds[1 + i] = (struct pollfd){ worker->channel, POLLIN, 0 };
		count += connector_wait(&worker->connector, fds + count, &wake);
	}
	if (wait_for_event(fds, count, wake, &monitor->waiting) < 0 && errno != EINTR)
		return false;
	if (fds[0].revents != 0)
		succession_host_waits(succession);
	for (i = 0; i < 2; i++) {
		if (fds[1 + i].revents != 0)
			worker_process_receive(&succession->workers[i], &succession->surroundings);
		worker_process_connect(&succession->workers[i]);
	}
	return true;
}

/* True when the signal behind `flag` has come since the last time. */
static bool
take(volatile sig_atomic_t *flag)
{
	bool was = *flag != 0;

	*flag = 0;
	return was;
}

static void
run(struct monitor *monitor)
{
	struct succession *succession = &monitor->succession;

	while (!succession->ended) {
		if (!run_round(monitor)) {
			log_message(LOG_ERROR, "ppoll fails: %s", strerror(errno));
			succession->status = 1;
			return;
		}
		if (take(&child_died))
			reap_children(succession);
		if (take(&reload_asked)) {
			(void)reopen_log(monitor);
			succession_reload(succession);
		}
		regain_log(monitor);
		if (end_asked)
			succession_finish(succession);
		if (!succession->ended)
			succession_advance(succession);
		report_advance(&monitor->report, take(&statistics_asked),
			       succession_is_served(succession));
	}
}

/* Not before it has lived long enough, unless the host is gone. */
static void
live_out(const struct succession *succession, int64_t started)
{
	int64_t until = started + MONITOR_LIFE_MIN;
	struct pollfd host = { succession->surroundings.host_in, 0, 0 };

	while (clock_now() < until && poll(&host, 1, clock_poll_timeout(until)) <= 0)
		;
}

/* Opens what is to be written to, and seals this process. False when it must not
 * serve. */
static bool
prepare(struct monitor *monitor, const struct monitor_context *context)
{
	struct worker_surroundings *surroundings = &monitor->succession.surroundings;
	struct confinement_outputs outputs;
	struct settings *settings = NULL;
	struct fault fault, ignored;

	if (context->complaint == NULL)
		settings = settings_load(context->line, &ignored);
	if (context->record != NULL)
		log_sink_open_for_people(&surroundings->log);
	else if (log_sink_open(&surroundings->log, settings, &fault) < 0)
		log_message(LOG_ERROR, "%s; logging to standard error", fault.text);
	if (report_open(&monitor->report, context->record != NULL ? NULL : settings, &fault) < 0)
		log_message(LOG_ERROR, "%s", fault.text);
	surroundings->statistics = monitor->report.statistics;
	settings_free(settings);
	if (context->complaint != NULL)
		log_message(LOG_ERROR, "refused to serve: %s", context->complaint);
	outputs = (struct confinement_outputs){
		.log = log_sink_policy(&surroundings->log),
		.metrics = monitor->report.metrics.directory >= 0,
		.files = log_sink_is_file(&surroundings->log) ||
			 file_is_regular(surroundings->host_out),
	};
	if (confinement_seal(&outputs, &fault) == 0)
		return context->complaint == NULL && surroundings->statistics != NULL;
	log_message(LOG_ERROR, "refused to serve: %s", fault.text);
	return false;
}

int
monitor_run(const struct monitor_context *context)
{
	/* static: what it still holds when the process ends is not lost, only not freed */
	static struct monitor monitor;
	struct succession *succession = &monitor.succession;
	int64_t started = clock_now();

	monitor = (struct monitor){
		.succession = {
			.line = context->line,
			.libraries = curl_version_info(CURLVERSION_NOW),
			.surroundings = {
				.host_in = context->host_in,
				.host_out = context->host_out,
				.kernel_log = context->kernel_log,
				.uid = getuid(),
				.bounded = context->bounded,
				.record = context->record,
				.only_endpoint = context->only_endpoint,
			},
			.server = context->server,
			.retry = CLOCK_NEVER,
		},
	};
	set_signals(&monitor.waiting);
	succession->hopeless = !prepare(&monitor, context);
	succession_begin(succession);
	run(&monitor);
	report_close(&monitor.report);
	if (succession->status != 0 || end_asked)
		live_out(succession, started);
	return succession->status;
}
