/* SPDX-License-Identifier: ISC */
/* System calls of a sealed worker, and what it does with memory and time. */
#define _GNU_SOURCE
#include "attacker.h"

#include "base/log_level.h"
#include "base/view.h"
#include "core/operation.h"
#include "core/verdict.h"
#include "ipc/channel.h"
#include "ipc/message.h"
#include "ipc/outcome.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define STEP	 ((size_t)16 * 1024 * 1024)
#define GIBIBYTE ((size_t)1024 * 1024 * 1024)

static const char yes[] = { 0, 2, 0, 1 };

static void
try_fork(void)
{
	(void)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void
try_thread(void)
{
	(void)syscall(SYS_clone, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, 0, 0, 0, 0);
}

static void
try_exec(void)
{
	char *const nothing[] = { NULL };

	(void)execve("/bin/sh", nothing, nothing);
}

/* Its parent cannot be asked for either. */
static void
try_parent(void)
{
	(void)getppid();
}

static void
try_kill_all(void)
{
	(void)kill(-1, SIGKILL);
}

static void
try_trace(void)
{
	(void)ptrace(PTRACE_SEIZE, 1, NULL, NULL);
}

static void
try_read_process(void)
{
	(void)syscall(SYS_process_vm_readv, 1, NULL, 0UL, NULL, 0UL, 0UL);
}

static void
try_open(void)
{
	(void)open("/etc/passwd", O_RDONLY);
}

static void
try_open_writing(void)
{
	(void)open("/tmp/extauth-breach", O_WRONLY | O_CREAT, 0600);
}

static void
try_socket(void)
{
	(void)socket(AF_INET, SOCK_STREAM, 0);
}

static void
try_unix_socket(void)
{
	(void)socket(AF_UNIX, SOCK_DGRAM, 0);
}

static void
try_pair(void)
{
	int ends[2];

	(void)socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
}

static void
try_listen(void)
{
	(void)listen(0, 1);
}

static void
try_write(void)
{
	ssize_t written = write(STDOUT_FILENO, yes, sizeof(yes));

	(void)written;
}

static void
try_truncate(void)
{
	int result = ftruncate(STDERR_FILENO, 0);

	(void)result;
}

static void
try_code(void)
{
	(void)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		   0);
}

static void
try_make_code(void)
{
	(void)syscall(SYS_mprotect, (uintptr_t)yes & ~UINT64_C(4095), 4096UL,
		      PROT_READ | PROT_WRITE | PROT_EXEC);
}

static void
try_shared_memory(void)
{
	(void)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void
try_ring(void)
{
	(void)syscall(SYS_io_uring_setup, 1, NULL);
}

static void
try_namespaces(void)
{
	(void)unshare(CLONE_NEWUSER);
}

static void
try_root(void)
{
	int result = chroot("/");

	(void)result;
}

static void
try_limits(void)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	(void)setrlimit(RLIMIT_AS, &all);
}

static void
try_orphan(void)
{
	(void)prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
}

static void
try_wake_others(void)
{
	static uint32_t word;

	(void)syscall(SYS_futex, &word, FUTEX_LOCK_PI, 0, NULL, NULL, 0);
}

static const struct {
	const char *name;
	void (*call)(void);
} calls[] = {
	{ "fork", try_fork },
	{ "thread", try_thread },
	{ "exec", try_exec },
	{ "getppid", try_parent },
	{ "kill all", try_kill_all },
	{ "ptrace", try_trace },
	{ "read memory of others", try_read_process },
	{ "open to read", try_open },
	{ "open to write", try_open_writing },
	{ "socket", try_socket },
	{ "datagram socket", try_unix_socket },
	{ "socketpair", try_pair },
	{ "listen", try_listen },
	{ "write", try_write },
	{ "ftruncate", try_truncate },
	{ "map code", try_code },
	{ "make code", try_make_code },
	{ "shared memory", try_shared_memory },
	{ "io_uring", try_ring },
	{ "namespaces", try_namespaces },
	{ "chroot", try_root },
	{ "raise limits", try_limits },
	{ "outlive the monitor", try_orphan },
	{ "futex of another kind", try_wake_others },
};

static void
forbidden_call(const struct scene *scene)
{
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (argument_is(scene, calls[i].name)) {
			calls[i].call();
			survived();
		}
	}
	_exit(99);
}

