/* SPDX-License-Identifier: ISC */
/*
 * TLS: which certificates the worker accepts, and how it authenticates itself. Everything
 * is loaded from files before the sandbox is sealed and used
 * for every connection afterwards.
 */
#ifndef TLS_H
#define TLS_H

#include "base/fault.h"
#include "base/must_use.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

struct api;
struct endpoint;
struct outcome_peer;

struct tls {
	const struct api *api;
	X509_STORE *store;	       /* the only certificates that the API's may lead to */
	X509 *certificate;	       /* the worker's own; NULL without */
	STACK_OF(X509) *intermediates; /* that are sent with it */
	EVP_PKEY *key;
	const struct endpoint *endpoint; /* to which a connection is being made */
	struct fault failure;		 /* why its certificate was refused, or "" */
	int64_t expiry;			 /* of the last chain that verified; outcome.h */
	struct outcome_peer *peer;	 /* to note the chain in; NULL: not wanted */
	SSL *ssl;			 /* whose certificate was verified last; owned by libcurl */
};

/*
 * Whether two APIs trust the same files, and whether they use the same certificate of ours.
 */
bool tls_same_trust(const struct api *api, const struct api *other);
bool tls_same_identity(const struct api *api, const struct api *other);

/*
 * Loads the files that `api` names; `api` must outlive *tls. What APIs with the same trust and with
 * the same identity have loaded is shared; NULL: there are none. Returns 0, or -1 with *fault set.
 * tls_free() frees what is in *tls in either case.
 */
MUST_USE int tls_load(struct tls *tls, const struct api *api, const struct tls *trust,
		      const struct tls *identity, struct fault *fault);

/*
 * Sets up the context of a new connection, which verifies the peer against tls->endpoint: chain,
 * revocation, name and pins. Returns 0, or -1 when OpenSSL fails. If the peer is refused,
 * tls->failure says why.
 */
int tls_configure(struct tls *tls, SSL_CTX *context);

void tls_free(struct tls *tls);

#endif
