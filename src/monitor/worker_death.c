/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "monitor/worker_death.h"

#include "base/log.h"
#include "base/log_level.h"
#include "ipc/worker_context.h"
#include "monitor/worker_process.h"
#include "monitor/worker_surroundings.h"
#include "sandbox/kernel_log.h"
#include "sandbox/libraries.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* Before its seal it has read nothing but its settings. */
static void
log_violation_at_start(const struct worker_process *worker, const char *call)
{
	char libraries[LIBRARIES_TEXT_MAX];

	libraries_list(libraries);
	log_message(LOG_ERROR,
		    "worker %ld was killed at its start for the system call %s, which its sandbox "
		    "forbids; " LIBRARIES_CURE "%s",
		    (long)worker->pid, call, libraries);
}

/* Names a violation of the sandbox where the kernel reveals the call. */
static void
log_violation(const struct worker_process *worker, const struct worker_surroundings *surroundings)
{
	char call[128], untested[LIBRARIES_TEXT_MAX];
	long pid = (long)worker->pid;

	if (!kernel_log_find_call(surroundings->kernel_log, worker->pid, call, sizeof(call)))
		(void)snprintf(call, sizeof(call),
			       "that the kernel's log has the number of (journalctl -k -g "
			       "'type=1326.* pid=%ld ')",
			       pid);
	if (worker->state == WORKER_STARTING) {
		log_violation_at_start(worker, call);
		return;
	}
	(void)libraries_untested(untested);
	log_message(LOG_ERROR,
		    "worker %ld was killed for the system call %s, which its sandbox forbids; "
		    "it may be compromised, or the policy may lack a call: please report it as "
		    "SECURITY.md says, with --version; libraries that the policy was not tested "
		    "with: %s",
		    pid, call, untested);
}

/* The signals of a program that executes what it should not. */
static bool
is_suspicious(int number)
{
	static const int suspicious[] = { SIGSYS, SIGSEGV, SIGBUS, SIGILL, SIGABRT, SIGFPE };
	size_t i;

	for (i = 0; i < sizeof(suspicious) / sizeof(suspicious[0]); i++) {
		if (number == suspicious[i])
			return true;
	}
	return false;
}

bool
worker_death_log(const struct worker_process *worker,
		 const struct worker_surroundings *surroundings, int status)
{
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	bool ended = worker->state == WORKER_ENDED; /* by us */
	bool said_why =
		worker->state == WORKER_STARTING && (WEXITSTATUS(status) == WORKER_UNPREPARED ||
						     WEXITSTATUS(status) == WORKER_SEALED_OUT);

	if (number == SIGSYS)
		log_violation(worker, surroundings);
	else if (number != 0 && !(number == SIGKILL && ended))
		log_message(LOG_ERROR, "worker %ld was killed by signal %d (%s)", (long)worker->pid,
			    number, strsignal(number));
	else if (number == 0 && !ended && !said_why)
		log_message(LOG_ERROR, "worker %ld ended with status %d", (long)worker->pid,
			    WEXITSTATUS(status));
	if (number == SIGSYS && worker->state == WORKER_STARTING)
		return false; /* an attacker could not reach it yet */
	return worker->suspect || is_suspicious(number);
}
