/* SPDX-License-Identifier: ISC */
/*
 * Verification of the API's certificate, with reasons that an operator can act on.
 */
#ifndef TLS_VERIFY_H
#define TLS_VERIFY_H

#include "settings/pins.h"

#include <openssl/x509.h>
#include <stdint.h>

/*
 * OpenSSL's callback for a peer's certificates (SSL_CTX_set_cert_verify_callback):
 * 1 when the chain leads to tls->store, is not revoked, is for the name or
 * address of tls->endpoint, and holds a pinned key if any are pinned; 0
 * otherwise, with the reason in tls->failure. `argument` is the struct tls.
 */
int tls_verify(X509_STORE_CTX *context, void *argument);

#define TLS_PIN_TEXT_SIZE 53 /* "sha256//", 44 characters of base64, and a NUL */

/*
 * Writes a pin in the form that the settings use.
 */
void tls_pin_text(const uint8_t pin[SETTINGS_PIN_SIZE], char text[TLS_PIN_TEXT_SIZE]);

#endif
