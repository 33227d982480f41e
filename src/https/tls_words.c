/* SPDX-License-Identifier: ISC */
#include "https/tls_words.h"

#include "base/fault.h"
#include "settings/api.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define HUNG_UP	    "the API server closed the connection during the TLS handshake"
#define NOT_TLS	    "the API server does not speak TLS on this port"
#define NOT_OFFERED "the API server chose something that was not offered"
#define NOT_WANTED  "the API server rejects the client certificate"

/* Alerts and our own explanations, by OpenSSL's error numbers. */
static const struct {
	int reason;
	const char *words;
} meanings[] = {
	{ SSL_R_WRONG_VERSION_NUMBER, NOT_TLS },
	{ SSL_R_HTTP_REQUEST, NOT_TLS },
	{ SSL_R_UNEXPECTED_EOF_WHILE_READING, HUNG_UP },
	{ SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE,
	  "the API server shares no cipher suite with this program, or wants a client certificate "
	  "that it accepts" },
	{ SSL_R_UNKNOWN_CIPHER_RETURNED, NOT_OFFERED },
	{ SSL_R_WRONG_CIPHER_RETURNED, NOT_OFFERED },
	{ SSL_R_WRONG_CURVE, NOT_OFFERED },
	{ SSL_R_WRONG_SIGNATURE_TYPE, NOT_OFFERED },
	{ SSL_R_COMPRESSION_DISABLED,
	  "the API server chose compression, which is not safe in TLS" },
	{ SSL_R_INAPPROPRIATE_FALLBACK,
	  "the TLS version is downgraded on the way to the API server" },
	{ SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED,
	  "the API server does not support secure renegotiation (RFC 5746)" },
	{ SSL_R_NO_RENEGOTIATION, "the API server wants to renegotiate, which is not supported" },
	{ SSL_R_DH_KEY_TOO_SMALL,
	  "the API server's Diffie-Hellman group has fewer than 2048 bits" },
	{ SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED,
	  "the API server wants a client certificate: set client_certificate and client_key" },
	{ SSL_R_TLSV1_ALERT_UNKNOWN_CA, NOT_WANTED },
	{ SSL_R_TLSV1_ALERT_ACCESS_DENIED, NOT_WANTED },
	{ SSL_R_TLSV1_ALERT_DECRYPT_ERROR, NOT_WANTED },
	{ SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, NOT_WANTED },
	{ SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, NOT_WANTED },
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED, NOT_WANTED },
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, NOT_WANTED },
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, NOT_WANTED },
	{ SSL_R_TLSV1_UNRECOGNIZED_NAME, "the API server does not know the name in the URL" },
};

static const char *
version_words(const struct api *api)
{
	return api->tls_min == TLS_1_3
		       ? "the API server does not speak TLS 1.3, which \"tls_min\" requires"
		       : "the API server speaks neither TLS 1.2 nor 1.3";
}

static const char *
meaning(int reason, const struct api *api)
{
	size_t i;

	if (reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION || reason == SSL_R_UNSUPPORTED_PROTOCOL)
		return version_words(api);
	for (i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (meanings[i].reason == reason)
			return meanings[i].words;
	}
	return NULL;
}

/* OpenSSL's number for an error in libcurl's message; 0 without one. */
static unsigned long
code_in(const char *message)
{
	static const char prefix[] = "error:";
	const char *at = NULL, *found;

	/* the last: from 8.10 on libcurl puts "TLS connect error: " before it */
	for (found = strstr(message, prefix); found != NULL; found = strstr(at + 1, prefix))
		at = found;
	return at != NULL ? strtoul(at + sizeof(prefix) - 1, NULL, 16) : 0;
}

bool
tls_is_end(const char *message)
{
	unsigned long code = code_in(message);

	return ERR_GET_LIB(code) == ERR_LIB_SSL &&
	       ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

bool
tls_explain(const char *message, const struct api *api, struct fault *fault)
{
	unsigned long code = code_in(message);
	const char *words, *theirs;

	if (code == 0) {
		/* the end of a connection is not an error of OpenSSL's */
		if (strstr(message, "SSL_connect: ") == NULL)
			return false;
		(void)fault_set(fault, HUNG_UP);
		return true;
	}
	if (ERR_GET_LIB(code) != ERR_LIB_SSL)
		return false;
	words = meaning(ERR_GET_REASON(code), api);
	if (words == NULL)
		return false;
	theirs = ERR_reason_error_string(code);
	(void)fault_set(fault, "%s (%s)", words, theirs != NULL ? theirs : "no details");
	return true;
}
