/* SPDX-License-Identifier: ISC */
#include "ipc/outcome.h"

#include "ipc/outcome_message.h"
#include "ipc/pack.h"

#include <stdbool.h>
#include <stdint.h>

#define STATUS_MAX   999
#define ATTEMPTS_MAX 1000

/*@ requires reader_valid(reader) && \valid(entry) && \separated(reader, entry);
  @ requires \separated(entry, reader->view.data + (0 .. reader->view.size - 1));
  @ terminates \true;
  @ assigns reader->at, reader->broken, *entry;
  @ ensures reader_valid(reader) && reader_went_on{Pre,Post}(reader);
  @*/
static void
read_certificate(struct reader *reader, struct outcome_certificate *entry)
{
	pack_take_string(reader, entry->subject, sizeof(entry->subject));
	pack_take_string(reader, entry->issuer, sizeof(entry->issuer));
	pack_take_string(reader, entry->not_after, sizeof(entry->not_after));
	entry->days_left =
		(int32_t)((int64_t)pack_take_number(reader, 4, UINT32_MAX) - OUTCOME_DAYS_OFFSET);
	pack_take_bytes(reader, entry->pin, sizeof(entry->pin));
}

/*@ requires reader_valid(reader) && \valid(peer) && \separated(reader, peer);
  @ requires \separated(peer, reader->view.data + (0 .. reader->view.size - 1));
  @ terminates \true;
  @ assigns reader->at, reader->broken, *peer;
  @ ensures reader_valid(reader) && reader_went_on{Pre,Post}(reader);
  @ ensures peer->chain_count <= OUTCOME_CHAIN_MAX;
  @*/
static void
read_peer(struct reader *reader, struct outcome_peer *peer)
{
	uint32_t i;

	pack_take_string(reader, peer->protocol, sizeof(peer->protocol));
	pack_take_string(reader, peer->cipher, sizeof(peer->cipher));
	pack_take_string(reader, peer->names, sizeof(peer->names));
	peer->chain_count = (uint32_t)pack_take_number(reader, 1, OUTCOME_CHAIN_MAX);
	/*@ loop invariant i <= peer->chain_count <= OUTCOME_CHAIN_MAX;
	  @ loop invariant reader_valid(reader) && reader_went_on{Pre,Here}(reader);
	  @ loop assigns i, reader->at, reader->broken, peer->chain[0 .. OUTCOME_CHAIN_MAX - 1];
	  @ loop variant peer->chain_count - i;
	  @*/
	for (i = 0; i < peer->chain_count; i++)
		read_certificate(reader, &peer->chain[i]);
}

/* Where the time went. */
/*@ requires reader_valid(reader) && \valid(times) && \separated(reader, times);
  @ requires \separated(times, reader->view.data + (0 .. reader->view.size - 1));
  @ terminates \true;
  @ assigns reader->at, reader->broken, *times;
  @ ensures reader_valid(reader) && reader_went_on{Pre,Post}(reader);
  @*/
static void
read_times(struct reader *reader, struct outcome_times *times)
{
	times->resolve = (int64_t)pack_take_number(reader, 4, UINT32_MAX);
	times->connect = (int64_t)pack_take_number(reader, 4, UINT32_MAX);
	times->tls = (int64_t)pack_take_number(reader, 4, UINT32_MAX);
	times->wait = (int64_t)pack_take_number(reader, 4, UINT32_MAX);
}

/*@ requires reader_valid(reader) && \valid(outcome) && \separated(reader, outcome);
  @ requires \separated(outcome, reader->view.data + (0 .. reader->view.size - 1));
  @ terminates \true;
  @ assigns reader->at, reader->broken, outcome->user, outcome->host, outcome->reason,
  @	outcome->api_message;
  @ ensures reader_valid(reader) && reader_went_on{Pre,Post}(reader);
  @ ensures !reader->broken ==> outcome_text_sound(outcome->user, OUTCOME_USER_MAX);
  @ ensures !reader->broken ==> outcome_text_sound(outcome->host, OUTCOME_USER_MAX);
  @ ensures !reader->broken ==> outcome_text_sound(outcome->reason, OUTCOME_TEXT_MAX);
  @ ensures !reader->broken ==> outcome_text_sound(outcome->api_message, OUTCOME_TEXT_MAX);
  @*/
static void
read_texts(struct reader *reader, struct outcome *outcome)
{
	outcome->user = pack_take_text(reader, OUTCOME_USER_MAX);
	outcome->host = pack_take_text(reader, OUTCOME_USER_MAX);
	outcome->reason = pack_take_text(reader, OUTCOME_TEXT_MAX);
	outcome->api_message = pack_take_text(reader, OUTCOME_TEXT_MAX);
}

