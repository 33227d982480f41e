/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "monitor/monitor.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/log_level.h"
#include "monitor/afresh.h"
#include "monitor/confinement.h"
#include "monitor/exporter.h"
#include "monitor/gate.h"
#include "monitor/log_sink.h"
#include "monitor/resolver.h"
#include "monitor/supervisor.h"
#include "sandbox/resident.h"
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
	struct gate gate;
	struct log_sink log;
	struct exporter exporter;
	struct supervisor *supervisor;
	int64_t started;  /* clock.h, as all times here */
	bool log_failed;  /* it could not be opened the last time */
	int64_t next_log; /* when a lost log may be opened again */
	sigset_t waiting; /* the signal mask while it waits */
};

/* Set by signals, checked once per round. */
static volatile sig_atomic_t child_died, wants_reload, wants_statistics, wants_end;

static void
on_signal(int number)
{
	switch (number) {
	case SIGCHLD:
		child_died = 1;
		break;
	case SIGHUP:
		wants_reload = 1;
		break;
	case SIGUSR1:
		wants_statistics = 1;
		break;
	default:
		wants_end = 1;
		break;
	}
}

static void
mask_early_signals(int how)
{
	static const int early[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2 };
	sigset_t set;
	size_t i;

	(void)sigemptyset(&set);
	for (i = 0; i < sizeof(early) / sizeof(early[0]); i++)
		(void)sigaddset(&set, early[i]);
	(void)sigprocmask(how, &set, NULL);
}

void
monitor_hold_signals(void)
{
	mask_early_signals(SIG_BLOCK);
}

void
monitor_release_signals(void)
{
	mask_early_signals(SIG_UNBLOCK);
}

/* Signals are blocked except while the monitor waits; *waiting is the mask for that. */
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
	(void)signal(SIGXFSZ, SIG_IGN); /* a log file that is too large must not end the program */
	(void)signal(SIGUSR2, SIG_IGN);
	(void)sigemptyset(waiting);
	(void)sigprocmask(SIG_SETMASK, &blocked, NULL);
}

static void
reap_children(struct supervisor *supervisor)
{
	size_t suspicions;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (!supervisor_note_death(supervisor, pid, status))
			(void)resolver_note_death(pid, status);
	}
	for (suspicions = resolver_take_suspicions(); suspicions > 0; suspicions--)
		supervisor_suspect(supervisor);
}

/* Opens the log again. A failure is logged once. */
static void
reopen_log(struct monitor *monitor)
{
	bool before = monitor->log_failed;
	struct fault fault;

	monitor->log_failed = log_sink_reopen(&monitor->log, &fault) < 0;
	if (log_sink_met_seal())
		supervisor_outgrow_seal(monitor->supervisor);
	if (monitor->log_failed && !before)
		log_message(LOG_ERROR, "%s; keeping the previous log", fault.text);
}

/* When to check the log: a file may have been renamed, which logrotate(8) need not announce. */
static int64_t
next_look(const struct monitor *monitor)
{
	return log_sink_is_watched(&monitor->log) ? monitor->next_log : CLOCK_NEVER;
}

/* A syslog daemon that was restarted has a new socket. */
static void
regain_log(struct monitor *monitor)
{
	int64_t now = clock_now();

	bool lost = log_is_cut_off();

	if (now < (lost ? monitor->next_log : next_look(monitor)))
		return;
	monitor->next_log = now + MONITOR_LOG_RETRY;
	if (lost || log_sink_is_moved(&monitor->log))
		reopen_log(monitor);
}

/* Waits until something happens, or the moment `wake` has come. */
static int
wait_for_event(struct pollfd *fds, size_t count, int64_t wake, const sigset_t *waiting)
{
	int milliseconds = clock_poll_timeout(wake);
	struct timespec timeout = { milliseconds / 1000, milliseconds % 1000 * 1000000L };

	return ppoll(fds, count, milliseconds < 0 ? NULL : &timeout, waiting);
}

/* Waits for something to happen and handles it. False when waiting fails. */
static bool
run_round(struct monitor *monitor)
{
	struct supervisor *supervisor = monitor->supervisor;
	struct pollfd fds[GATE_FDS + SUPERVISOR_FDS_MAX];
	int64_t wake = clock_earlier(exporter_wake(&monitor->exporter), next_look(monitor));
	size_t gates = gate_wait(&monitor->gate, fds);
	size_t count = gates + supervisor_wait(supervisor, fds + gates, &wake);

	if (wait_for_event(fds, count, wake, &monitor->waiting) < 0)
		return errno == EINTR;
	gate_step(&monitor->gate, fds, supervisor_allowed(supervisor));
	supervisor_hear(supervisor, fds + gates);
	return true;
}

