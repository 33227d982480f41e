/* SPDX-License-Identifier: ISC */
/*
 * Which endpoints are asked, in which order and for how long. The attempts and
 * the clock are the test's (--wrap in the Makefile).
 */
#include "unit.h"

#include "base/clock.h"
#include "base/fault.h"
#include "core/breaker.h"
#include "core/operation.h"
#include "core/request.h"
#include "core/verdict.h"
#include "https/https.h"
#include "ipc/outcome.h"
#include "ipc/worker_context.h"
#include "settings/command_line.h"
#include "settings/settings.h"
#include "worker/exchange.h"

#define ENDPOINTS 3

int64_t __wrap_clock_now(void);
bool __wrap_https_perform(struct https *https, struct https_attempt *attempt);
void __wrap_https_drop(struct https *https);

static int64_t now;
static int64_t lasts[ENDPOINTS]; /* how long an attempt at an endpoint takes */
static bool down[ENDPOINTS];	 /* an attempt there fails */
static bool sends;		 /* and it has sent its request by then */
static char asked[ENDPOINTS + 1];
static int64_t until[ENDPOINTS]; /* the connect_deadline of the attempts */
static long status;		 /* of the answers; 0: no answer comes */
static int64_t retry_after;	 /* what they ask for */
static const char *body;	 /* what they say */
static unsigned int dropped;	 /* connections */

int64_t
__wrap_clock_now(void)
{
	return now;
}

bool
__wrap_https_perform(struct https *https, struct https_attempt *attempt)
{
	uint32_t endpoint = attempt->outcome->endpoint;
	size_t count = strlen(asked);

	(void)https;
	assert_true(count < ENDPOINTS);
	until[count] = attempt->connect_deadline;
	asked[count] = (char)('0' + endpoint);
	now += lasts[endpoint];
	if (down[endpoint]) {
		attempt->repeatable = attempt->repeatable || !sends;
		attempt->reason = "down";
		return false;
	}
	attempt->outcome->status = (uint32_t)status;
	attempt->retry_after = retry_after;
	attempt->answer = (struct view){ (const uint8_t *)body, strlen(body) };
	return true;
}

/* Ends the connection of an answer that says neither yes nor no. */
void
__wrap_https_drop(struct https *https)
{
	(void)https;
	dropped++;
}

static struct settings *settings;
static struct outcome_memory memory;
static struct exchange exchange;

static int
set_up(void **state)
{
	char *arguments[] = { "extauth-https", "https://a", "https://b", "https://c", NULL };
	struct command_line line = { .argc = 4, .argv = arguments };
	struct fault fault;

	(void)state;
	settings = settings_load(&line, &fault);
	memory = (struct outcome_memory){ 0 };
	exchange = (struct exchange){
		.settings = settings,
		.memories = &memory,
		.only_endpoint = WORKER_ALL_ENDPOINTS,
	};
	now = 1000 * CLOCK_SECOND;
	memset(lasts, 0, sizeof(lasts));
	memset(down, 0, sizeof(down));
	sends = false;
	status = 200;
	body = "{\"success\": true}";
	dropped = 0;
	retry_after = 0;
	return settings != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	settings_free(settings);
	return 0;
}

/* Which endpoints an exchange asks, "01" for the first and then the second. */
static const char *
ask(enum operation operation)
{
	const struct request request = { operation, VIEW("alice"), VIEW("example.org"), VIEW("") };
	struct outcome outcome = { .kind = OUTCOME_ASKED };

	memset(asked, 0, sizeof(asked));
	exchange_run(&exchange, &request, VIEW("{}"), now + settings->deadline, &outcome);
	assert_int_equal(outcome.attempts, strlen(asked));
	assert_int_equal(outcome.verdict,
			 down[outcome.endpoint] ? VERDICT_UNAVAILABLE : VERDICT_GRANTED);
	return asked;
}

static void
the_endpoint_that_worked_is_asked_first(void **state)
{
	(void)state;
	assert_string_equal(ask(OPERATION_AUTH), "0");
	down[0] = true;
	assert_string_equal(ask(OPERATION_AUTH), "01");
	assert_string_equal(ask(OPERATION_AUTH), "1");
	down[1] = true;
	assert_string_equal(ask(OPERATION_AUTH), "12");
	down[2] = true;
	assert_string_equal(ask(OPERATION_AUTH), "201");
}

