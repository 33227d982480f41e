/* SPDX-License-Identifier: ISC */
/*
 * What arrives on the channel at the monitor, from a worker that somebody has
 * taken over. The input is a byte with the worker's state and a list of messages
 * (messages.h). Nothing is killed or connected.
 */
#include "fuzz.h"

#include "deeds.h"
#include "ipc/channel.h"
#include "messages.h"
#include "monitor/worker_process.h"
#include "sandbox/landlock.h"

#include <unistd.h>

#define ENDPOINTS 2

/* Receives one message, and compares what was done with what must be. */
static void
check_message(struct worker_process *worker, const struct sent *sent)
{
	static const struct worker_surroundings surroundings = { .kernel_log = -1 };
	const struct channel_message *message = &sent->message;
	bool sound = messages_is_sound(sent);
	bool starting = worker->state == WORKER_STARTING;
	bool serving = worker->state == WORKER_SERVING || worker->state == WORKER_RETIRING;
	bool seals = sound && sent->descriptors == 1 && starting &&
		     message->kind == CHANNEL_READY && message->error == landlock_abi();
	bool connects = sound && sent->descriptors == 0 && serving &&
			message->kind == CHANNEL_CONNECT && message->endpoint < ENDPOINTS;

	deeds = (struct deeds){ 0 };
	worker_process_receive(worker, &surroundings);
	MUST(deeds.confirmed == seals && (deeds.wanted != NULL) == connects);
	MUST(!connects || deeds.wanted == &worker->settings->api.endpoints.list[message->endpoint]);
	MUST(!connects || worker->request == message->id);
	MUST(!seals || worker->state == WORKER_SEALED);
	MUST(deeds.killed == (!seals && !connects && !messages_is_end(sent)));
	MUST((worker->channel < 0) == messages_is_end(sent));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct settings settings = { .api.endpoints.count = ENDPOINTS };
	int ends[2], lowest;
	struct view input = { data, size };
	struct sent sent[MESSAGES_MAX];
	struct worker_process worker;
	size_t i, count;

	worker_process_init(&worker);
	MUST(channel_open(ends) == 0);
	lowest = messages_lowest_free();
	worker.state = (enum worker_state)(take_byte(&input) % (WORKER_RETIRING + 1));
	worker.pid = DEEDS_PID;
	worker.channel = ends[1];
	worker.settings = &settings;
	count = messages_send(&input, ends, sent);
	for (i = 0; i < count && worker.channel >= 0; i++)
		check_message(&worker, &sent[i]);
	/* a channel that was found closed is closed already */
	MUST(messages_lowest_free() == (worker.channel >= 0 ? lowest : ends[1]));
	if (worker.channel >= 0)
		MUST(close(worker.channel) == 0);
	MUST(close(ends[0]) == 0);
	return 0;
}
