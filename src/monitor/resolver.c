/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "monitor/resolver.h"

#include "base/fault.h"
#include "base/log.h"
#include "base/log_level.h"
#include "ipc/message.h"
#include "monitor/confinement.h"
#include "sandbox/environment.h"
#include "sandbox/walls.h"
#include "settings/endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The exit status of a resolver that could not be sealed. */
#define EXIT_UNSEALED 2

/* Resolvers that live, or are dead and not yet reaped; 0 is a free place. */
static pid_t living[RESOLVERS_MAX];
static bool stopped[RESOLVERS_MAX]; /* by us */
static size_t suspicions;

static void
look_up(const struct endpoint *endpoint, int flags, struct resolved *resolved)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL, *item;

	memset(resolved, 0, sizeof(*resolved));
	hints.ai_flags = flags | AI_NUMERICSERV;
	resolved->error = getaddrinfo(endpoint->lookup, endpoint->port, &hints, &list);
	if (resolved->error != 0)
		return;
	for (item = list; item != NULL && resolved->count < RESOLVER_ADDRESSES_MAX;
	     item = item->ai_next) {
		struct address *address = &resolved->addresses[resolved->count];

		if (item->ai_addrlen > sizeof(address->storage))
			continue;
		memcpy(&address->storage, item->ai_addr, item->ai_addrlen);
		address->size = item->ai_addrlen;
		resolved->count++;
	}
	freeaddrinfo(list);
}

void
resolver_parse(const struct endpoint *endpoint, struct resolved *resolved)
{
	look_up(endpoint, AI_NUMERICHOST, resolved);
}

/* Runs in the resolver. */
static _Noreturn void
resolve(const struct endpoint *endpoint, unsigned int seconds, int out, pid_t monitor)
{
	struct resolved resolved;
	struct fault fault; /* it cannot log; the monitor does */
	sigset_t none;
	ssize_t written;

	(void)prctl(PR_SET_NAME, "extauth-resolve", 0, 0, 0);
	/* no memory of the monitor's may be exposed to a name server */
	if (dup2(out, STDIN_FILENO) < 0 || environment_close_from(STDIN_FILENO + 1) < 0)
		_exit(1);
	out = STDIN_FILENO;
	/* SIGALRM ends it if a name server keeps it waiting */
	(void)signal(SIGALRM, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)alarm(seconds);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != monitor)
		_exit(1);
	if (confinement_seal_resolver(&fault) < 0)
		_exit(EXIT_UNSEALED);
	look_up(endpoint, 0, &resolved);
	written = write(out, &resolved, sizeof(resolved));
	_exit(written == (ssize_t)sizeof(resolved) ? 0 : 1);
}

_Static_assert(sizeof(struct resolved) <= 4096, "one write to a pipe must be atomic (PIPE_BUF)");

static pid_t *
find_place(pid_t pid)
{
	size_t i;

	for (i = 0; i < RESOLVERS_MAX; i++) {
		if (living[i] == pid)
			return &living[i];
	}
	return NULL;
}

int
resolver_start(const struct endpoint *endpoint, unsigned int seconds, pid_t *pid)
{
	pid_t monitor = getpid(), *place = find_place(0);
	int ends[2];

	if (place == NULL) {
		errno = EAGAIN;
		return -1;
	}
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	*place = fork();
	if (*place == 0) {
		walls_change_canary();
		resolve(endpoint, seconds, ends[1], monitor);
	}
	(void)close(ends[1]);
	if (*place < 0) {
		*place = 0;
		(void)close(ends[0]);
		return -1;
	}
	*pid = *place;
	return ends[0];
}

void
resolver_stop(pid_t pid, bool done)
{
	pid_t *place = find_place(pid);
	int status;

	/* until it is reaped, no other process has its number */
	if (pid <= 0 || place == NULL)
		return;
	if (waitpid(pid, &status, WNOHANG) == pid) {
		(void)resolver_note_death(pid, status);
		return;
	}
	(void)kill(pid, SIGKILL);
	stopped[place - living] = done;
}

bool
resolver_note_death(pid_t pid, int status)
{
	pid_t *place = find_place(pid);
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	bool expected;

	if (pid <= 0 || place == NULL)
		return false;
	/* ended by its own alarm: not suspicious */
	expected = number == SIGALRM || (number == SIGKILL && stopped[place - living]);
	stopped[place - living] = false;
	*place = 0;
	if (number != 0 && !expected)
		log_message(LOG_ERROR, "resolver %ld was killed by signal %d (%s)", (long)pid,
			    number, strsignal(number));
	suspicions += number != 0 && !expected && number != SIGKILL;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_UNSEALED)
		log_message(LOG_ERROR, "resolver %ld could not be sealed, and did no lookup",
			    (long)pid);
	return true;
}

size_t
resolver_take_suspicions(void)
{
	size_t count = suspicions;

	suspicions = 0;
	return count;
}

static bool
is_address(const struct address *address)
{
	return (address->storage.ss_family == AF_INET &&
		address->size == sizeof(struct sockaddr_in)) ||
	       (address->storage.ss_family == AF_INET6 &&
		address->size == sizeof(struct sockaddr_in6));
}

int
resolver_read(int pipe, struct resolved *resolved)
{
	ssize_t size = read(pipe, resolved, sizeof(*resolved));
	uint32_t i;

	if (size != (ssize_t)sizeof(*resolved) || resolved->error > 0 ||
	    resolved->error < MESSAGE_ERROR_MIN || resolved->count > RESOLVER_ADDRESSES_MAX)
		return -1;
	for (i = 0; i < resolved->count; i++) {
		if (!is_address(&resolved->addresses[i]))
			return -1;
	}
	return 0;
}
