/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "worker/worker.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"
#include "base/log_level.h"
#include "base/secret.h"
#include "base/view.h"
#include "base/wipe.h"
#include "core/contract.h"
#include "core/frame.h"
#include "core/operation.h"
#include "core/request.h"
#include "core/verdict.h"
#include "core/verdict_reply.h"
#include "core/xmpp_server.h"
#include "https/https.h"
#include "ipc/uplink.h"
#include "sandbox/landlock.h"
#include "sandbox/policy.h"
#include "sandbox/sandbox.h"
#include "sandbox/walls.h"
#include "settings/api.h"
#include "worker/exchange.h"
#include "worker/request_log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static_assert(HTTPS_KEPT_MAX + 32 <= WORKER_DESCRIPTORS_MAX, "kept connections are among them");

/* What holds passwords. */
struct secrets {
	struct frame_buffer frames;
	uint8_t body[CONTRACT_BODY_MAX];
};

struct worker {
	const struct worker_context *context;
	struct uplink uplink;
	struct https *https;
	struct exchange_memory *memories; /* one per API */
	struct secrets *secrets;
	struct request_log log;
	int landlock; /* the ABI that is in force */
	int status;   /* our /proc/self/status, for the monitor to read */
};

static void
set_position(struct worker *worker, enum stream_position position)
{
	atomic_store_explicit(&worker->context->progress->position, (uint8_t)position,
			      memory_order_release);
}

/* The monitor takes care of signals; a worker dies with it. */
static int
set_signals(pid_t monitor, struct fault *fault)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE };
	sigset_t none;
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return fault_set(fault, "PR_SET_PDEATHSIG fails: %s", strerror(errno));
	if (getppid() != monitor)
		return fault_set(fault, "the monitor is gone");
	return 0;
}

/* They stood when the monitor tried; since then namespaces may have run out. */
static int
raise_walls(const struct settings *settings, struct fault *fault)
{
	if (walls_raise(WALLS_WORKER, fault) == 0)
		return 0;
	if (settings->walls == WALLS_REQUIRED)
		return -1;
	log_message(LOG_WARNING, "%s; going on without", fault->text);
	return 0;
}

static int
seal(struct worker *worker, struct fault *fault)
{
	const struct worker_context *context = worker->context;
	struct sandbox_limits limits = {
		.descriptors = WORKER_DESCRIPTORS_MAX,
		.may_fork = false,
		.may_write_files =
			file_is_regular(context->log.fd) || file_is_regular(context->host_out),
		.memory = WORKER_MEMORY_MAX,
	};
	const struct policy *const policies[] = { &policy_worker, NULL };
	struct landlock landlock;

	if (sandbox_limit(&limits, fault) < 0)
		return -1;
	worker->status = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	if (worker->status < 0)
		return fault_set(fault, "/proc/self/status: cannot be opened: %s", strerror(errno));
	if (raise_walls(context->settings, fault) < 0)
		return -1;
	if (landlock_open(&landlock, fault) < 0 || landlock_seal(&landlock, fault) < 0)
		return -1;
	worker->landlock = landlock.abi;
	if (worker->landlock > 0 && landlock_confirm(fault) < 0)
		return -1;
	return sandbox_seal(policies, fault);
}

/* Makes every API's requests go to one endpoint alone. */
static void
fix_endpoint(struct worker *worker, size_t endpoint)
{
	size_t i, count = settings_api_count(worker->context->settings);

	for (i = 0; i < count; i++)
		worker->memories[i] =
			(struct exchange_memory){ .preferred = endpoint, .fixed = true };
}

