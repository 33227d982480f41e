/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "worker/worker.h"

#include "base/fault.h"
#include "base/log.h"
#include "base/log_level.h"
#include "base/safe_path.h"
#include "base/secret.h"
#include "base/view.h"
#include "base/wipe.h"
#include "core/contract.h"
#include "core/host_name.h"
#include "core/request.h"
#include "core/verdict.h"
#include "https/https.h"
#include "ipc/message.h"
#include "ipc/outcome.h"
#include "ipc/uplink.h"
#include "sandbox/landlock.h"
#include "sandbox/policy.h"
#include "sandbox/sandbox.h"
#include "sandbox/walls.h"
#include "settings/api.h"
#include "settings/settings.h"
#include "worker/exchange.h"
#include "worker/user_name.h"

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
static_assert(OUTCOME_USER_MAX == REQUEST_NAME_MAX, "an outcome has room for every name");

/* Memory for passwords. */
struct secrets {
	uint8_t message[MESSAGE_SIZE_MAX];
	uint8_t body[CONTRACT_BODY_MAX];
};

struct worker {
	const struct worker_context *context;
	struct uplink uplink;
	struct exchange exchange;
	struct secrets *secrets;
	struct user_name user_name;
	uint8_t host[HOST_NAME_GROWTH * REQUEST_NAME_MAX]; /* see searched_host() */
	int landlock;					   /* the ABI that is in force */
};

