/* SPDX-License-Identifier: ISC */
/*
 * The resolver: a short-lived child of the monitor that looks up one name and exits.
 * getaddrinfo(3) blocks for as long as name servers do, and parses what they send; in a
 * separate process it can neither harm nor delay.
 */
#ifndef RESOLVER_H
#define RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

struct endpoint;

#define RESOLVER_ADDRESSES_MAX 16 /* of one name; more are not tried */

/*
 * As many may live at the same time. A worker has one connection under way, and a
 * resolver that is waited for no longer is killed: more are wanted only by a worker
 * that was taken over.
 */
#define RESOLVERS_MAX 32

struct address {
	socklen_t size;
	struct sockaddr_storage storage;
};

/*
 * What the resolver writes to its pipe, once and whole.
 */
struct resolved {
	int32_t error; /* 0, or a negative EAI_ code */
	uint32_t count;
	struct address addresses[RESOLVER_ADDRESSES_MAX]; /* in the order to try them */
};

/*
 * Looks up an endpoint whose host is an IP address: no process is needed.
 */
void resolver_parse(const struct endpoint *endpoint, struct resolved *resolved);

/*
 * Starts a resolver for the endpoint. It is to be stopped when it is waited for no
 * longer, and ends by itself `seconds` after its start.
 * Returns the reading end of its pipe, non-blocking, with its process in *pid; or -1
 * with errno set, which is EAGAIN when RESOLVERS_MAX are alive.
 */
int resolver_start(const struct endpoint *endpoint, unsigned int seconds, pid_t *pid);

/*
 * Kills a resolver, unless it has died; then its death is taken note of. Of one that
 * has not answered, and hung up instead, the log tells how it died: it was not `done`.
 */
void resolver_stop(pid_t pid, bool done);

/*
 * Takes note of a death. `status` is waitpid(2)'s; what is wrong with it goes to the
 * log. False when `pid` was no resolver.
 */
bool resolver_note_death(pid_t pid, int status);

/*
 * How many have died of what an attempt to take them over could have led to, since it
 * was asked the last time.
 */
size_t resolver_take_suspicions(void);

/*
 * Reads the pipe's content. What came is checked as if a stranger had sent it.
 * Returns 0, or -1 when it is not valid.
 */
int resolver_read(int pipe, struct resolved *resolved);

#endif
