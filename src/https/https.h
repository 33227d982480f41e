/* SPDX-License-Identifier: ISC */
/*
 * HTTPS: one request to one endpoint, through libcurl. Sockets come from the
 * monitor, trust from tls.h, credentials from credential.h; nothing is opened,
 * resolved or redirected here.
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

/* Connections that are kept for later requests, of all APIs together. */
#define HTTPS_KEPT_MAX 64

struct https;

/*
 * Loads trust and credentials of every API, makes the handles, and does once
 * whatever libcurl and OpenSSL would otherwise open files or make sockets for
 * later. Must run before the sandbox is sealed. `settings` and `uplink` must
 * outlive the result. NULL with *fault set when it fails.
 */
MUST_USE struct https *https_open(const struct settings *settings, struct uplink *uplink,
				  struct fault *fault);

/*
 * Closes connections and frees everything but credentials, whose secret memory
 * stays for the life of the process. NULL is allowed.
 */
void https_close(struct https *https);

/*
 * One attempt: the request and the result.
 */
struct https_attempt {
	/* given by the caller */
	const char *path;	  /* below the endpoint's URL; lives as long as the settings */
	struct view request;	  /* the body; it stays the caller's and is not copied
				     to memory that outlives the attempt */
	int64_t connect_deadline; /* give up here while nothing has been sent */
	int64_t deadline;	  /* give up here in any case */
	bool repeatable;	  /* asking twice does no harm; when it failed, whether
				     it may be asked again, here or elsewhere */

	/* the caller's: says which endpoint of which API is asked; here are filled in status,
	 * reused, times, connections (added), and the peer if it is wanted */
	struct outcome *outcome;

	/* filled in */
	bool sent;	      /* bytes of the request may have reached the API */
	bool tls_failed;      /* TCP stood, and TLS did not come: elsewhere it may */
	int64_t expiry;	      /* of the chain that was good last; see outcome.h */
	int64_t retry_after;  /* the Retry-After of the API; see breaker.h */
	struct view location; /* where the head says that the API is; else empty */
	struct view answer;   /* the body, when it came; until the next attempt */
	const char *reason;   /* why it failed, for the log; until the next attempt */
};

/*
 * Makes a connection for requests to come, until `deadline` (clock.h); the first of
 * them finds out when that came to nothing.
 */
void https_connect(struct https *https, uint32_t api, uint32_t endpoint, int64_t deadline);

/*
 * Makes an attempt. True when a whole answer came: see `answer`, and the outcome's status.
 * Else see `reason`.
 */
MUST_USE bool https_perform(struct https *https, struct https_attempt *attempt);

/*
 * Writes what a reason begins with when the status tells most, "HTTP 404 for POST
 * /auth/login: "; nothing for 200, or when there was no final answer. `path` is below the
 * endpoint's URL.
 */
void https_write_status(struct writer *writer, const struct endpoint *endpoint, const char *path,
			long status);

/*
 * Closes the connection that the last attempt was made on. For an answer that says
 * neither yes nor no: who knows what else comes from there.
 */
void https_drop(struct https *https);

#endif