/* Another daemon's socket, with a descriptor of ours for it. */
static void
send_to_daemon(const struct scene *scene)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct iovec part = { (void *)yes, sizeof(yes) };
	struct msghdr header = { .msg_name = &address,
				 .msg_namelen = sizeof(address),
				 .msg_iov = &part,
				 .msg_iovlen = 1 };
	int fd;

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", scene->argument);
	for (fd = 0; fd < 32; fd++)
		(void)sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
	survived();
}

static void
send_to_address(const struct scene *scene)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd;

	address.sin_port = htons((uint16_t)atoi(scene->argument));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (fd = 0; fd < 32; fd++)
		(void)sendto(fd, yes, sizeof(yes), MSG_NOSIGNAL | MSG_DONTWAIT | MSG_FASTOPEN,
			     (struct sockaddr *)&address, sizeof(address));
	survived();
}

/* Every possible descriptor, with the only call that can still send. */
static void
every_descriptor(const struct scene *scene)
{
	char room[4096];
	int fd;

	for (fd = 0; fd < 1024; fd++) {
		if (fd == scene->channel)
			continue;
		(void)recvfrom(fd, room, sizeof(room), MSG_DONTWAIT, NULL, NULL);
		(void)sendto(fd, yes, sizeof(yes), MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
	}
	spin();
}

/* Where libcurl's calls of fcntl(2) are answered without being run, this one is, too. */
static void
take_append_off(const struct scene *scene)
{
	int fd;

	for (fd = 0; fd < 32; fd++) {
		if (fd != scene->channel)
			(void)fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
	}
	every_descriptor(scene);
}

static void
take_memory(const struct scene *scene)
{
	size_t taken;

	(void)scene;
	for (taken = 0; taken < 2 * GIBIBYTE; taken += STEP) {
		char *memory = mmap(NULL, STEP, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				    -1, 0);

		if (memory == MAP_FAILED)
			spin();
		memset(memory, 1, STEP);
	}
	survived();
}

static void
hang(const struct scene *scene)
{
	(void)scene;
	spin();
}

/* Sends the right outcome for one request, and then none. */
static void
answer_and_hang(const struct scene *scene)
{
	struct message message = { .kind = MESSAGE_OUTCOME, .number = scene->number };

	message.outcome.kind = OUTCOME_LOCAL;
	message.outcome.operation = OPERATION_AUTH;
	message.outcome.verdict = VERDICT_REFUSED;
	(void)channel_send_message(scene->channel, &message, -1);
	spin();
}

static void
close_channel(const struct scene *scene)
{
	(void)close(scene->channel);
	spin();
}

static void
close_and_leave(const struct scene *scene)
{
	_exit(atoi(scene->argument));
}

__attribute__((noinline)) static unsigned int
descend(volatile unsigned int depth)
{
	volatile char room[4096];

	room[depth % sizeof(room)] = (char)depth;
	return descend(depth + 1) + (unsigned int)room[0];
}

static void
crash(const struct scene *scene)
{
	volatile int zero = 0;

	if (argument_is(scene, "segmentation fault"))
		*(volatile char *)(uintptr_t)zero = 1;
	else if (argument_is(scene, "illegal instruction"))
		__builtin_trap();
	else if (argument_is(scene, "division by zero"))
		zero = 1000 / zero;
	else if (argument_is(scene, "abort"))
		abort();
	else if (argument_is(scene, "endless recursion"))
		zero = (int)descend(0);
	survived();
}

/* Logs its canary, and dies, so that the next worker can log its own. */
static void
tell_canary(const struct scene *scene)
{
	struct message message = { .kind = MESSAGE_NOTE, .level = LOG_ERROR };
	uint64_t canary = 0;
	char text[64];

#ifdef __x86_64__
	__asm__("movq %%fs:0x28, %0" : "=r"(canary));
#endif
	(void)snprintf(text, sizeof(text), "canary %016" PRIx64, canary);
	message.text = (struct view){ (const uint8_t *)text, strlen(text) };
	(void)channel_send_message(scene->channel, &message, -1);
	*(volatile char *)NULL = 1;
}

const struct attack attacks_by_call[] = {
	{ "call", forbidden_call },
	{ "send-to-daemon", send_to_daemon },
	{ "send-to-address", send_to_address },
	{ "every-descriptor", every_descriptor },
	{ "take-append-off", take_append_off },
	{ "take-memory", take_memory },
	{ "hang", hang },
	{ "answer-and-hang", answer_and_hang },
	{ "close-channel", close_channel },
	{ "exit", close_and_leave },
	{ "crash", crash },
	{ "tell-canary", tell_canary },
	{ NULL, NULL },
};
