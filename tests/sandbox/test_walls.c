/* SPDX-License-Identifier: ISC */
/*
 * A child that has neither a seccomp filter nor Landlock, so that nothing but the wall can stop it,
 * reaches for what each wall protects: first without the wall, when it must succeed, then behind
 * it.
 */
#define _GNU_SOURCE
#include "sandbox/sandbox.h"
#include "sandbox/walls.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define PAGE	      4096
#define MEMORY	      ((size_t)64 * 1024 * 1024)
#define EXIT_UNWALLED 99

static struct sockaddr_in listener = { .sin_family = AF_INET };
static struct sockaddr_un daemon_socket = { .sun_family = AF_UNIX };
static int shared;
static char namespaces[2][64]; /* the parent's mnt and uts */
static uint64_t canary;

static bool
reaches(int family, const void *address, socklen_t size)
{
	int fd = socket(family, SOCK_STREAM, 0);

	return fd >= 0 && connect(fd, address, size) == 0;
}

static bool
reaches_a_server_on_this_machine(void)
{
	return reaches(AF_INET, &listener, sizeof(listener));
}

static bool
reaches_an_abstract_socket(void)
{
	return reaches(AF_UNIX, &daemon_socket, sizeof(daemon_socket));
}

static bool
reaches_shared_memory_of_others(void)
{
	return shmat(shared, NULL, SHM_RDONLY) != (void *)-1;
}

static bool
is_in_namespace(const char *name, const char *ours)
{
	char link[64] = "";

	return readlink(name, link, sizeof(link) - 1) > 0 && strcmp(link, ours) == 0;
}

static bool
reaches_the_mounts_of_others(void)
{
	return is_in_namespace("/proc/self/ns/mnt", namespaces[0]);
}

static bool
reaches_the_name_of_the_machine(void)
{
	return is_in_namespace("/proc/self/ns/uts", namespaces[1]);
}

static bool
reaches_a_file(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0;
}

static bool
reaches_a_file_from_where_it_is(void)
{
	return open("../../../etc/passwd", O_RDONLY) >= 0 || open("etc/passwd", O_RDONLY) >= 0;
}

static bool
has_a_capability_in_its_bounds(void)
{
	return prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) == 1;
}

static void *
page_of(const void *address)
{
	return (void *)((uintptr_t)address & ~(uintptr_t)(PAGE - 1));
}

static bool
takes_away_code(void)
{
	return munmap(page_of((const void *)(uintptr_t)&strlen), PAGE) == 0;
}

static bool
writes_to_what_the_linker_made_read_only(void)
{
	static void *const relocated[] = { (void *)&listener };

	return mprotect(page_of(relocated), PAGE, PROT_READ | PROT_WRITE) == 0;
}

static bool
maps_memory_to_write_and_execute(void)
{
	return mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0) != MAP_FAILED;
}

static bool
makes_memory_executable(void)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page != MAP_FAILED && mprotect(page, PAGE, PROT_READ | PROT_EXEC) == 0;
}