/* Closed after fewer failures than open it, or open with a backoff between the bounds. */
/*@ requires reader_valid(reader) && \valid(breaker) && \separated(reader, breaker);
  @ requires \separated(breaker, reader->view.data + (0 .. reader->view.size - 1));
  @ terminates \true;
  @ assigns reader->at, reader->broken, *breaker;
  @ ensures reader_valid(reader) && reader_went_on{Pre,Post}(reader);
  @ ensures !reader->broken ==> breaker_valid(breaker);
  @*/
static void
read_breaker(struct reader *reader, struct breaker *breaker)
{
	unsigned int failures = (unsigned int)pack_take_number(reader, 1, BREAKER_FAILURES);
	int64_t backoff = (int64_t)pack_take_number(reader, 4, BREAKER_BACKOFF_MAX);
	int64_t until = (int64_t)pack_take_number(reader, 8, INT64_MAX);
	bool open = failures == BREAKER_FAILURES;

	if (open ? backoff < BREAKER_BACKOFF_MIN : backoff != 0)
		reader->broken = true;
	breaker->failures = failures;
	breaker->backoff = backoff;
	breaker->until = until;
}

/* The verdict, which must be possible for this kind of outcome: only an API grants. */
/*@ requires reader_valid(reader) && \valid(outcome) && \separated(reader, outcome);
  @ requires \separated(outcome, reader->view.data + (0 .. reader->view.size - 1));
  @ terminates \true;
  @ assigns reader->at, reader->broken, outcome->kind, outcome->operation, outcome->verdict,
  @	outcome->change, outcome->attempts, outcome->status;
  @ ensures reader_valid(reader) && reader_went_on{Pre,Post}(reader);
  @ ensures outcome_ranges(outcome);
  @ ensures !reader->broken ==> outcome_consistent(outcome);
  @*/
static void
read_verdict(struct reader *reader, struct outcome *outcome)
{
	uint32_t kind = (uint32_t)pack_take_number(reader, 1, OUTCOME_ASKED);
	uint32_t operation = (uint32_t)pack_take_number(reader, 1, OPERATION_COUNT - 1);
	uint32_t verdict = (uint32_t)pack_take_number(reader, 1, VERDICT_GRANTED);
	uint32_t change = (uint32_t)pack_take_number(reader, 1, BREAKER_CLOSED);
	uint32_t attempts = (uint32_t)pack_take_number(reader, 2, ATTEMPTS_MAX);
	uint32_t status = (uint32_t)pack_take_number(reader, 2, STATUS_MAX);

	if ((kind == OUTCOME_MALFORMED && verdict != VERDICT_UNAVAILABLE) ||
	    (kind == OUTCOME_LOCAL && verdict != VERDICT_REFUSED))
		reader->broken = true;
	if (verdict == VERDICT_GRANTED &&
	    (kind != OUTCOME_ASKED || attempts == 0 || (status != 200 && status != 201)))
		reader->broken = true;
	outcome->kind = (enum outcome_kind)kind;
	outcome->operation = (enum operation)operation;
	outcome->verdict = (enum verdict)verdict;
	outcome->change = (enum breaker_change)change;
	outcome->attempts = attempts;
	outcome->status = status;
}

void
outcome_read(struct reader *reader, struct outcome *outcome)
{
	if (outcome->tells_peer)
		read_peer(reader, outcome->peer);
	read_times(reader, &outcome->times);
	pack_take_string(reader, outcome->memory.cause, sizeof(outcome->memory.cause));
	outcome->memory.rate_limited = pack_take_number(reader, 8, UINT64_MAX);
	outcome->memory.since = (int64_t)pack_take_number(reader, 8, INT64_MAX);
	outcome->memory.expiry = (int64_t)pack_take_number(reader, 8, OUTCOME_EXPIRY_MAX);
	outcome->memory.preferred = (uint32_t)pack_take_number(reader, 4, UINT32_MAX);
	outcome->api = (uint32_t)pack_take_number(reader, 4, UINT32_MAX);
	outcome->endpoint = (uint32_t)pack_take_number(reader, 4, UINT32_MAX);
	outcome->connections = (uint32_t)pack_take_number(reader, 2, ATTEMPTS_MAX);
	outcome->reused = pack_take_number(reader, 1, 1) == 1;
	outcome->was_open = pack_take_number(reader, 1, 1) == 1;
	read_texts(reader, outcome);
	read_breaker(reader, &outcome->memory.breaker);
	read_verdict(reader, outcome);
}
