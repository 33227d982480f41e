/* SPDX-License-Identifier: ISC */
/*
 * The worker's loop on real libcurl connections, from frames to replies. The input is a
 * script (stage.h) behind what failures.h describes. Every frame must have its
 * reply, and no other bytes; what the reply is, follows from a second reading of
 * the frame and from the oracle's of what libcurl has taken for the answer.
 */
#define worker_run unused_worker_run /* the module of that name is linked, too */
#include "worker/worker.c"

#include "failures.h"
#include "fuzz.h"
#include "observer.h"
#include "settings/command_line.h"

static struct settings *settings; /* the same for all inputs */
static struct secrets secrets;
static struct statistics statistics;
static struct progress progress;
static struct stage stage;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char name[] = "x", a[] = "https://a:8443/v1", b[] = "https://b:8443",
		    *arguments[] = { name, a, b };
	struct command_line line = { .argc = 3, .argv = arguments };
	struct view input = { data, size };
	bool fails = failures_start(&input);
	struct exchange_memory memory = { 0 };
	struct worker_context context = { .progress = &progress, .statistics = &statistics };
	struct worker worker = { .context = &context, .memories = &memory, .secrets = &secrets };
	enum worker_end end = WORKER_UNPREPARED;
	struct fault fault;

	failures_hold();
	if (settings == NULL)
		settings = settings_load(&line, &fault);
	context.settings = settings;
	stage_open(&stage, input);
	observer_start(&stage);
	context.host_in = worker.uplink.host = stage.host_in;
	context.host_out = stage.host_out;
	worker.uplink.channel = stage.channel;
	secrets.frames.size = 0;
	MUST(request_log_open(&worker.log, settings, &statistics, &fault) == 0);
	failures_go_on();
	worker.https = https_open(settings, &worker.uplink, &fault);
	if (worker.https != NULL)
		end = serve(&worker);
	https_close(worker.https);
	failures_stop();
	MUST(fails || worker.https != NULL);
	observer_check_replies(!fails && !stage.disturbed && end == WORKER_HOST_GONE);
	stage_close(&stage);
	return 0;
}
