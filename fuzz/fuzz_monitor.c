/* SPDX-License-Identifier: ISC */
/*
 * What arrives on the channel at the monitor, from a worker that was taken over. The input is a
 * byte with the worker's state and whether it has a request, and a list of messages (messages.h).
 * Nothing is killed or connected.
 */
#include "fuzz.h"

#include "deeds.h"
#include "ipc/channel.h"
#include "ipc/message.h"
#include "ipc/outcome.h"
#include "messages.h"
#include "monitor/worker_message.h"
#include "monitor/worker_process.h"
#include "monitor/worker_surroundings.h"
#include "sandbox/landlock.h"

#include <unistd.h>

#define ENDPOINTS 2

/* What a message must lead to. */
struct expected {
	bool shows, seals, has_connected, connects, notes, settles;
};

static bool
exists(uint32_t api, uint32_t endpoint)
{
	return api == 0 && endpoint < ENDPOINTS;
}

/* Taken from the picture at the top of worker_process.h, and from message.h. */
static struct expected
expect(const struct worker_process *worker, const struct sent *sent, const struct message *message)
{
	const struct outcome *outcome = &message->outcome;
	bool bare = sent->descriptors == 0;
	bool serving = worker->state == WORKER_SERVING;
	bool starting = worker->state == WORKER_STARTING && message->kind == MESSAGE_READY;

	return (struct expected){
		.shows = starting && !bare && message->stage == MESSAGE_STATUS_FILE &&
			 worker->status_file < 0,
		.seals = starting && bare && message->stage == MESSAGE_SEALED &&
			 message->landlock == (uint32_t)landlock_abi() && worker->status_file >= 0,
		.has_connected = worker->state == WORKER_CONNECTING && bare &&
				 message->kind == MESSAGE_READY &&
				 message->stage == MESSAGE_HAS_CONNECTED,
		.connects = (serving || worker->state == WORKER_CONNECTING) && bare &&
			    message->kind == MESSAGE_CONNECT && message->endpoint < ENDPOINTS,
		.notes = bare && message->kind == MESSAGE_NOTE,
		.settles = serving && bare && message->kind == MESSAGE_OUTCOME &&
			   worker->request != 0 && message->number == worker->request &&
			   (outcome->kind != OUTCOME_ASKED ||
			    (exists(outcome->api, outcome->endpoint) &&
			     exists(outcome->api, outcome->memory.preferred))),
	};
}

/* Receives one message, and compares what was done with what must be done. */
static void
check_message(struct worker_process *worker, const struct sent *sent)
{
	static const struct worker_surroundings surroundings = { .observer = -1, .kernel_log = -1 };
	static struct outcome_peer unused;
	struct message message = { .kind = MESSAGE_SERVE, .outcome.peer = &unused }, got;
	struct expected expected = { 0 };
	bool settled, lawful;

	if (messages_is_sound(sent) && message_read(sent->bytes, &message) == 0)
		expected = expect(worker, sent, &message);
	lawful = expected.shows || expected.seals || expected.has_connected || expected.connects ||
		 expected.notes || expected.settles;
	deeds = (struct deeds){ 0 };
	settled = worker_message_receive(worker, &surroundings, &got);
	MUST(settled == expected.settles && (deeds.wanted != NULL) == expected.connects);
	MUST(deeds.confirmed == expected.seals);
	MUST(!expected.connects ||
	     deeds.wanted == &worker->settings->api.endpoints.list[message.endpoint]);
	MUST(!expected.connects || worker->connection == message.number);
	MUST(!settled || worker->request == 0);
	MUST(deeds.killed == (!lawful && !messages_is_end(sent)));
	MUST((worker->state == WORKER_ENDED) == (deeds.killed > 0));
	MUST((worker->channel < 0) == (deeds.killed > 0 || messages_is_end(sent)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct settings settings = { .api.endpoints.count = ENDPOINTS };
	static struct outcome_memory memories[1];
	int ends[2], lowest;
	struct view input = { data, size };
	struct sent sent[MESSAGES_MAX];
	struct worker_process worker;
	uint8_t state;
	size_t i, count;

	worker_process_init(&worker);
	lowest = messages_lowest_free();
	MUST(channel_open(ends) == 0);
	state = take_byte(&input);
	worker.state = (enum worker_state)(state % WORKER_ENDED);
	worker.request = state / WORKER_ENDED;
	worker.connects_first = (state & 0x80) != 0;
	worker.pid = DEEDS_PID;
	worker.channel = ends[1];
	worker.settings = &settings;
	worker.memories = memories;
	count = messages_send(&input, ends, sent);
	for (i = 0; i < count && worker.channel >= 0; i++)
		check_message(&worker, &sent[i]);
	worker.settings = NULL;
	worker.memories = NULL;
	worker_process_reap(&worker);
	MUST(close(ends[0]) == 0);
	MUST(messages_lowest_free() == lowest);
	return 0;
}