static void
the_first_endpoint_is_tried_again_every_sixty_seconds(void **state)
{
	(void)state;
	down[0] = true;
	assert_string_equal(ask(OPERATION_AUTH), "01");
	now += EXCHANGE_RETURN - 1;
	assert_string_equal(ask(OPERATION_AUTH), "1");
	now += 1;
	assert_string_equal(ask(OPERATION_AUTH), "01");
	assert_string_equal(ask(OPERATION_AUTH), "1");
	down[0] = false;
	now += EXCHANGE_RETURN - 1;
	assert_string_equal(ask(OPERATION_AUTH), "1");
	now += 1;
	assert_string_equal(ask(OPERATION_AUTH), "0");
	assert_string_equal(ask(OPERATION_AUTH), "0");
}

static void
endpoints_share_the_time(void **state)
{
	int64_t start = now;

	(void)state;
	settings->deadline = settings->connect_timeout = 9 * CLOCK_SECOND;
	memset(down, true, sizeof(down));
	lasts[0] = 3 * CLOCK_SECOND;
	lasts[1] = 1 * CLOCK_SECOND;
	assert_string_equal(ask(OPERATION_AUTH), "012");
	assert_int_equal(until[0] - start, 3 * CLOCK_SECOND);
	assert_int_equal(until[1] - start, 6 * CLOCK_SECOND);
	assert_int_equal(until[2] - start, 9 * CLOCK_SECOND); /* with what the second left */
}

static void
no_endpoint_has_more_than_the_timeout(void **state)
{
	int64_t start = now;

	(void)state;
	settings->deadline = 9 * CLOCK_SECOND;
	settings->connect_timeout = 1 * CLOCK_SECOND;
	assert_string_equal(ask(OPERATION_AUTH), "0");
	assert_int_equal(until[0] - start, 1 * CLOCK_SECOND);
}

static void
no_request_is_sent_after_the_deadline(void **state)
{
	(void)state;
	memset(down, true, sizeof(down));
	lasts[0] = settings->deadline;
	assert_string_equal(ask(OPERATION_AUTH), "0");
}

static void
what_may_have_been_done_is_sent_to_no_other_endpoint(void **state)
{
	(void)state;
	down[0] = sends = true;
	assert_string_equal(ask(OPERATION_SETPASS), "0");
	memory = (struct outcome_memory){ 0 };
	assert_string_equal(ask(OPERATION_AUTH), "01");
	memory = (struct outcome_memory){ 0 };
	sends = false;
	assert_string_equal(ask(OPERATION_SETPASS), "01");
}

static void
a_fixed_endpoint_is_the_only_one(void **state)
{
	(void)state;
	exchange.only_endpoint = 1;
	down[1] = true;
	assert_string_equal(ask(OPERATION_AUTH), "1");
	now += EXCHANGE_RETURN;
	assert_string_equal(ask(OPERATION_AUTH), "1");
}

/* One request for an account. True when an endpoint was asked. */
static bool
is_asked(const char *user)
{
	struct request request = { OPERATION_AUTH, { 0 }, VIEW("example.org"), VIEW("x") };
	struct outcome outcome = { .kind = OUTCOME_ASKED };

	request.user = (struct view){ (const uint8_t *)user, strlen(user) };
	memset(asked, 0, sizeof(asked));
	exchange_run(&exchange, &request, VIEW("{}"), now + settings->deadline, &outcome);
	return outcome.attempts > 0;
}

/* How many requests in a row are asked before the breaker opens; at most 20. */
static int
asked_in_a_row(const char *const users[2])
{
	int count;

	memory = (struct outcome_memory){ 0 };
	for (count = 0; count < 20 && is_asked(users[count % 2]); count++)
		;
	return count;
}

static const char *const same[2] = { "alice", "alice" };
static const char *const different[2] = { "alice", "bob" };

static void
an_answer_of_any_kind_does_not_close_the_api(void **state)
{
	static const long healthy[] = {
		200, 204, 400, 401, 403, 404, 405, 409, 422, 500, 501, 505
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(healthy); i++) {
		status = healthy[i];
		assert_int_equal(asked_in_a_row(different), 20);
	}
}

