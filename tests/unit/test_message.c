/* SPDX-License-Identifier: ISC */
/*
 * Messages: what is packed can be read, and nothing else.
 */
#define _GNU_SOURCE
#include "unit.h"

#include "ipc/message.h"

static uint8_t room[MESSAGE_SMALL_MAX];
static struct outcome_peer peer, unused;

/* Packs a message and gives the bytes it takes. */
static struct view
packed(const struct message *message)
{
	return (struct view){ room, message_write(message, room) };
}

/* Reads bytes from a block of exactly their size, which the texts then point into. */
static int
read_exactly(struct view bytes, struct message *message, struct outcome_peer *wanted)
{
	struct view copy = exact_copy(bytes);
	int result;

	message->outcome.tells_peer = wanted != NULL;
	message->outcome.peer = wanted != NULL ? wanted : &unused;
	result = message_read(copy, message);
	free((void *)copy.data);
	return result;
}

static struct outcome
granted(void)
{
	return (struct outcome){
		.kind = OUTCOME_ASKED,
		.operation = OPERATION_REMOVEUSER3,
		.verdict = VERDICT_GRANTED,
		.user = VIEW("jürgen"),
		.host = VIEW("example.org"),
		.reason = VIEW(""),
		.api_message = VIEW("welcome"),
		.api = 999,
		.endpoint = 15,
		.status = 201,
		.attempts = 3,
		.connections = 2,
		.reused = true,
		.was_open = true,
		.change = BREAKER_CLOSED,
		.times = { 1, 22, 333, 4444 },
		.memory = { { BREAKER_FAILURES, BREAKER_BACKOFF_MAX, 1 << 30 },
			    15,
			    INT64_MAX,
			    UINT64_MAX,
			    OUTCOME_EXPIRY_MAX,
			    "no connection" },
	};
}

static const struct {
	const char *what;
	struct message message;
} simple[] = {
	{ "connect", { .kind = MESSAGE_CONNECT, .number = UINT32_MAX, .endpoint = 16000 } },
	{ "connected",
	  { .kind = MESSAGE_CONNECTED,
	    .number = 7,
	    .error = MESSAGE_ERROR_MIN,
	    .resolve_us = UINT32_MAX,
	    .connect_us = 1 } },
	{ "refused", { .kind = MESSAGE_CONNECTED, .error = MESSAGE_ERROR_MAX } },
	{ "here", { .kind = MESSAGE_READY, .stage = MESSAGE_STATUS_FILE } },
	{ "sealed", { .kind = MESSAGE_READY, .stage = MESSAGE_SEALED, .landlock = 7 } },
	{ "has connected", { .kind = MESSAGE_READY, .stage = MESSAGE_HAS_CONNECTED } },
	{ "serve", { .kind = MESSAGE_SERVE } },
	{ "connect first", { .kind = MESSAGE_SERVE, .connects_first = true } },
};

static void
a_message_is_read_as_it_was_packed(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(simple); i++) {
		const struct message *sent = &simple[i].message;
		struct message got = { .outcome.peer = &unused };

		assert_int_equal(read_exactly(packed(sent), &got, NULL), 0);
		got.outcome.peer = NULL;
		assert_memory_equal(sent, &got, sizeof(got));
	}
}

