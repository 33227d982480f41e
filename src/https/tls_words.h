/* SPDX-License-Identifier: ISC */
/*
 * TLS errors other than those of certificates, in words that an operator can act on.
 */
#ifndef TLS_WORDS_H
#define TLS_WORDS_H

#include "base/must_use.h"

#include <stdbool.h>

struct fault;

struct api;

/*
 * Explains libcurl's `message` about an OpenSSL error, such as "error:0A00042E:SSL routines::tlsv1
 * alert protocol version": writes the meaning to *fault, followed by OpenSSL's own text. `api` is
 * the one that was connected to. Returns false, and leaves *fault unchanged, when the message is
 * the best there is.
 */
MUST_USE bool tls_explain(const char *message, const struct api *api, struct fault *fault);

/*
 * Whether libcurl's `message` is about nothing but the end of the connection.
 */
MUST_USE bool tls_is_end(const char *message);

#endif