static bool
takes_twice_its_memory(void)
{
	return mmap(NULL, 2 * MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
	       MAP_FAILED;
}

static bool
computes_for_two_seconds(void)
{
	while (clock() < 2 * CLOCKS_PER_SEC)
		;
	return true;
}

static uint64_t
current_canary(void)
{
	uint64_t now = 0;

#ifdef __x86_64__
	__asm__("movq %%fs:0x28, %0" : "=r"(now));
#endif
	return now;
}

#ifdef __x86_64__
static bool
knows_the_canary_of_its_parent(void)
{
	return current_canary() == canary;
}
#endif

/* How a child gets behind each wall. */
static bool
as_worker(void)
{
	struct fault fault;

	return walls_raise(WALLS_WORKER, &fault) == 0;
}

static bool
as_resolver(void)
{
	struct fault fault;

	return walls_raise(WALLS_RESOLVER, &fault) == 0;
}

static bool
as_monitor(void)
{
	struct fault fault;

	return walls_raise(WALLS_MONITOR, &fault) == 0;
}

static bool
limited(void)
{
	const struct sandbox_limits limits = {
		.descriptors = 64, .memory = MEMORY, .cpu = 1, .may_fork = true
	};
	struct fault fault;

	return sandbox_limit(&limits, &fault) == 0;
}

static const struct {
	const char *wall; /* by its name in walls_list(); NULL for one that is always in place */
	const char *what;
	bool (*reach)(void);
	bool (*get_behind)(void);
	bool stays; /* it can be reached nevertheless */
} rows[] = {
	{ "namespaces", "a server on this machine", reaches_a_server_on_this_machine, as_worker,
	  false },
	{ "namespaces", "an abstract socket", reaches_an_abstract_socket, as_worker, false },
	{ "namespaces", "shared memory of others", reaches_shared_memory_of_others, as_worker,
	  false },
	{ "namespaces", "the mounts of others", reaches_the_mounts_of_others, as_resolver, false },
	{ "namespaces", "the name of the machine", reaches_the_name_of_the_machine, as_resolver,
	  false },
	{ "namespaces", "the network, as a resolver", reaches_a_server_on_this_machine, as_resolver,
	  true },
	{ "root", "a file", reaches_a_file, as_worker, false },
	{ "root", "a file, from where it is", reaches_a_file_from_where_it_is, as_worker, false },
	{ "bounding", "a capability, as a worker", has_a_capability_in_its_bounds, as_worker,
	  false },
	{ "bounding", "a capability, as a resolver", has_a_capability_in_its_bounds, as_resolver,
	  false },
	{ "mseal", "its code, to take it away", takes_away_code, as_monitor, false },
	{ "mseal", "what the linker made read-only", writes_to_what_the_linker_made_read_only,
	  as_monitor, false },
	{ "mdwe", "memory to write and execute", maps_memory_to_write_and_execute, as_monitor,
	  false },
	{ "mdwe", "memory made executable", makes_memory_executable, as_monitor, false },
	{ NULL, "twice its memory", takes_twice_its_memory, limited, false },
	{ NULL, "two seconds of a processor", computes_for_two_seconds, limited, false },
#ifdef __x86_64__
	{ NULL, "the canary of its parent", knows_the_canary_of_its_parent, NULL, false },
#endif
};

/* A child reaches for something. True when it succeeds. */
static bool
try(size_t row, bool behind)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		const struct rlimit none = { 0, 0 };

		(void)setrlimit(RLIMIT_CORE, &none);
		if (behind && rows[row].get_behind == NULL)
			walls_change_canary();
		else if (behind && !rows[row].get_behind())
			_exit(EXIT_UNWALLED);
		_exit(rows[row].reach() ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid ||
	    (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_UNWALLED)) {
		printf("  %s: the wall cannot be raised\n", rows[row].what);
		exit(1);
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

/* What there is to reach for. */
static void
furnish(void)
{
	socklen_t size = sizeof(listener);
	int tcp = socket(AF_INET, SOCK_STREAM, 0), daemon = socket(AF_UNIX, SOCK_STREAM, 0);
	ssize_t mnt = readlink("/proc/self/ns/mnt", namespaces[0], sizeof(namespaces[0]) - 1);
	ssize_t uts = readlink("/proc/self/ns/uts", namespaces[1], sizeof(namespaces[1]) - 1);

	listener.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)snprintf(daemon_socket.sun_path + 1, sizeof(daemon_socket.sun_path) - 1,
		       "extauth-test-%ld", (long)getpid());
	shared = shmget(IPC_PRIVATE, PAGE, 0600);
	canary = current_canary();
	if (mnt < 0 || uts < 0 || shared < 0 ||
	    bind(tcp, (struct sockaddr *)&listener, sizeof(listener)) < 0 || listen(tcp, 64) < 0 ||
	    getsockname(tcp, (struct sockaddr *)&listener, &size) < 0 ||
	    bind(daemon, (struct sockaddr *)&daemon_socket, sizeof(daemon_socket)) < 0 ||
	    listen(daemon, 64) < 0) {
		perror("there is nothing to reach for");
		exit(1);
	}
}

int
main(void)
{
	char standing[WALLS_TEXT_MAX], absent[WALLS_TEXT_MAX];
	struct fault fault;
	size_t i, wrong = 0;

	if (walls_survey(&fault) < 0) {
		printf("%s\n", fault.text);
		return 1;
	}
	(void)walls_list(true, standing);
	(void)walls_list(false, absent);
	printf("Walls, as uid %d: %s (absent: %s)\n", (int)getuid(), standing, absent);
	(void)fflush(stdout);
	furnish();
	for (i = 0; i < COUNT(rows); i++) {
		const char *wall = rows[i].wall;
		bool without, behind;

		if (wall != NULL && strstr(standing, wall) == NULL) {
			printf("  %-32s not tried: this kernel has no wall \"%s\" for us\n",
			       rows[i].what, wall);
			continue;
		}
		without = try(i, false);
		behind = try(i, true);
		if (!without || behind != rows[i].stays) {
			printf("  %s: %s without the wall, and %s behind it\n", rows[i].what,
			       without ? "reached" : "NOT REACHED",
			       behind ? "REACHED" : "not reached");
			wrong++;
		}
	}
	(void)shmctl(shared, IPC_RMID, NULL);
	printf("  %zu attempts, %zu of them wrong\n", COUNT(rows), wrong);
	return wrong > 0;
}
