/* SPDX-License-Identifier: ISC */
/* What a name server could make a resolver do that it has taken over. */
#define _GNU_SOURCE
#include "attacker.h"

#include "monitor/resolver.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_in
loopback(const struct scene *scene)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	address.sin_port = htons((uint16_t)atoi(scene->argument));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

static void
talk(int type, const struct scene *scene)
{
	struct sockaddr_in address = loopback(scene);
	int fd = socket(AF_INET, type, 0);

	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		(void)send(fd, "stolen", 6, MSG_NOSIGNAL);
	spin();
}

static void
talk_tcp(const struct scene *scene)
{
	talk(SOCK_STREAM, scene);
}

static void
talk_udp(const struct scene *scene)
{
	talk(SOCK_DGRAM, scene);
}

static void
talk_unix(const struct scene *scene)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", scene->argument);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		(void)send(fd, "stolen", 6, MSG_NOSIGNAL);
	spin();
}

/* Prevents its alarm from ending it. */
static void
live_on(const struct scene *scene)
{
	sigset_t all;

	(void)scene;
	(void)sigfillset(&all);
	(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, 8UL);
	spin();
}

static void
read_file(const struct scene *scene)
{
	if (open(scene->argument, O_RDONLY | O_CLOEXEC) >= 0)
		survived();
	spin();
}

static void
call_forbidden(const struct scene *scene)
{
	char *const nothing[] = { NULL };

	if (argument_is(scene, "fork"))
		(void)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	else if (argument_is(scene, "exec"))
		(void)execve("/bin/sh", nothing, nothing);
	else if (argument_is(scene, "kill"))
		(void)kill(-1, SIGKILL);
	else if (argument_is(scene, "bind"))
		(void)bind(scene->channel, NULL, 0);
	else if (argument_is(scene, "alarm"))
		(void)syscall(SYS_setitimer, 0, NULL, NULL);
	survived();
}

static void
write_all(const struct scene *scene, const void *bytes, size_t size)
{
	ssize_t written = write(scene->channel, bytes, size);

	(void)written;
}

static void
flood(const struct scene *scene)
{
	static char room[65536];
	size_t i;

	(void)fcntl(scene->channel, F_GETFL);
	for (i = 0; i < 100000; i++)
		write_all(scene, room, sizeof(room));
	spin();
}

static void
answer_badly(const struct scene *scene)
{
	struct sockaddr_in address = loopback(scene);
	struct resolved resolved = { .count = 1 };
	size_t size = sizeof(resolved);

	resolved.addresses[0].size = sizeof(address);
	memcpy(&resolved.addresses[0].storage, &address, sizeof(address));
	if (argument_is(scene, "count"))
		resolved.count = UINT32_MAX;
	else if (argument_is(scene, "family"))
		resolved.addresses[0].storage.ss_family = AF_UNIX;
	else if (argument_is(scene, "size"))
		resolved.addresses[0].size = 1;
	else if (argument_is(scene, "error"))
		resolved.error = INT32_MAX;
	else if (argument_is(scene, "cause"))
		resolved.error = INT32_MIN;
	else if (argument_is(scene, "short"))
		size--;
	else if (argument_is(scene, "nothing"))
		size = 0;
	write_all(scene, &resolved, size);
	if (size == sizeof(resolved))
		write_all(scene, &resolved, size);
	spin();
}

static void
take_memory(const struct scene *scene)
{
	size_t i, step = (size_t)16 * 1024 * 1024;

	(void)scene;
	for (i = 0; i < 64; i++) {
		char *memory = mmap(NULL, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				    -1, 0);

		if (memory == MAP_FAILED)
			spin();
		memset(memory, 1, step);
	}
	survived();
}

const struct attack attacks_of_resolver[] = {
	{ "resolver-tcp", talk_tcp },	    { "resolver-udp", talk_udp },
	{ "resolver-unix", talk_unix },	    { "resolver-live-on", live_on },
	{ "resolver-read", read_file },	    { "resolver-call", call_forbidden },
	{ "resolver-flood", flood },	    { "resolver-answer", answer_badly },
	{ "resolver-memory", take_memory }, { NULL, NULL },
};
