/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "unit.h"

#include "base/file.h"
#include "sandbox/landlock.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
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

/* A status other than 0: the fault does not say what refused the file. */
static int
read_where_nothing_is_allowed(void)
{
	struct landlock landlock;
	struct view content;
	struct fault fault;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || landlock_open(&landlock, &fault) < 0 ||
	    landlock_seal(&landlock, &fault) < 0)
		return 2;
	return file_read("/etc/passwd", 1 << 20, &content, &fault) == 0 ||
	       strstr(fault.text, "AppArmor") == NULL;
}

/* Landlock stands in for AppArmor: access(2) asks neither. */
static void
a_refusal_of_what_the_user_may_read_is_apparmors(void **state)
{
	int status;
	pid_t child;

	(void)state;
	if (landlock_abi() == 0) {
		print_message("this kernel has no Landlock\n");
		skip();
	}
	child = fork();
	if (child == 0)
		_exit(read_where_nothing_is_allowed());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_known_to_be_no_file_cannot_grow),
		cmocka_unit_test(a_file_may_grow_and_so_may_what_is_not_known),
		cmocka_unit_test(a_refusal_of_what_the_user_may_read_is_apparmors),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
