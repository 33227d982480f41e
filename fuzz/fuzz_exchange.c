/* SPDX-License-Identifier: ISC */
/*
 * The worker's loop on real libcurl connections, from requests to outcomes. The input is a
 * script (stage.h) behind what failures.h describes. Every request must have its
 * outcome, in order; what it says, follows from a second reading of the request and
 * from the oracle's of what libcurl has taken for the answer.
 */
#define worker_run unused_worker_run /* the module of that name is linked, too */
#include "worker/worker.c"

#include "failures.h"
#include "fuzz.h"
#include "observer.h"
#include "settings/command_line.h"

static struct settings *settings; /* the same for all inputs */
static struct secrets secrets;
static struct stage stage;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char name[] = "x", a[] = "https://a:8443/v1", b[] = "https://b:8443",
		    *arguments[] = { name, a, b };
	struct command_line line = { .argc = 3, .argv = arguments };
	struct view input = { data, size };
	bool fails = failures_start(&input);
	struct outcome_memory memory = { 0 };
	struct worker_context context = { .only_endpoint = WORKER_ALL_ENDPOINTS };
	struct worker worker = { .context = &context, .secrets = &secrets };
	struct fault fault;

	failures_hold();
	if (settings == NULL)
		settings = settings_load(&line, &fault);
	context.settings = settings;
	stage_open(&stage, input);
	observer_start(&stage);
	worker.uplink = (struct uplink){ .channel = stage.channel, .room = secrets.message };
	worker.exchange = (struct exchange){
		.settings = settings,
		.memories = &memory,
		.only_endpoint = WORKER_ALL_ENDPOINTS,
	};
	failures_go_on();
	worker.exchange.https = https_open(settings, &worker.uplink, &fault);
	if (worker.exchange.https != NULL)
		(void)serve(&worker);
	https_close(worker.exchange.https);
	failures_stop();
	MUST(fails || worker.exchange.https != NULL);
	stage_close(&stage);
	observer_check_outcomes(!fails && !stage.disturbed);
	return 0;
}