/* True when the signal of `flag` has come since the last call. */
static bool
take(volatile sig_atomic_t *flag)
{
	bool was = *flag != 0;

	*flag = 0;
	return was;
}

/* Returns the exit status. */
static int
run(struct monitor *monitor)
{
	struct supervisor *supervisor = monitor->supervisor;
	bool goes_on;

	do {
		if (!run_round(monitor)) {
			log_message(LOG_ERROR, "ppoll fails: %s", strerror(errno));
			return 1;
		}
		if (take(&child_died))
			reap_children(supervisor);
		if (take(&wants_reload)) {
			reopen_log(monitor);
			supervisor_reload(supervisor);
		}
		regain_log(monitor);
		if (wants_end)
			supervisor_finish(supervisor);
		goes_on = supervisor_advance(supervisor);
		exporter_advance(&monitor->exporter, take(&wants_statistics),
				 supervisor_is_served(supervisor));
	} while (goes_on);
	return 0;
}

/* Waits until the workers are reaped, but not for ever. */
static void
close_workers(struct monitor *monitor)
{
	int64_t until = clock_now() + MONITOR_CLOSE_MAX;

	supervisor_close(monitor->supervisor);
	reap_children(monitor->supervisor);
	while (supervisor_has_workers(monitor->supervisor) && clock_now() < until) {
		(void)wait_for_event(NULL, 0, until, &monitor->waiting);
		reap_children(monitor->supervisor);
	}
}

/* Waits until the program has run long enough, unless the server is gone. */
static void
live_out(const struct monitor *monitor)
{
	int64_t until = monitor->started + AFRESH_LIFE_MIN;
	struct pollfd server = { monitor->gate.in, 0, 0 };

	while (!monitor->gate.server_gone && clock_now() < until &&
	       poll(&server, 1, clock_poll_timeout(until)) <= 0)
		;
}

/* Opens what will be written to, and seals this process. False when it must not serve. */
static bool
prepare(struct monitor *monitor, const struct monitor_context *context)
{
	struct confinement_outputs outputs;
	struct settings *settings = NULL;
	struct fault fault, ignored;
	bool able = context->complaint == NULL;

	if (able)
		settings = settings_load(context->line, &ignored);
	if (context->observer >= 0)
		log_sink_open_on_terminal(&monitor->log);
	else if (log_sink_open(&monitor->log, settings, &fault) < 0)
		log_message(LOG_ERROR, "%s; logging to standard error", fault.text);
	if (exporter_open(&monitor->exporter, context->observer >= 0 ? NULL : settings, &fault) < 0)
		log_message(LOG_ERROR, "%s", fault.text);
	settings_free(settings);
	if (!able)
		log_message(LOG_ERROR, "refused to serve: %s", context->complaint);
	if (gate_open(&monitor->gate, context->server_in, context->server_out, &fault) < 0) {
		log_message(LOG_ERROR, "refused to serve: %s", fault.text);
		able = false;
	}
	outputs = (struct confinement_outputs){
		.log = log_sink_policy(&monitor->log),
		.metrics = monitor->exporter.metrics.directory >= 0,
		.files = log_sink_is_file(&monitor->log) || file_may_grow(context->server_out),
	};
	resident_give_back(); /* before the seal forbids it */
	if (confinement_seal(&outputs, context->line, &fault) == 0)
		return able;
	log_message(LOG_ERROR, "refused to serve: %s", fault.text);
	return false;
}

int
monitor_run(const struct monitor_context *context)
{
	/* static: leak checkers then see what it still owns at the end */
	static struct monitor monitor;
	int status;

	monitor = (struct monitor){ .started = clock_now() };
	set_signals(&monitor.waiting);
	monitor.supervisor = supervisor_begin(&(struct supervisor_parts){
		.hopeless = !prepare(&monitor, context),
		.context = context,
		.gate = &monitor.gate,
		.log = &monitor.log,
		.statistics = &monitor.exporter.statistics,
		.started = monitor.started,
	});
	status = run(&monitor);
	close_workers(&monitor);
	exporter_close(&monitor.exporter);
	if (status != 0 || wants_end)
		live_out(&monitor);
	return status;
}
