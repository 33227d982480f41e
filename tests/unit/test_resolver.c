/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "unit.h"

#include "base/clock.h"
#include "monitor/connector.h"
#include "monitor/resolver.h"
#include "settings/endpoint.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS 5

static struct endpoint endpoint = { .host = (char *)"localhost", .port = "443" };

/* Waits for `count` resolvers to die, and reaps them. */
static void
reap(size_t count)
{
	int status;
	pid_t pid;

	for (; count > 0; count--) {
		pid = wait(&status);
		assert_true(pid > 0);
		assert_true(resolver_note_death(pid, status));
		/* only once: the number may belong to another process by now */
		assert_false(resolver_note_death(pid, status));
	}
}

static void
it_finds_addresses_and_is_gone(void **state)
{
	struct resolved resolved;
	pid_t pid;
	int pipe = resolver_start(&endpoint, SECONDS, &pid);
	struct pollfd fd = { pipe, POLLIN, 0 };

	(void)state;
	assert_true(pipe >= 0);
	assert_int_equal(poll(&fd, 1, SECONDS * 1000), 1);
	assert_int_equal(resolver_read(pipe, &resolved), 0);
	assert_int_equal(resolved.error, 0);
	assert_true(resolved.count > 0);
	(void)close(pipe);
	reap(1);
}

static void
no_more_than_so_many_are_alive_whatever_a_worker_asks_for(void **state)
{
	struct connector connector;
	size_t i, reaped = 0;
	int status;
	pid_t pid;

	(void)state;
	connector_init(&connector);
	/* as when a worker requests one connection after the other without waiting: each ends
	 * the one before, but a killed process takes a while to die */
	for (i = 0; i < 100; i++)
		connector_start(&connector, &endpoint, clock_now() + SECONDS * CLOCK_SECOND);
	connector_stop(&connector);
	for (; (pid = wait(&status)) > 0; reaped++)
		assert_true(resolver_note_death(pid, status));
	assert_in_range(reaped, 1, RESOLVERS_MAX);
	assert_int_equal(resolver_take_suspicions(), 0); /* killed by us, or done */

	connector_start(&connector, &endpoint, clock_now() + SECONDS * CLOCK_SECOND);
	assert_int_equal(connector.phase, CONNECTOR_RESOLVING);
	connector_stop(&connector);
	assert_int_equal(connector.resolver, 0);
	if (wait(&status) > 0) /* unless it was reaped already */
		assert_true(WIFSIGNALED(status) || WIFEXITED(status));
}

static void
a_stranger_is_no_resolver(void **state)
{
	(void)state;
	assert_false(resolver_note_death(getpid(), 0));
	assert_false(resolver_note_death(0, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_finds_addresses_and_is_gone),
		cmocka_unit_test(no_more_than_so_many_are_alive_whatever_a_worker_asks_for),
		cmocka_unit_test(a_stranger_is_no_resolver),
	};

	return cmocka_run_group_tests_name("resolver", tests, NULL, NULL);
}