static void
a_request_is_read_with_its_payload(void **state)
{
	static uint8_t bytes[MESSAGE_SIZE_MAX + 1];
	struct view whole = { bytes, MESSAGE_SIZE_MAX };
	struct message got;
	size_t i;

	(void)state;
	message_write_request(UINT32_MAX, INT64_MAX, bytes);
	for (i = MESSAGE_REQUEST_HEAD; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i; /* any bytes are a payload */
	got.outcome = (struct outcome){ .peer = &unused };
	assert_int_equal(message_read(whole, &got), 0);
	assert_int_equal(got.kind, MESSAGE_REQUEST);
	assert_int_equal(got.number, UINT32_MAX);
	assert_int_equal(got.deadline, INT64_MAX);
	assert_ptr_equal(got.text.data, bytes + MESSAGE_REQUEST_HEAD);
	assert_int_equal(got.text.size, FRAME_PAYLOAD_MAX);

	whole.size = MESSAGE_REQUEST_HEAD; /* an empty frame */
	assert_int_equal(message_read(whole, &got), 0);
	assert_int_equal(got.text.size, 0);
	whole.size = MESSAGE_SIZE_MAX + 1;
	assert_int_equal(message_read(whole, &got), -1);
	bytes[5] = 0x80; /* a deadline below 0 */
	whole.size = MESSAGE_REQUEST_HEAD;
	assert_int_equal(message_read(whole, &got), -1);
}

static void
an_outcome_is_read_as_it_was_packed(void **state)
{
	struct message sent = { .kind = MESSAGE_OUTCOME, .number = 5, .outcome = granted() };
	struct message got = { .outcome.peer = &unused };
	struct view bytes = packed(&sent);

	(void)state;
	got.outcome = (struct outcome){ .peer = &unused };
	assert_int_equal(message_read(bytes, &got), 0);
	assert_int_equal(got.number, 5);
	assert_view_equal(got.outcome.user, sent.outcome.user);
	assert_view_equal(got.outcome.host, sent.outcome.host);
	assert_view_equal(got.outcome.reason, sent.outcome.reason);
	assert_view_equal(got.outcome.api_message, sent.outcome.api_message);
	assert_memory_equal(&got.outcome.times, &sent.outcome.times, sizeof(got.outcome.times));
	assert_memory_equal(&got.outcome.memory, &sent.outcome.memory, sizeof(got.outcome.memory));
	assert_int_equal(got.outcome.kind, OUTCOME_ASKED);
	assert_int_equal(got.outcome.operation, OPERATION_REMOVEUSER3);
	assert_int_equal(got.outcome.verdict, VERDICT_GRANTED);
	assert_int_equal(got.outcome.status, 201);
	assert_int_equal(got.outcome.api, 999);
	assert_int_equal(got.outcome.endpoint, 15);
	assert_int_equal(got.outcome.attempts, 3);
	assert_int_equal(got.outcome.connections, 2);
	assert_true(got.outcome.reused && got.outcome.was_open);
	assert_int_equal(got.outcome.change, BREAKER_CLOSED);
}

static void
a_peer_is_there_when_it_is_wanted_and_only_then(void **state)
{
	static struct outcome_peer sent_peer = {
		.protocol = "TLSv1.3",
		.cipher = "TLS_AES_256_GCM_SHA384",
		.names = "a.example, b.example",
		.chain_count = OUTCOME_CHAIN_MAX,
		.chain[9] = { "CN=root", "CN=root", "2027-01-01", -3, { 1, 2, 3 } },
	};
	struct message sent = { .kind = MESSAGE_OUTCOME, .outcome = granted() }, got;
	struct view bytes;
	uint8_t *count;

	(void)state;
	sent.outcome.tells_peer = true;
	sent.outcome.peer = &sent_peer;
	assert_int_equal(read_exactly(packed(&sent), &got, &peer), 0);
	assert_memory_equal(&peer, &sent_peer, sizeof(peer));
	assert_int_equal(read_exactly(packed(&sent), &got, NULL), -1);
	sent.outcome.tells_peer = false;
	assert_int_equal(read_exactly(packed(&sent), &got, &peer), -1);
	sent.outcome.tells_peer = true;
	sent.outcome.peer = &sent_peer;
	bytes = packed(&sent);
	count = memmem(bytes.data, bytes.size, "b.example", 9);
	assert_non_null(count);
	count += 9; /* the chain's length is behind the names */
	assert_int_equal((*count)++, OUTCOME_CHAIN_MAX);
	assert_int_equal(read_exactly(bytes, &got, &peer), -1);
}

/* Every kind of message, as valid bytes. */
static struct view
specimen(size_t which, uint8_t out[MESSAGE_SMALL_MAX])
{
	struct message message = { .kind = MESSAGE_NOTE, .level = LOG_ERROR, .text = VIEW("x") };

	if (which < COUNT(simple))
		message = simple[which].message;
	else if (which == COUNT(simple))
		message = (struct message){ .kind = MESSAGE_OUTCOME, .outcome = granted() };
	return (struct view){ out, message_write(&message, out) };
}

static void
one_byte_more_or_less_is_no_message(void **state)
{
	uint8_t bytes[MESSAGE_SMALL_MAX + 1];
	size_t which, size;
	struct message got;

	(void)state;
	for (which = 0; which < COUNT(simple) + 2; which++) {
		struct view whole = specimen(which, bytes);

		for (size = 0; size < whole.size; size++)
			assert_int_equal(read_exactly(view_part(whole, 0, size), &got, NULL), -1);
		bytes[whole.size++] = 0;
		assert_int_equal(read_exactly(whole, &got, NULL), -1);
	}
}

static void
no_certificate_lasts_longer_than_a_date_can_say(void **state)
{
	struct message sent = { .kind = MESSAGE_OUTCOME, .outcome = granted() }, got;
	uint8_t bytes[MESSAGE_SMALL_MAX];

	(void)state;
	sent.outcome.memory.expiry = OUTCOME_EXPIRY_MAX + 1;
	assert_int_equal(
		read_exactly((struct view){ bytes, message_write(&sent, bytes) }, &got, NULL), -1);
}

static void
there_are_no_other_kinds(void **state)
{
	uint8_t bytes[MESSAGE_SMALL_MAX] = { 0 };
	struct message got;
	size_t kind, size;

	(void)state;
	for (kind = MESSAGE_KIND_COUNT; kind < 256; kind++) {
		bytes[0] = (uint8_t)kind;
		for (size = 1; size < 64; size++)
			assert_int_equal(read_exactly((struct view){ bytes, size }, &got, NULL),
					 -1);
	}
}

static void
what_contradicts_itself_is_no_outcome(void **state)
{
	static const struct {
		const char *what;
		enum outcome_kind kind;
		enum verdict verdict;
		uint32_t status, attempts;
		struct breaker breaker;
	} rows[] = {
		{ "a yes to no request", OUTCOME_MALFORMED, VERDICT_GRANTED, 200, 1, { 0 } },
		{ "a no to no request", OUTCOME_MALFORMED, VERDICT_REFUSED, 0, 0, { 0 } },
		{ "a yes without asking", OUTCOME_LOCAL, VERDICT_GRANTED, 200, 1, { 0 } },
		{ "an outage without asking", OUTCOME_LOCAL, VERDICT_UNAVAILABLE, 0, 0, { 0 } },
		{ "a yes without an attempt", OUTCOME_ASKED, VERDICT_GRANTED, 200, 0, { 0 } },
		{ "a yes without an answer", OUTCOME_ASKED, VERDICT_GRANTED, 0, 1, { 0 } },
		{ "a yes with 403", OUTCOME_ASKED, VERDICT_GRANTED, 403, 1, { 0 } },
		{ "status 1000", OUTCOME_ASKED, VERDICT_REFUSED, 1000, 1, { 0 } },
		{ "1001 attempts", OUTCOME_ASKED, VERDICT_REFUSED, 200, 1001, { 0 } },
		{ "a verdict of no kind", OUTCOME_ASKED, VERDICT_GRANTED + 1, 200, 1, { 0 } },
		{ "a kind of no kind", OUTCOME_KIND_COUNT, VERDICT_REFUSED, 200, 1, { 0 } },
		{ "a breaker open for an hour",
		  OUTCOME_ASKED,
		  VERDICT_REFUSED,
		  200,
		  1,
		  { BREAKER_FAILURES, 3600 * CLOCK_SECOND, 0 } },
		{ "open after no failure",
		  OUTCOME_ASKED,
		  VERDICT_REFUSED,
		  200,
		  1,
		  { 0, BREAKER_BACKOFF_MIN, 0 } },
		{ "closed after all of them",
		  OUTCOME_ASKED,
		  VERDICT_REFUSED,
		  200,
		  1,
		  { BREAKER_FAILURES, 0, 0 } },
		{ "more failures than are counted",
		  OUTCOME_ASKED,
		  VERDICT_REFUSED,
		  200,
		  1,
		  { BREAKER_FAILURES + 1, BREAKER_BACKOFF_MIN, 0 } },
		{ "a time below 0", OUTCOME_ASKED, VERDICT_REFUSED, 200, 1, { 0, 0, -1 } },
	};
	struct message got;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct message sent = { .kind = MESSAGE_OUTCOME };

		sent.outcome.kind = rows[i].kind;
		sent.outcome.verdict = rows[i].verdict;
		sent.outcome.status = rows[i].status;
		sent.outcome.attempts = rows[i].attempts;
		sent.outcome.memory.breaker = rows[i].breaker;
		assert_int_equal(read_exactly(packed(&sent), &got, NULL), -1);
	}
}

