/* SPDX-License-Identifier: ISC */
/*
 * Which endpoints are asked, in which order and for how long. The attempts and
 * the clock are the test's (--wrap in the Makefile).
 */
#include "unit.h"

#include "worker/exchange.h"

#define ENDPOINTS 3

int64_t __wrap_clock_now(void);
enum https_end __wrap_https_perform(struct https *https, struct https_attempt *attempt);

static int64_t now;
static int64_t lasts[ENDPOINTS]; /* how long an attempt at an endpoint takes */
static bool down[ENDPOINTS];	 /* an attempt there comes to nothing */
static bool sends;		 /* and it has sent its request then */
static char asked[ENDPOINTS + 1];
static int64_t until[ENDPOINTS]; /* the connect_deadline of the attempts */

int64_t
__wrap_clock_now(void)
{
	return now;
}

enum https_end
__wrap_https_perform(struct https *https, struct https_attempt *attempt)
{
	size_t count = strlen(asked);

	(void)https;
	assert_true(count < ENDPOINTS);
	until[count] = attempt->connect_deadline;
	asked[count] = (char)('0' + attempt->endpoint);
	now += lasts[attempt->endpoint];
	if (down[attempt->endpoint]) {
		attempt->repeatable = attempt->repeatable || !sends;
		attempt->reason = "down";
		return HTTPS_FAILED;
	}
	attempt->status = 200;
	attempt->answer = VIEW("{\"success\": true}");
	return HTTPS_ANSWERED;
}

static struct settings *settings;
static struct exchange_memory memory;

static int
set_up(void **state)
{
	char *arguments[] = { "extauth-https", "https://a", "https://b", "https://c", NULL };
	struct command_line line = { .argc = 4, .argv = arguments };
	struct fault fault;

	(void)state;
	settings = settings_load(&line, &fault);
	memory = (struct exchange_memory){ 0 };
	now = 1000 * CLOCK_SECOND;
	memset(lasts, 0, sizeof(lasts));
	memset(down, 0, sizeof(down));
	sends = false;
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
	struct exchange_report report;

	memset(asked, 0, sizeof(asked));
	assert_int_equal(exchange_run(NULL, settings, 0, &memory, operation, VIEW("{}"),
				      now + settings->deadline, NULL, &report),
			 EXCHANGE_OVER);
	assert_int_equal(report.attempts, strlen(asked));
	assert_int_equal(report.verdict,
			 down[report.endpoint] ? VERDICT_UNAVAILABLE : VERDICT_GRANTED);
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
nobody_is_asked_after_the_deadline(void **state)
{
	(void)state;
	memset(down, true, sizeof(down));
	lasts[0] = settings->deadline;
	assert_string_equal(ask(OPERATION_AUTH), "0");
}

static void
what_may_have_been_done_is_asked_of_nobody_else(void **state)
{
	(void)state;
	down[0] = sends = true;
	assert_string_equal(ask(OPERATION_SETPASS), "0");
	memory = (struct exchange_memory){ 0 };
	assert_string_equal(ask(OPERATION_AUTH), "01");
	memory = (struct exchange_memory){ 0 };
	sends = false;
	assert_string_equal(ask(OPERATION_SETPASS), "01");
}

static void
a_fixed_endpoint_is_the_only_one(void **state)
{
	(void)state;
	memory = (struct exchange_memory){ .preferred = 1, .fixed = true };
	down[1] = true;
	assert_string_equal(ask(OPERATION_AUTH), "1");
	now += EXCHANGE_RETURN;
	assert_string_equal(ask(OPERATION_AUTH), "1");
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
		cmocka_unit_test_setup_teardown(nobody_is_asked_after_the_deadline, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_may_have_been_done_is_asked_of_nobody_else,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_fixed_endpoint_is_the_only_one, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