static int
prepare(struct worker *worker, struct fault *fault)
{
	const struct worker_context *context = worker->context;

	if (set_signals(context->monitor, fault) < 0)
		return -1;
	worker->secrets = secret_map(sizeof(*worker->secrets), fault);
	if (worker->secrets == NULL)
		return -1;
	worker->memories = calloc(settings_api_count(context->settings), sizeof(*worker->memories));
	if (worker->memories == NULL)
		return fault_set(fault, "out of memory");
	if (context->record != NULL && context->only_endpoint != RECORD_ALL_ENDPOINTS)
		fix_endpoint(worker, context->only_endpoint);
	worker->https = https_open(context->settings, &worker->uplink, fault);
	if (worker->https == NULL)
		return -1;
	if (request_log_open(&worker->log, context->settings, context->statistics, fault) < 0)
		return -1;
	return seal(worker, fault);
}

/* Why a request is answered without asking the API, or NULL when it is asked. */
static const char *
unasked(const struct worker *worker, enum request_result result, struct outcome *outcome)
{
	const struct settings *settings = worker->context->settings;

	if (result != REQUEST_VALID)
		return request_result_text(result);
	outcome->api = settings_route(settings, outcome->request.server);
	if (outcome->api == settings_api_count(settings))
		return "the server is not among \"hosts\"";
	if (!settings_has_operation(settings_api(settings, outcome->api),
				    outcome->request.operation))
		return "the operation is not among \"operations\"";
	return NULL;
}

/* Asks the API for a valid request. */
static enum exchange_end
ask(struct worker *worker, struct outcome *outcome)
{
	const struct settings *settings = worker->context->settings;
	struct view body = { worker->secrets->body, 0 };
	enum exchange_end end;

	body.size = contract_body(&outcome->request, worker->secrets->body);
	end = exchange_run(worker->https, settings, outcome->api, &worker->memories[outcome->api],
			   &outcome->request, body, outcome->started + settings->deadline,
			   worker->context->record != NULL ? &worker->context->record->peer : NULL,
			   &outcome->report);
	wipe(worker->secrets->body, body.size);
	outcome->reply = verdict_reply(outcome->report.verdict, outcome->request.operation,
				       settings->server);
	return end;
}

/* Tells the process that asks what became of its request. */
static void
record_outcome(const struct worker *worker, const struct outcome *outcome)
{
	const struct exchange_report *report = &outcome->report;
	struct record *record = worker->context->record;

	record->verdict =
		outcome->understood && outcome->unasked != NULL ? VERDICT_REFUSED : report->verdict;
	record->status = report->status;
	record->reused = report->reused;
	record->attempts = report->attempts;
	record->times = report->times;
	record->times.total = clock_now() - outcome->started;
	(void)snprintf(record->reason, sizeof(record->reason), "%s",
		       outcome->unasked != NULL ? outcome->unasked : report->reason);
	if (outcome->unasked == NULL)
		(void)snprintf(record->url, sizeof(record->url), "%s",
			       settings_api(worker->context->settings, outcome->api)
				       ->endpoints.list[report->endpoint]
				       .url);
	record->complete = true;
}

/* Answers the frame at the front of the buffer. */
static enum exchange_end
answer(struct worker *worker, enum frame_reply *reply)
{
	enum xmpp_server server = worker->context->settings->server;
	struct outcome outcome = { .started = clock_now() };
	enum exchange_end end = EXCHANGE_OVER;
	enum request_result result;

	result = request_parse(frame_payload(&worker->secrets->frames), &outcome.request);
	outcome.understood = result != REQUEST_UNKNOWN;
	outcome.unasked = unasked(worker, result, &outcome);
	if (outcome.unasked == NULL)
		end = ask(worker, &outcome);
	else if (outcome.understood)
		outcome.reply = verdict_reply(VERDICT_REFUSED, outcome.request.operation, server);
	else /* for "unavailable" the operation makes no difference */
		outcome.reply = verdict_reply(VERDICT_UNAVAILABLE, OPERATION_AUTH, server);
	if (end == EXCHANGE_OVER)
		request_log_write(&worker->log, &outcome);
	if (log_is_cut_off())
		atomic_store(&worker->context->progress->log_lost, true);
	if (worker->context->record != NULL)
		record_outcome(worker, &outcome);
	*reply = outcome.reply;
	return end;
}

