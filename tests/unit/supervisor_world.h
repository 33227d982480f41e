/* SPDX-License-Identifier: ISC */
/*
 * The world in which test_supervisor.c has the supervisor live: processes, the clock and
 * the seal, in the place of the real ones (--wrap in the Makefile), which note what is
 * done to them.
 */
#ifndef SUPERVISOR_WORLD_H
#define SUPERVISOR_WORLD_H

#include "unit.h"

#include "base/fault.h"
#include "base/log_level.h"
#include "ipc/channel.h"
#include "monitor/announcement.h"
#include "monitor/confinement.h"
#include "monitor/gate.h"
#include "monitor/log_sink.h"
#include "monitor/statistics.h"
#include "monitor/supervisor.h"
#include "monitor/watch.h"
#include "monitor/worker_process.h"
#include "monitor/worker_surroundings.h"
#include "sandbox/confirm.h"
#include "sandbox/landlock.h"
#include "settings/command_line.h"
#include "settings/settings.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>
#define CHILDREN_MAX 16
#define FIRST_PID    1000000000 /* no process has such a number */
#define LANDLOCK_ABI 5
#define DONE_MAX     1024

pid_t __real_fork(void);
pid_t __wrap_fork(void);
int __wrap_kill(pid_t pid, int number);
int64_t __wrap_clock_now(void);
int __real_channel_open(int ends[2]);
int __wrap_channel_open(int ends[2]);
int __wrap_confirm_sealed(int file, pid_t pid, bool bounded, struct fault *fault);
int __wrap_landlock_abi(void);
int __wrap_confinement_restrict(const struct settings *settings, const struct command_line *line,
				struct fault *fault);
int __wrap_confinement_reaches(const struct settings *settings, struct fault *fault);
struct settings *__real_settings_load(const struct command_line *line, struct fault *fault);
struct settings *__wrap_settings_load(const struct command_line *line, struct fault *fault);
bool __wrap_watch_look(struct watch *watch, const struct settings *settings,
		       const struct command_line *line);
void __wrap_announcement_write(enum log_level level, const struct worker_surroundings *surroundings,
			       const struct worker_process *worker);

/* A worker, as its end of the channel. */
static struct {
	int end;
	uint32_t asked; /* the number of its request */
	bool was_noted; /* that it was asked */
} children[CHILDREN_MAX + 1];

static unsigned int born;
static int64_t now;
static bool settings_are_bad, seal_is_bad, is_sealed, file_has_changed;
static struct log_sink sink;
static struct gate gate;
static int server_out, server_in; /* the XMPP server's ends of the pipes */
static struct statistics statistics;
static struct supervisor *supervisor;
static bool over;
static char done[DONE_MAX];

__attribute__((format(printf, 1, 2))) static void
note(const char *format, ...)
{
	size_t size = strlen(done);
	va_list arguments;

	va_start(arguments, format);
	(void)snprintf(done + size, sizeof(done) - size, "%s", size > 0 ? ", " : "");
	size = strlen(done);
	(void)vsnprintf(done + size, sizeof(done) - size, format, arguments);
	va_end(arguments);
}

static int
number_of(pid_t pid)
{
	return (int)(pid - FIRST_PID);
}

int64_t
__wrap_clock_now(void)
{
	return now;
}

int
__wrap_channel_open(int ends[2])
{
	int result = __real_channel_open(ends);

	/* one of the test's own: the supervisor closes those of the dead */
	children[born + 1].end = fcntl(ends[1], F_DUPFD_CLOEXEC, 0);
	return result;
}

pid_t
__wrap_fork(void)
{
	born++;
	note("starts %u", born);
	return FIRST_PID + (pid_t)born;
}

int
__wrap_kill(pid_t pid, int number)
{
	if (number == SIGKILL)
		note("kills %d", number_of(pid));
	return 0;
}

int
__wrap_confirm_sealed(int file, pid_t pid, bool bounded, struct fault *fault)
{
	(void)pid;
	(void)bounded;
	return is_sealed && file >= 0 ? 0 : fault_set(fault, "it is not sealed");
}

int
__wrap_landlock_abi(void)
{
	return LANDLOCK_ABI;
}

int
__wrap_confinement_restrict(const struct settings *settings, const struct command_line *line,
			    struct fault *fault)
{
	(void)settings;
	(void)line;
	(void)fault;
	return 0;
}

int
__wrap_confinement_reaches(const struct settings *settings, struct fault *fault)
{
	(void)settings;
	return seal_is_bad ? fault_set(fault, "another port") : 0;
}

struct settings *
__wrap_settings_load(const struct command_line *line, struct fault *fault)
{
	if (!settings_are_bad)
		return __real_settings_load(line, fault);
	(void)fault_set(fault, "a setting is wrong");
	return NULL;
}

bool
__wrap_watch_look(struct watch *watch, const struct settings *settings,
		  const struct command_line *line)
{
	bool changed = file_has_changed;

	(void)settings;
	(void)line;
	file_has_changed = false;
	watch->next = now + WATCH_INTERVAL;
	return changed;
}

void
__wrap_announcement_write(enum log_level level, const struct worker_surroundings *surroundings,
			  const struct worker_process *worker)
{
	(void)level;
	(void)surroundings;
	note("serves %d", number_of(worker->pid));
}

#endif
