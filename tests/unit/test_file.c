/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "unit.h"

#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define NOT_OPEN 1000 /* fstat(2) fails as it does where AppArmor refuses it */

static void
what_is_known_to_be_no_file_cannot_grow(void **state)
{
	int pipes[2], sockets[2], device = open("/dev/null", O_WRONLY);

	(void)state;
	assert_return_code(pipe(pipes), 0);
	assert_return_code(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	assert_false(file_may_grow(pipes[1]));
	assert_false(file_may_grow(sockets[0]));
	assert_false(file_may_grow(device));
	assert_false(file_may_grow(-1));
}

static void
a_file_may_grow_and_so_may_what_is_not_known(void **state)
{
	(void)state;
	assert_true(file_may_grow(memfd_create("log", 0)));
	assert_true(file_may_grow(NOT_OPEN));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_known_to_be_no_file_cannot_grow),
		cmocka_unit_test(a_file_may_grow_and_so_may_what_is_not_known),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
