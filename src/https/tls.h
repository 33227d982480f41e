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
	X509_STORE *store;	       /* the only certificates that vouch for the API */
	X509 *certificate;	       /* ours, NULL without */
	STACK_OF(X509) *intermediates; /* that go with it */
	EVP_PKEY *key;
	const struct endpoint *endpoint; /* the one being connected to */
	struct fault failure;		 /* why its certificate was refused, or "" */
	int64_t expiry;			 /* of the chain that was good last; outcome.h */
	struct outcome_peer *peer;	 /* to note the chain in; NULL: not wanted */
	SSL *ssl;			 /* whose certificate was verified last; libcurl's */
};

/*
 * Whether two APIs trust the same files, and whether they show the same
 * certificate.
 */
bool tls_same_trust(const struct api *api, const struct api *other);
bool tls_same_identity(const struct api *api, const struct api *other);

/*
 * Loads what `api` names, which must outlive *tls. What APIs of the same trust and
 * of the same identity have loaded is shared with them; NULL: there are none.
 * Returns 0, or -1 with *fault set. tls_free() frees what is in *tls in either case.
 */
MUST_USE int tls_load(struct tls *tls, const struct api *api, const struct tls *trust,
		      const struct tls *identity, struct fault *fault);

/*
 * Sets up the context of a new connection, which checks the peer against
 * tls->endpoint: chain, revocation, name and pins. Returns 0, or -1 when
 * OpenSSL refuses. What the check finds wrong is in tls->failure afterwards.
 */
int tls_configure(struct tls *tls, SSL_CTX *context);

void tls_free(struct tls *tls);

#endif