static void
an_unhealthy_api_is_not_asked(void **state)
{
	static const long ill[] = { 429, 502, 503, 504 };
	size_t i;

	(void)state;
	retry_after = BREAKER_BACKOFF_MAX; /* or the breaker's time is random, and may be 0 */
	for (i = 0; i < COUNT(ill); i++) {
		status = ill[i];
		assert_int_equal(asked_in_a_row(different), 2);
		now += BREAKER_BACKOFF_MAX - 1;
		assert_false(is_asked("carol"));
		now += 1;
		assert_true(is_asked("carol"));
	}
}

static void
without_a_time_to_wait_five_failures_are_needed(void **state)
{
	static const long ill[] = { 429, 502, 503, 504 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ill); i++) {
		status = ill[i];
		/* open for a random time that may be 0, and then some more are asked */
		assert_in_range(asked_in_a_row(different), BREAKER_FAILURES, 20);
		assert_int_equal(memory.breaker.failures, BREAKER_FAILURES);
	}
}

static void
a_time_to_wait_counts_from_two_accounts_in_a_row(void **state)
{
	(void)state;
	retry_after = BREAKER_BACKOFF_MAX;
	status = 503;
	memory = (struct outcome_memory){ 0 };
	assert_true(is_asked("alice"));
	status = 200;
	assert_true(is_asked("carol"));
	status = 503;
	assert_true(is_asked("bob"));
	assert_true(is_asked("bob"));
	assert_true(is_asked("alice"));
	assert_false(is_asked("carol"));
	assert_int_equal(
		strncmp(memory.cause, "Retry-After for two accounts in a row: HTTP 503", 47), 0);
}

static void
an_account_that_is_limited_does_not_close_the_api_for_others(void **state)
{
	(void)state;
	retry_after = BREAKER_BACKOFF_MAX;
	status = 429;
	assert_int_equal(asked_in_a_row(same), 20);
	status = 503;
	assert_int_equal(asked_in_a_row(same), BREAKER_FAILURES);
}

static void
it_says_why_no_api_is_asked(void **state)
{
	const struct request request = { OPERATION_AUTH, VIEW("alice"), VIEW("example.org"),
					 VIEW("x") };
	struct outcome outcome = { .kind = OUTCOME_ASKED };

	(void)state;
	memset(down, true, sizeof(down));
	while (is_asked("alice"))
		;
	exchange_run(&exchange, &request, VIEW("{}"), now + settings->deadline, &outcome);
	assert_view_equal(outcome.reason,
			  VIEW("circuit breaker open after 5 failures in a row: down"));
}

static void
a_connection_outlives_only_a_yes_or_a_no(void **state)
{
	static const struct {
		long status;
		const char *body;
		unsigned int dropped;
	} table[] = {
		{ 200, "{\"success\": true}", 0 },
		{ 201, "{\"success\": true}", 0 },
		{ 200, "{\"success\": false}", 0 },
		{ 403, "{\"success\": false}", 0 },
		{ 202, "{\"success\": true}", 1 },
		{ 403, "{\"success\": true}", 1 },
		{ 503, "{\"success\": false}", 1 },
		{ 200, "{}", 1 },
		{ 200, "<html>", 1 },
		{ 200, "", 1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		status = table[i].status;
		body = table[i].body;
		dropped = 0;
		(void)is_asked("alice");
		assert_int_equal(dropped, table[i].dropped);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_endpoint_that_worked_is_asked_first, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			the_first_endpoint_is_tried_again_every_sixty_seconds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(endpoints_share_the_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_endpoint_has_more_than_the_timeout, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(no_request_is_sent_after_the_deadline, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			what_may_have_been_done_is_sent_to_no_other_endpoint, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_fixed_endpoint_is_the_only_one, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(an_answer_of_any_kind_does_not_close_the_api,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_unhealthy_api_is_not_asked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_a_time_to_wait_five_failures_are_needed,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_time_to_wait_counts_from_two_accounts_in_a_row,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			an_account_that_is_limited_does_not_close_the_api_for_others, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(it_says_why_no_api_is_asked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_connection_outlives_only_a_yes_or_a_no, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
