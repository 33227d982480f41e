/* SPDX-License-Identifier: ISC */
#include "base/clock.h"
#include "base/view.h"
#include "base/writer.h"
#include "core/breaker.h"
#include "ipc/outcome.h"
#include "ipc/outcome_message.h"
#include "ipc/pack.h"

#include <stdint.h>
#include <string.h>

struct view
outcome_text(const char *text)
{
	return (struct view){ (const uint8_t *)text, strlen(text) };
}

static void
write_peer(struct writer *writer, const struct outcome_peer *peer)
{
	uint32_t i;

	pack_put_text(writer, outcome_text(peer->protocol), sizeof(peer->protocol) - 1);
	pack_put_text(writer, outcome_text(peer->cipher), sizeof(peer->cipher) - 1);
	pack_put_text(writer, outcome_text(peer->names), sizeof(peer->names) - 1);
	pack_put_number(writer, 1, peer->chain_count);
	for (i = 0; i < peer->chain_count; i++) {
		const struct outcome_certificate *entry = &peer->chain[i];

		pack_put_text(writer, outcome_text(entry->subject), sizeof(entry->subject) - 1);
		pack_put_text(writer, outcome_text(entry->issuer), sizeof(entry->issuer) - 1);
		pack_put_text(writer, outcome_text(entry->not_after), sizeof(entry->not_after) - 1);
		pack_put_number(writer, 4, (uint64_t)(entry->days_left + OUTCOME_DAYS_OFFSET));
		writer_view(writer, (struct view){ entry->pin, sizeof(entry->pin) });
	}
}

/* Times above an hour are sent as an hour. */
static void
write_time(struct writer *writer, int64_t time)
{
	int64_t most = 3600 * CLOCK_SECOND;

	pack_put_number(writer, 4, (uint64_t)(time < 0 ? 0 : time > most ? most : time));
}

static void
write_memory(struct writer *writer, const struct outcome_memory *memory)
{
	pack_put_text(writer, outcome_text(memory->cause), sizeof(memory->cause) - 1);
	pack_put_number(writer, 8, memory->rate_limited);
	pack_put_number(writer, 8, (uint64_t)memory->since);
	pack_put_number(writer, 8, (uint64_t)memory->expiry);
	pack_put_number(writer, 4, memory->preferred);
}

static void
write_breaker(struct writer *writer, const struct breaker *breaker)
{
	pack_put_number(writer, 1, breaker->failures);
	pack_put_number(writer, 4, (uint64_t)breaker->backoff);
	pack_put_number(writer, 8, (uint64_t)breaker->until);
}

void
outcome_write(struct writer *writer, const struct outcome *outcome)
{
	if (outcome->tells_peer)
		write_peer(writer, outcome->peer);
	write_time(writer, outcome->times.resolve);
	write_time(writer, outcome->times.connect);
	write_time(writer, outcome->times.tls);
	write_time(writer, outcome->times.wait);
	write_memory(writer, &outcome->memory);
	pack_put_number(writer, 4, outcome->api);
	pack_put_number(writer, 4, outcome->endpoint);
	pack_put_number(writer, 2, outcome->connections);
	pack_put_number(writer, 1, outcome->reused);
	pack_put_number(writer, 1, outcome->was_open);
	pack_put_text(writer, outcome->user, OUTCOME_USER_MAX);
	pack_put_text(writer, outcome->host, OUTCOME_USER_MAX);
	pack_put_text(writer, outcome->reason, OUTCOME_TEXT_MAX);
	pack_put_text(writer, outcome->api_message, OUTCOME_TEXT_MAX);
	write_breaker(writer, &outcome->memory.breaker);
	pack_put_number(writer, 1, outcome->kind);
	pack_put_number(writer, 1, outcome->operation);
	pack_put_number(writer, 1, outcome->verdict);
	pack_put_number(writer, 1, outcome->change);
	pack_put_number(writer, 2, outcome->attempts);
	pack_put_number(writer, 2, outcome->status);
}
