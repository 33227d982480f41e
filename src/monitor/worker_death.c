/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "monitor/worker_death.h"

#include "base/log.h"
#include "base/log_level.h"
#include "ipc/worker_context.h"
#include "monitor/worker_process.h"
#include "monitor/worker_surroundings.h"
#include "sandbox/kernel_log.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>

/* A violation of the sandbox has a name wherever the kernel tells it. */
static void
log_violation(const struct worker_process *worker, const struct worker_surroundings *surroundings)
{
	long pid = (long)worker->pid;
	char call[64];

	if (kernel_log_find_call(surroundings->kernel_log, worker->pid, call, sizeof(call)))
		log_message(LOG_ERROR,
			    "worker %ld was killed for the system call %s, which its sandbox "
			    "forbids; somebody may have taken it over, or the policy misses a "
			    "call: please report it as SECURITY.md says, with --version",
			    pid, call);
	else
		log_message(LOG_ERROR,
			    "worker %ld was killed for a system call that its sandbox forbids; "
			    "the kernel's log has its number (journalctl -k -g 'type=1326.* "
			    "pid=%ld '): please report it as SECURITY.md says, with --version",
			    pid, pid);
}

/* The signals of a program that was made to do what it was not written to do. */
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

	if (number == SIGSYS)
		log_violation(worker, surroundings);
	else if (number != 0 && !(number == SIGKILL && ended))
		log_message(LOG_ERROR, "worker %ld was killed by signal %d (%s)", (long)worker->pid,
			    number, sigdescr_np(number));
	else if (number == 0 && !ended && WEXITSTATUS(status) != WORKER_UNPREPARED &&
		 WEXITSTATUS(status) != WORKER_SEALED_OUT)
		log_message(LOG_ERROR, "worker %ld ended with status %d", (long)worker->pid,
			    WEXITSTATUS(status));
	return worker->suspect || is_suspicious(number);
}
