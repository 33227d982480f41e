/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "monitor/worker_process.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/log_level.h"
#include "ipc/channel.h"
#include "sandbox/confirm.h"
#include "sandbox/kernel_log.h"
#include "sandbox/landlock.h"
#include "sandbox/walls.h"
#include "settings/api.h"
#include "settings/endpoint.h"
#include "settings/settings.h"
#include "worker/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

void
worker_process_init(struct worker_process *worker)
{
	*worker = (struct worker_process){ .state = WORKER_ABSENT, .channel = -1 };
	connector_init(&worker->connector);
}

/* Closes what a new process has inherited but for standard descriptors and
 * what it needs. */
static void
close_others(const struct worker_context *context)
{
	int fd, max = (int)sysconf(_SC_OPEN_MAX);

	for (fd = STDERR_FILENO + 1; fd < max; fd++) {
		if (fd != context->host_in && fd != context->host_out && fd != context->channel &&
		    fd != context->log.fd)
			(void)close(fd);
	}
}

int
worker_process_start(struct worker_process *worker, struct settings *settings,
		     const struct worker_surroundings *surroundings, struct fault *fault)
{
	struct worker_context context = {
		.settings = settings,
		.monitor = getpid(),
		.host_in = surroundings->host_in,
		.host_out = surroundings->host_out,
		.log = surroundings->log,
		.statistics = surroundings->statistics,
		.record = surroundings->record,
		.only_endpoint = surroundings->only_endpoint,
	};
	int ends[2];

	if (worker->progress == NULL) {
		worker->progress = mmap(NULL, sizeof(*worker->progress), PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (worker->progress == MAP_FAILED) {
			worker->progress = NULL;
			return fault_set(fault, "no memory to share with a worker: %s",
					 strerror(errno));
		}
	}
	atomic_store(&worker->progress->position, STREAM_BETWEEN_FRAMES);
	atomic_store(&worker->progress->log_lost, false);
	context.progress = worker->progress;
	if (channel_open(ends) < 0)
		return fault_set(fault, "no channel to a worker: %s", strerror(errno));
	context.channel = ends[1];

	worker->pid = fork();
	if (worker->pid == 0) {
		walls_change_canary();
		close_others(&context);
		_exit((int)worker_run(&context));
	}
	(void)close(ends[1]);
	if (worker->pid < 0) {
		(void)close(ends[0]);
		worker->pid = 0;
		return fault_set(fault, "a worker cannot be started: %s", strerror(errno));
	}
	worker->channel = ends[0];
	worker->settings = settings;
	worker->state = WORKER_STARTING;
	return 0;
}

void
worker_process_kill(struct worker_process *worker)
{
	if (worker->pid > 0)
		(void)kill(worker->pid, SIGKILL);
}

static void
send_message(struct worker_process *worker, const struct channel_message *message, int passed)
{
	if (channel_send(worker->channel, message, passed) == 0 || errno == EPIPE ||
	    errno == ECONNRESET)
		return; /* its death will be noticed */
	log_message(LOG_ERROR, "a worker does not read its channel (%s) and is killed",
		    strerror(errno));
	worker_process_kill(worker);
}

void
worker_process_serve(struct worker_process *worker)
{
	struct channel_message message = { .kind = CHANNEL_SERVE };

	worker->state = WORKER_SERVING;
	send_message(worker, &message, -1);
}

void
worker_process_retire(struct worker_process *worker)
{
	struct channel_message message = { .kind = CHANNEL_RETIRE };

	worker->state = WORKER_RETIRING;
	send_message(worker, &message, -1);
}

/* The worker says that it is sealed, with which Landlock ABI, and shows its
 * /proc/self/status. */
static void
confirm(struct worker_process *worker, const struct worker_surroundings *surroundings,
	const struct channel_message *message, int status)
{
	int abi = landlock_abi();
	struct fault fault;
	int result;

	if (message->error != abi)
		result = fault_set(&fault, "the worker is under Landlock ABI %d, but there is %d",
				   message->error, abi);
	else
		result = confirm_sealed(status, worker->pid, surroundings->bounded, &fault);
	if (result == 0) {
		worker->state = WORKER_SEALED;
		return;
	}
	log_message(LOG_ERROR, "refused to serve: %s", fault.text);
	worker_process_kill(worker);
}

/* The endpoint with this number on the channel (https.c counts the same way), or
 * NULL when there is none. */
static const struct endpoint *
find_endpoint(const struct settings *settings, uint32_t number)
{
	size_t api = number / SETTINGS_ENDPOINTS_MAX, endpoint = number % SETTINGS_ENDPOINTS_MAX;
	const struct endpoints *endpoints;

	if (api >= settings_api_count(settings))
		return NULL;
	endpoints = &settings_api(settings, api)->endpoints;
	return endpoint < endpoints->count ? &endpoints->list[endpoint] : NULL;
}

static void
start_connection(struct worker_process *worker, const struct channel_message *message,
		 const struct endpoint *endpoint)
{
	worker->request = message->id;
	connector_start(&worker->connector, endpoint,
			clock_now() + worker->settings->connect_timeout);
	worker_process_connect(worker);
}

void
worker_process_receive(struct worker_process *worker,
		       const struct worker_surroundings *surroundings)
{
	struct channel_message message;
	const struct endpoint *endpoint;
	bool serving = worker->state == WORKER_SERVING || worker->state == WORKER_RETIRING;
	int passed = -1;

	switch (channel_receive(worker->channel, &message, &passed)) {
	case CHANNEL_EMPTY:
		return;
	case CHANNEL_CLOSED: /* its death will be noticed */
		(void)close(worker->channel);
		worker->channel = -1;
		return;
	case CHANNEL_BROKEN:
		break;
	case CHANNEL_MESSAGE:
		if (message.kind == CHANNEL_READY && worker->state == WORKER_STARTING) {
			confirm(worker, surroundings, &message, passed);
			if (passed >= 0)
				(void)close(passed);
			return;
		}
		if (passed >= 0) {
			(void)close(passed);
			break;
		}
		endpoint = find_endpoint(worker->settings, message.endpoint);
		if (message.kind == CHANNEL_CONNECT && serving && endpoint != NULL) {
			start_connection(worker, &message, endpoint);
			return;
		}
		break;
	}
	log_message(LOG_ERROR, "a worker sent what no worker sends, and is killed; "
			       "if nobody is attacking you this is a bug: please report it");
	worker_process_kill(worker);
	/* what is left in it would keep us from noticing its death */
	(void)close(worker->channel);
	worker->channel = -1;
}

static uint32_t
microseconds(int64_t from, int64_t to)
{
	return to > from && to - from < UINT32_MAX ? (uint32_t)(to - from) : 0;
}

void
worker_process_connect(struct worker_process *worker)
{
	struct connector *connector = &worker->connector;
	struct channel_message message = { .kind = CHANNEL_CONNECTED, .id = worker->request };

	connector_step(connector);
	if (connector->phase != CONNECTOR_DONE)
		return;
	message.error = connector->error;
	message.resolve_us = microseconds(connector->started, connector->connecting);
	message.connect_us = microseconds(connector->connecting, clock_now());
	send_message(worker, &message, connector->socket);
	connector_stop(connector);
}

void
worker_process_bury(struct worker_process *worker)
{
	connector_stop(&worker->connector);
	if (worker->channel >= 0)
		(void)close(worker->channel);
	settings_free(worker->settings);
	worker->channel = -1;
	worker->settings = NULL;
	worker->pid = 0;
	worker->state = WORKER_ABSENT;
}

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

void
worker_process_log_death(const struct worker_process *worker,
			 const struct worker_surroundings *surroundings, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	if (code == WORKER_HOST_GONE || code == WORKER_RETIRED || code == WORKER_UNPREPARED)
		return; /* healthy, or it has said itself what is wrong */
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		log_violation(worker, surroundings);
	else if (WIFSIGNALED(status))
		log_message(LOG_ERROR, "worker %ld was killed by signal %d (%s)", (long)worker->pid,
			    WTERMSIG(status), sigdescr_np(WTERMSIG(status)));
	else
		log_message(LOG_ERROR, "worker %ld ended with status %d", (long)worker->pid, code);
}
