/* SPDX-License-Identifier: ISC */
/*
 * The worker's loop with the real libcurl, from frames to replies. The input is a
 * script (stage.h) behind what failures.h describes. Every frame must have its
 * reply, and no other bytes; what the reply is, follows from a second reading of
 * the frame and from the oracle's of what libcurl has taken for the answer.
 */
#define worker_run unused_worker_run /* the module of that name is linked, too */
#include "worker.c"

#include "failures.h"
#include "fuzz.h"
#include "naive.h"
#include "observer.h"

static struct settings *settings; /* the same for all inputs */
static struct secrets secrets;
static struct statistics statistics;
static struct progress progress;
static struct stage stage;

/* The reply that a frame must have. */
static uint8_t
expected_reply(struct view payload)
{
	struct request request = { 0 };
	enum request_result result = naive_parse(payload, &request);
	char verdict = result == REQUEST_UNKNOWN ? '-' : '0';

	if (result == REQUEST_VALID)
		verdict = observer_next(request.operation);
	if (verdict == '0' && request.operation != OPERATION_SETPASS &&
	    request.operation != OPERATION_TRYREGISTER)
		return 0;
	return verdict == '1' ? 1 : 2;
}

/* Compares the replies with the frames. `all`: none may be missing. */
static void
check_replies(bool all)
{
	struct view frames = { stage.host.data, stage.host.size }, payload;
	uint8_t reply[4];

	while (read(stage.host_reads, reply, 4) == 4) {
		MUST(frames.size >= 2);
		payload = take_bytes(&frames, 2);
		payload = take_bytes(&frames, (size_t)payload.data[0] * 256 + payload.data[1]);
		MUST(memcmp(reply, "\0\2\0", 3) == 0 && reply[3] == expected_reply(payload));
	}
	MUST(!all || frames.size < 2 ||
	     frames.size < 2 + (size_t)frames.data[0] * 256 + frames.data[1]);
}

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
	worker.https = https_open(settings, &worker.uplink, NULL, &fault);
	if (worker.https != NULL)
		end = serve(&worker);
	https_close(worker.https);
	failures_stop();
	MUST(fails || worker.https != NULL);
	check_replies(!fails && !stage.disturbed && end == WORKER_HOST_GONE);
	stage_close(&stage);
	return 0;
}
