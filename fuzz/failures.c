/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "failures.h"

#include "base/fault.h"
#include "base/secret.h"
#include "fuzz.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static uint32_t probability; /* in 512; 0: nothing fails */
static uint32_t random_state;
static unsigned int holds;

bool
failures_start(struct view *input)
{
	static bool installed;
	struct fault fault;

	if (!installed)
		MUST(secret_install_allocator(&fault) == 0);
	installed = true;
	probability = 0;
	if (input->size < 3 || input->data[0] != '#')
		return false;
	(void)take_byte(input);
	probability = take_byte(input);
	random_state = 0x9E3779B9U * (1U + take_byte(input));
	return probability > 0;
}

void
failures_stop(void)
{
	probability = 0;
}

void
failures_hold(void)
{
	holds++;
}

void
failures_go_on(void)
{
	holds--;
}

/* A number below `bound`. Marsaglia's xorshift: deterministic, and good enough. */
static uint32_t
draw(uint32_t bound)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return (random_state >> 8) % bound;
}

static bool
fails(void)
{
	return probability > 0 && holds == 0 && draw(512) < probability;
}

/* True when a system call fails, with one of four errors. */
static bool
call_fails(int first, int second, int third, int fourth)
{
	const int errors[] = { first, second, third, fourth };

	if (!fails())
		return false;
	errno = errors[draw(4)];
	return true;
}

/* --- memory ---------------------------------------------------------------------- */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *block, size_t size)
{
	return fails() ? NULL : __real_realloc(block, size);
}

char *
__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

/* --- system calls ------------------------------------------------------------------ */

ssize_t __real_read(int fd, void *data, size_t size);
ssize_t __wrap_read(int fd, void *data, size_t size);
ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
ssize_t __real_send(int fd, const void *data, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags);
ssize_t __real_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);

void (*failures_on_receive)(int fd, int flags);

ssize_t
__wrap_read(int fd, void *data, size_t size)
{
	if (call_fails(EINTR, EINTR, EAGAIN, EIO))
		return -1;
	return __real_read(fd, data, size > 1 && fails() ? 1 : size);
}

ssize_t
__wrap_write(int fd, const void *data, size_t size)
{
	return call_fails(EINTR, EINTR, EINTR, EPIPE) ? -1 : __real_write(fd, data, size);
}

ssize_t
__wrap_send(int fd, const void *data, size_t size, int flags)
{
	return call_fails(EINTR, EINTR, EAGAIN, EPIPE) ? -1 : __real_send(fd, data, size, flags);
}

ssize_t
__wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
	if (failures_on_receive != NULL)
		failures_on_receive(fd, flags);
	return call_fails(EINTR, EAGAIN, ECONNRESET, ENOMEM) ? -1
							     : __real_recvmsg(fd, message, flags);
}

ssize_t
__wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
	return call_fails(EINTR, EINTR, EAGAIN, EPIPE) ? -1 : __real_sendmsg(fd, message, flags);
}

/* --- randomness ---------------------------------------------------------------------- */

int __real_RAND_bytes(unsigned char *data, int size);
int __wrap_RAND_bytes(unsigned char *data, int size);

int
__wrap_RAND_bytes(unsigned char *data, int size)
{
	return fails() ? 0 : __real_RAND_bytes(data, size);
}
