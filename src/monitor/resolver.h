/* SPDX-License-Identifier: ISC */
/*
 * The resolver: a short-lived child of the monitor that looks up one name and exits. getaddrinfo(3)
 * blocks for as long as name servers do, and parses what they send; in a separate process it can
 * neither do harm nor cause delay.
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
 * Resolvers that may live at the same time. A worker has one connection under way, and a resolver
 * that is not waited for any more is killed: only a worker that was taken over needs more.
 */
#define RESOLVERS_MAX 32

struct address {
	socklen_t size;
	struct sockaddr_storage storage;
};

/*
 * What the resolver writes to its pipe, once and completely.
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
 * Starts a resolver for the endpoint. The caller stops it when it is not needed any more; on its
 * own it ends `seconds` after its start. Returns the reading end of its pipe, non-blocking, with
 * its process in *pid; or -1 with errno set, which is EAGAIN when RESOLVERS_MAX are alive.
 */
int resolver_start(const struct endpoint *endpoint, unsigned int seconds, pid_t *pid);

/*
 * Kills a resolver, or notes its death if it has died. If it hung up without an answer, it was not
 * `done`: the log then says how it died.
 */
void resolver_stop(pid_t pid, bool done);

/*
 * Notes a death. `status` is waitpid(2)'s; an abnormal one is logged. False when `pid` was not a
 * resolver.
 */
bool resolver_note_death(pid_t pid, int status);

/*
 * How many resolvers have died suspiciously since the last call.
 */
size_t resolver_take_suspicions(void);

/*
 * Reads the pipe's content, and checks it like any untrusted input. Returns 0, or -1 when it is not
 * valid.
 */
int resolver_read(int pipe, struct resolved *resolved);

#endif