/* One write(2) of four bytes. False when the host is gone. */
static bool
send_reply(const struct worker *worker, enum frame_reply reply)
{
	uint8_t bytes[FRAME_REPLY_SIZE];
	ssize_t written;

	frame_encode_reply(reply, bytes);
	do {
		written = write(worker->context->host_out, bytes, sizeof(bytes));
	} while (written < 0 && errno == EINTR);
	return written == (ssize_t)sizeof(bytes);
}

/* Reads what the host has sent, as much as there is room for. False at the
 * stream's end. */
static bool
read_frames(struct worker *worker)
{
	struct frame_buffer *frames = &worker->secrets->frames;
	ssize_t count;

	do {
		count = read(worker->context->host_in, frames->bytes + frames->size,
			     sizeof(frames->bytes) - frames->size);
	} while (count < 0 && errno == EINTR);
	if (count > 0)
		frames->size += (size_t)count;
	return count > 0 || (count < 0 && errno == EAGAIN);
}

/* True when the monitor wants us to leave, and nothing of the host's is held. */
static bool
may_retire(const struct worker *worker)
{
	return worker->uplink.retiring && worker->secrets->frames.size == 0;
}

/* Waits for a whole frame. Returns its size, or 0 with the reason in *end. */
static size_t
await_frame(struct worker *worker, enum worker_end *end)
{
	struct frame_buffer *frames = &worker->secrets->frames;
	size_t size;

	while ((size = frame_size(frames)) == 0) {
		set_position(worker, frames->size == 0 ? STREAM_BETWEEN_FRAMES : STREAM_IN_FRAME);
		if (!may_retire(worker) &&
		    uplink_wait_host(&worker->uplink, frames->size == 0) != UPLINK_OK) {
			*end = WORKER_MONITOR_GONE;
			return 0;
		}
		if (may_retire(worker)) {
			*end = WORKER_RETIRED;
			return 0;
		}
		set_position(worker, STREAM_IN_FRAME);
		if (!read_frames(worker)) {
			*end = WORKER_HOST_GONE;
			return 0;
		}
	}
	return size;
}

static enum worker_end
serve(struct worker *worker)
{
	struct frame_buffer *frames = &worker->secrets->frames;
	enum worker_end end = WORKER_MONITOR_GONE;
	enum frame_reply reply = FRAME_REPLY_NO;
	size_t size;

	while ((size = await_frame(worker, &end)) > 0) {
		/* with bytes of a next frame in our hands, nobody could take over */
		set_position(worker, frames->size == size ? STREAM_OWES_REPLY : STREAM_IN_FRAME);
		switch (answer(worker, &reply)) {
		case EXCHANGE_OVER:
			break;
		case EXCHANGE_HOST_GONE:
			return WORKER_HOST_GONE;
		case EXCHANGE_MONITOR_GONE:
			return WORKER_MONITOR_GONE;
		}
		frame_forget(frames, size);
		set_position(worker, STREAM_IN_REPLY);
		if (!send_reply(worker, reply))
			return WORKER_HOST_GONE;
	}
	return end;
}

enum worker_end
worker_run(const struct worker_context *context)
{
	struct worker worker = {
		.context = context,
		.uplink = { .channel = context->channel, .host = context->host_in },
	};
	enum uplink_result end;
	struct fault fault;

	(void)prctl(PR_SET_NAME, "extauth-worker", 0, 0, 0);
	log_open(&context->log, "worker");
	if (prepare(&worker, &fault) < 0) {
		log_message(LOG_ERROR, "refused to serve: %s", fault.text);
		return WORKER_UNPREPARED;
	}
	end = uplink_ready(&worker.uplink, worker.landlock, worker.status);
	(void)close(worker.status);
	switch (end) {
	case UPLINK_OK:
		return serve(&worker);
	case UPLINK_HOST_GONE:
		return WORKER_HOST_GONE;
	case UPLINK_FAILED:
	case UPLINK_TIMED_OUT:
	case UPLINK_MONITOR_GONE:
		break;
	}
	return WORKER_MONITOR_GONE;
}
