/* SPDX-License-Identifier: ISC */
/*
 * Messages: any bytes are a message that fulfils every promise of message.h, or none. A message
 * that was read is packed again, which must give the same bytes: every message has one encoding.
 * The first byte says whether an outcome must have a peer.
 */
#define _DEFAULT_SOURCE
#include "fuzz.h"

#include "ipc/message.h"
#include "oracle.h"

static void
check_text(struct view text, size_t max)
{
	size_t i;

	MUST(text.size <= max && oracle_is_utf8(text));
	for (i = 0; i < text.size; i++) {
		MUST(text.data[i] >= ' ' && text.data[i] != 0x7F);
		MUST(i == 0 || text.data[i - 1] != 0xC2 || text.data[i] >= 0xA0);
	}
}

static void
check_string(const char *text, size_t room)
{
	check_text((struct view){ (const uint8_t *)text, strnlen(text, room) }, room - 1);
}

static void
check_peer(const struct outcome_peer *peer)
{
	uint32_t i;

	MUST(peer->chain_count <= OUTCOME_CHAIN_MAX);
	check_string(peer->names, sizeof(peer->names));
	check_string(peer->protocol, sizeof(peer->protocol));
	for (i = 0; i < peer->chain_count; i++) {
		check_string(peer->chain[i].subject, sizeof(peer->chain[i].subject));
		check_string(peer->chain[i].issuer, sizeof(peer->chain[i].issuer));
	}
}

static void
check_outcome(const struct outcome *outcome)
{
	const struct breaker *breaker = &outcome->memory.breaker;

	MUST(outcome->kind < OUTCOME_KIND_COUNT && outcome->operation < OPERATION_COUNT);
	MUST(outcome->verdict <= VERDICT_GRANTED && outcome->change <= BREAKER_CLOSED);
	MUST(outcome->verdict != VERDICT_GRANTED ||
	     (outcome->kind == OUTCOME_ASKED && outcome->attempts > 0 &&
	      (outcome->status == 200 || outcome->status == 201)));
	MUST(outcome->verdict == VERDICT_UNAVAILABLE || outcome->kind != OUTCOME_MALFORMED);
	MUST(breaker->failures < BREAKER_FAILURES
		     ? breaker->backoff == 0
		     : breaker->failures == BREAKER_FAILURES &&
			       breaker->backoff >= BREAKER_BACKOFF_MIN &&
			       breaker->backoff <= BREAKER_BACKOFF_MAX);
	MUST(outcome->memory.expiry >= 0 && outcome->memory.expiry <= OUTCOME_EXPIRY_MAX);
	check_text(outcome->user, OUTCOME_USER_MAX);
	check_text(outcome->host, OUTCOME_USER_MAX);
	check_text(outcome->reason, OUTCOME_TEXT_MAX);
	check_text(outcome->api_message, OUTCOME_TEXT_MAX);
	check_string(outcome->memory.cause, sizeof(outcome->memory.cause));
	if (outcome->tells_peer)
		check_peer(outcome->peer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t again[MESSAGE_SMALL_MAX];
	static struct outcome_peer peer;
	struct view input = { data, size };
	struct message message;

	message.outcome.tells_peer = (take_byte(&input) & 1) != 0;
	message.outcome.peer = &peer;
	if (message_read(input, &message) < 0)
		return 0;
	MUST(message.kind < MESSAGE_KIND_COUNT);
	if (message.kind == MESSAGE_REQUEST) {
		MUST(message.text.size == input.size - MESSAGE_REQUEST_HEAD);
		message_write_request(message.number, message.deadline, again);
		MUST(memcmp(again, input.data, MESSAGE_REQUEST_HEAD) == 0);
		return 0;
	}
	if (message.kind == MESSAGE_OUTCOME)
		check_outcome(&message.outcome);
	if (message.kind == MESSAGE_NOTE)
		check_text(message.text, MESSAGE_NOTE_MAX);
	/* times above an hour are cut when they are packed */
	if (message.kind != MESSAGE_OUTCOME)
		MUST(message_write(&message, again) == input.size &&
		     memcmp(again, input.data, input.size) == 0);
	return 0;
}