static void
errors_levels_and_stages_have_bounds(void **state)
{
	static const struct message rows[] = {
		{ .kind = MESSAGE_CONNECTED, .error = MESSAGE_ERROR_MAX + 1 },
		{ .kind = MESSAGE_CONNECTED, .error = MESSAGE_ERROR_MIN - 1 },
		{ .kind = MESSAGE_READY, .stage = MESSAGE_HAS_CONNECTED + 1 },
		{ .kind = MESSAGE_NOTE, .level = LOG_DEBUG + 1 },
	};
	struct message got;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		assert_int_equal(read_exactly(packed(&rows[i]), &got, NULL), -1);
}

static void
texts_are_made_clean_and_cut_between_characters(void **state)
{
	static const struct {
		struct view text, expected;
	} rows[] = {
		{ VIEW("plain"), VIEW("plain") },
		{ VIEW(""), VIEW("") },
		{ VIEW("a\x1b[31mb\n\r\t\0\x7f"), VIEW("a?[31mb?????") },
		{ VIEW("a\xc2\x9b"
		       "31m"),
		  VIEW("a?"
		       "?31m") }, /* CSI in one character */
		{ VIEW("\xff\xc3\xa4\xc3"), VIEW("?\xc3\xa4?") },
		{ VIEW("\xed\xa0\x80"), VIEW("???") }, /* a surrogate */
	};
	char longest[MESSAGE_NOTE_MAX + 2];
	struct message sent = { .kind = MESSAGE_NOTE, .level = LOG_ERROR },
		       got = { .outcome.peer = &unused };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		sent.text = rows[i].text;
		assert_int_equal(message_read(packed(&sent), &got), 0);
		assert_view_equal(got.text, rows[i].expected);
	}
	memset(longest, 'a', sizeof(longest));
	memcpy(longest + MESSAGE_NOTE_MAX - 1, "\xc3\xa4", 2); /* the last one would be cut */
	sent.text = (struct view){ (uint8_t *)longest, sizeof(longest) };
	assert_int_equal(message_read(packed(&sent), &got), 0);
	assert_int_equal(got.text.size, MESSAGE_NOTE_MAX - 1);
}