/* The monitor handles signals; a worker dies with it. */
static int
set_signals(pid_t monitor, struct fault *fault)
{
	static const int ignored[] = {
		SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE, SIGXFSZ
	};
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

/* The walls were available when the monitor tried them; namespaces may have run out since. */
static int
raise_walls(const struct settings *settings, struct fault *fault)
{
	if (walls_raise(WALLS_WORKER, fault) == 0)
		return 0;
	if (settings->walls == WALLS_REQUIRED)
		return -1;
	log_message(LOG_WARNING, "%s; continuing without", fault->text);
	return 0;
}

static int
seal(struct worker *worker, struct fault *fault)
{
	const struct sandbox_limits limits = {
		.descriptors = WORKER_DESCRIPTORS_MAX,
		.memory = WORKER_MEMORY_MAX,
	};
	const struct policy *const policies[] = { &policy_worker, NULL };
	struct landlock landlock;

	if (sandbox_limit(&limits, fault) < 0 ||
	    raise_walls(worker->context->settings, fault) < 0 ||
	    landlock_open(&landlock, fault) < 0 || landlock_seal(&landlock, fault) < 0)
		return -1;
	worker->landlock = landlock.abi;
	if (worker->landlock > 0 && landlock_confirm(fault) < 0)
		return -1;
	return sandbox_seal(policies, fault);
}

/* Gives the monitor the file by which it confirms our seal. */
static int
introduce(struct worker *worker, struct fault *fault)
{
	int status = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	enum uplink_result result;

	if (status < 0)
		return fault_set(
			fault,
			"/proc/self/status cannot be read: mount /proc in the container (%s)",
			strerror(errno));
	result = uplink_introduce(&worker->uplink, status);
	(void)close(status);
	return result == UPLINK_OK ? 0 : fault_set(fault, "the monitor is gone");
}

static int
prepare(struct worker *worker, struct fault *fault)
{
	const struct worker_context *context = worker->context;

	if (set_signals(context->monitor, fault) < 0 || introduce(worker, fault) < 0)
		return -1;
	worker->secrets = secret_map(sizeof(*worker->secrets), fault);
	if (worker->secrets == NULL)
		return -1;
	worker->uplink.room = worker->secrets->message;
	worker->exchange = (struct exchange){
		.settings = context->settings,
		.memories = context->memories,
		.only_endpoint = context->only_endpoint,
		.https = https_open(context->settings, &worker->uplink, fault),
	};
	if (worker->exchange.https == NULL)
		return -1;
	if (user_name_open(&worker->user_name, context->settings->log_users, fault) < 0)
		return -1;
	return seal(worker, fault);
}

/* Why the API is not asked, or NULL when it is. */
static const char *
refusal(const struct settings *settings, enum request_result result, const struct request *request,
	size_t *api)
{
	if (result != REQUEST_VALID)
		return request_result_text(result);
	*api = settings_route(settings, request->host);
	if (*api == settings_api_count(settings))
		return "the host is not listed in \"hosts\"";
	if (!api_has_operation(settings_api(settings, *api), request->operation))
		return "the operation is not listed in \"operations\"";
	return NULL;
}

/* Asks the API for a valid request. */
static void
ask_api(struct worker *worker, const struct request *request, int64_t deadline,
	struct outcome *outcome)
{
	struct view body = { worker->secrets->body, 0 };

	outcome->kind = OUTCOME_ASKED;
	outcome->user = user_name_of(&worker->user_name, request);
	body.size = contract_body(request, worker->secrets->body);
	exchange_run(&worker->exchange, request, body, deadline, outcome);
	wipe(worker->secrets->body, body.size);
}

/* The XMPP host, normalised as for the search in "hosts". */
static struct view
searched_host(struct worker *worker, struct view host)
{
	struct view form = { worker->host, 0 };

	if (host.size > 0 && host.size <= REQUEST_NAME_MAX)
		form.size = host_name_normal(host, HOST_NAME_XMPP, worker->host);
	return form;
}

/* Handles a request: fills in its outcome. */
static void
handle(struct worker *worker, const struct message *message, struct outcome *outcome)
{
	struct request request = { 0 };
	enum request_result result = request_parse(message->text, &request);
	size_t api = 0;
	const char *reason = refusal(worker->context->settings, result, &request, &api);

	if (result == REQUEST_UNKNOWN) {
		outcome->kind = OUTCOME_MALFORMED;
	} else {
		outcome->operation = request.operation;
		outcome->kind = OUTCOME_LOCAL;
		outcome->verdict = VERDICT_REFUSED;
	}
	if (reason != NULL) {
		outcome->reason = outcome_text(reason);
		outcome->host = searched_host(worker, request.host);
		return;
	}
	outcome->host = request.host;
	outcome->api = (uint32_t)api;
	ask_api(worker, &request, message->deadline, outcome);
}

static enum worker_end
serve(struct worker *worker)
{
	static struct outcome_peer peer;
	struct message message;

	while (uplink_next(&worker->uplink, &message) == UPLINK_OK) {
		struct outcome outcome = { .kind = OUTCOME_MALFORMED };

		peer = (struct outcome_peer){ 0 };
		outcome.tells_peer = worker->context->tells_peer;
		outcome.peer = &peer;
		handle(worker, &message, &outcome);
		if (uplink_outcome(&worker->uplink, &message, &outcome) != UPLINK_OK)
			break;
	}
	return WORKER_NO_CHANNEL;
}

/* A worker has no log of its own. */
static void
forward(void *context, enum log_level level, const char *message)
{
	uplink_note(context, level, message);
}

enum worker_end
worker_run(const struct worker_context *context)
{
	struct worker worker = {
		.context = context,
		.uplink = { .channel = context->channel },
	};
	bool connects_first;
	struct fault fault;

	(void)prctl(PR_SET_NAME, "extauth-worker", 0, 0, 0);
	log_forward(forward, &worker.uplink);
	if (prepare(&worker, &fault) < 0) {
		log_message(LOG_ERROR, "refused to serve: %s", fault.text);
		return safe_path_met_seal() ? WORKER_SEALED_OUT : WORKER_UNPREPARED;
	}
	if (uplink_ready(&worker.uplink, worker.landlock, &connects_first) != UPLINK_OK)
		return WORKER_NO_CHANNEL;
	if (connects_first) {
		exchange_connect(&worker.exchange);
		if (uplink_has_connected(&worker.uplink) != UPLINK_OK)
			return WORKER_NO_CHANNEL;
	}
	return serve(&worker);
}
