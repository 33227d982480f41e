/* SPDX-License-Identifier: ISC */
/*
 * HTTPS: one request to one endpoint, on a TLS connection that libcurl makes (connection.h).
 * Sockets come from the monitor, trust from tls.h, credentials from credential.h; nothing is
 * opened, resolved or redirected here.
 */
#ifndef HTTPS_H
#define HTTPS_H

#include "base/must_use.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

struct endpoint;
struct fault;
struct outcome;
struct settings;
struct uplink;
struct writer;

/* Kept connections, of all APIs together. */
#define HTTPS_KEPT_MAX 64

struct https;

/*
 * Loads trust and credentials of every API, creates the handles, and does once everything for which
 * libcurl and OpenSSL would otherwise open files or create sockets later. Must run before the
 * sandbox is sealed. `settings` and `uplink` must outlive the result. NULL with *fault set when it
 * fails.
 */
MUST_USE struct https *https_open(const struct settings *settings, struct uplink *uplink,
				  struct fault *fault);

/*
 * Closes connections and frees everything but credentials, whose secret memory
 * stays for the life of the process. NULL is allowed.
 */
void https_close(struct https *https);

/*
 * One attempt: the request and its result.
 */
struct https_attempt {
	/* given by the caller */
	const char *path;	  /* below the endpoint's URL; lives as long as the settings */
	struct view request;	  /* the body, the caller's; copied only to memory that is wiped */
	int64_t connect_deadline; /* until when a connection must stand */
	int64_t deadline;	  /* until when the answer must be here */
	bool repeatable; /* asking twice is harmless; after a failure, whether to ask again */

	/* the caller's: names the endpoint and its API; status, reused, times, connections
	 * (added to) and the peer, if it is wanted, are filled in */
	struct outcome *outcome;

	/* filled in */
	bool sent;	      /* bytes of the request may have reached the API */
	bool tls_failed;      /* TCP connected but TLS failed: another address may work */
	int64_t expiry;	      /* of the last chain that verified; see outcome.h */
	int64_t retry_after;  /* the Retry-After of the API; see breaker.h */
	struct view location; /* where the answer redirects to; or empty */
	struct view answer;   /* the body, if it came; until the next attempt */
	const char *reason;   /* why it failed; until the next attempt */
};

/*
 * Makes a connection for later requests, until `deadline` (clock.h). A failure is left to the first
 * of them.
 */
void https_connect(struct https *https, uint32_t api, uint32_t endpoint, int64_t deadline);

/*
 * Makes an attempt. True when a whole answer came: see `answer`, and the outcome's status.
 * Else see `reason`.
 */
MUST_USE bool https_perform(struct https *https, struct https_attempt *attempt);

/*
 * Writes the beginning of a reason in which the status says most, "HTTP 404 for POST /auth/login:
 * "; nothing for 200, or when there was no final answer. `path` is below the endpoint's URL.
 */
void https_write_status(struct writer *writer, const struct endpoint *endpoint, const char *path,
			long status);

/*
 * Closes the connection of the last attempt: after an answer that says neither yes nor no, nothing
 * on it can be relied on.
 */
void https_drop(struct https *https);

#endif
