/* SPDX-License-Identifier: ISC */
/*
 * OCSP stapling (RFC 6066, section 8): a recent statement of the CA, sent by the peer, that its
 * certificate is not revoked.
 */
#ifndef TLS_STAPLE_H
#define TLS_STAPLE_H

#include <openssl/ssl.h>

struct tls;

/*
 * Makes the connections of a context require a staple. One that is missing, not signed by the
 * certificate's issuer or its delegate, for another certificate, too old, without an end, or
 * with another status than "good" ends the handshake, with the reason in tls->failure.
 * Returns 0, or -1 when OpenSSL
 * refuses.
 */
int tls_staple_require(struct tls *tls, SSL_CTX *context);

#endif