static void
texts_that_are_not_clean_are_not_read(void **state)
{
	static const struct view rows[] = {
		VIEW("\x1b"), VIEW("\n"),	    VIEW("\0"),
		VIEW("\x7f"), VIEW("\xc2\x9b"),	    VIEW("\xff"),
		VIEW("\xc3"), VIEW("\xed\xa0\x80"), VIEW("\xc0\xaf"),
	};
	struct message got;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		uint8_t bytes[16] = { MESSAGE_NOTE, LOG_ERROR, 0, (uint8_t)rows[i].size };

		memcpy(bytes + 4, rows[i].data, rows[i].size);
		assert_int_equal(read_exactly((struct view){ bytes, 4 + rows[i].size }, &got, NULL),
				 -1);
	}
}

static void
the_largest_outcome_fits(void **state)
{
	static char big[4096];
	static struct outcome_peer largest;
	struct message sent = { .kind = MESSAGE_OUTCOME, .outcome = granted() }, got;
	struct view text = { (uint8_t *)big, sizeof(big) };
	size_t i;

	(void)state;
	memset(big, 'x', sizeof(big));
	memset(largest.protocol, 'x', sizeof(largest.protocol) - 1);
	memset(largest.cipher, 'x', sizeof(largest.cipher) - 1);
	memset(largest.names, 'x', sizeof(largest.names) - 1);
	largest.chain_count = OUTCOME_CHAIN_MAX;
	for (i = 0; i < OUTCOME_CHAIN_MAX; i++) {
		memset(largest.chain[i].subject, 'x', OUTCOME_SUBJECT_MAX - 1);
		memset(largest.chain[i].issuer, 'x', OUTCOME_SUBJECT_MAX - 1);
		memset(largest.chain[i].not_after, 'x', sizeof(largest.chain[i].not_after) - 1);
	}
	sent.outcome.user = sent.outcome.host = text;
	sent.outcome.reason = sent.outcome.api_message = text;
	sent.outcome.tells_peer = true;
	sent.outcome.peer = &largest;
	assert_int_equal(read_exactly(packed(&sent), &got, &peer), 0);
	assert_int_equal(got.outcome.user.size, OUTCOME_USER_MAX);
	assert_int_equal(got.outcome.reason.size, OUTCOME_TEXT_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_read_as_it_was_packed),
		cmocka_unit_test(a_request_is_read_with_its_payload),
		cmocka_unit_test(an_outcome_is_read_as_it_was_packed),
		cmocka_unit_test(a_peer_is_there_when_it_is_wanted_and_only_then),
		cmocka_unit_test(one_byte_more_or_less_is_no_message),
		cmocka_unit_test(no_certificate_lasts_longer_than_a_date_can_say),
		cmocka_unit_test(there_are_no_other_kinds),
		cmocka_unit_test(what_contradicts_itself_is_no_outcome),
		cmocka_unit_test(errors_levels_and_stages_have_bounds),
		cmocka_unit_test(texts_are_made_clean_and_cut_between_characters),
		cmocka_unit_test(texts_that_are_not_clean_are_not_read),
		cmocka_unit_test(the_largest_outcome_fits),
	};

	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
