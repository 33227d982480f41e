/* SPDX-License-Identifier: ISC */
#define _DEFAULT_SOURCE
#include "https/tls_verify.h"

#include "base/fault.h"
#include "https/tls.h"
#include "ipc/outcome.h"
#include "settings/api.h"
#include "settings/endpoint.h"
#include "settings/pins.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NAME_MAX_SIZE OUTCOME_SUBJECT_MAX /* bytes of a subject in a message */

/* The pin of a certificate's key: the SHA-256 of its SubjectPublicKeyInfo. Returns 0,
 * or -1 when OpenSSL fails. */
static int
read_pin(const X509 *certificate, uint8_t pin[SETTINGS_PIN_SIZE])
{
	uint8_t *key = NULL;
	int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key);
	int result = -1;

	if (size > 0 && EVP_Digest(key, (size_t)size, pin, NULL, EVP_sha256(), NULL) == 1)
		result = 0;
	OPENSSL_free(key);
	return result;
}

void
tls_pin_text(const uint8_t pin[SETTINGS_PIN_SIZE], char text[TLS_PIN_TEXT_SIZE])
{
	static const char prefix[] = "sha256//";

	memcpy(text, prefix, sizeof(prefix));
	(void)EVP_EncodeBlock((uint8_t *)text + sizeof(prefix) - 1, pin, SETTINGS_PIN_SIZE);
}

static bool
is_address(const char *text)
{
	uint8_t address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* A DNS name as text, with a question mark for each byte that no DNS name can contain, a NUL
 * included. */
static void
dns_name_text(const ASN1_IA5STRING *name, char *text, size_t room)
{
	const uint8_t *bytes = ASN1_STRING_get0_data(name);
	size_t i, length = (size_t)ASN1_STRING_length(name);

	for (i = 0; i < length && i + 1 < room; i++) {
		text[i] = '?';
		if (bytes[i] > ' ' && bytes[i] <= '~')
			text[i] = (char)bytes[i];
	}
	text[i] = '\0';
	if (is_address(text)) /* without brackets it could be mistaken for a real address */
		(void)snprintf(text + i, room - i, " (as a DNS name)");
}

/* One entry of subjectAltName as text. "" for kinds that do not name a server. */
static void
name_text(const GENERAL_NAME *name, char *text, size_t room)
{
	const ASN1_OCTET_STRING *address;
	int size;

	*text = '\0';
	if (name->type == GEN_DNS) {
		dns_name_text(name->d.dNSName, text, room);
	} else if (name->type == GEN_IPADD) {
		address = name->d.iPAddress;
		size = ASN1_STRING_length(address);
		if (size == 4 || size == 16)
			(void)inet_ntop(size == 4 ? AF_INET : AF_INET6,
					ASN1_STRING_get0_data(address), text, (socklen_t)room);
	}
}

/* The names and addresses that a certificate is valid for, separated by commas, cut at `room`
 * bytes with the final NUL. "" when it has none. */
static void
read_names(const X509 *certificate, char *text, size_t room)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	size_t length = 0;
	int i;

	*text = '\0';
	for (i = 0; i < sk_GENERAL_NAME_num(names) && length < room; i++) {
		char name[256];

		name_text(sk_GENERAL_NAME_value(names, i), name, sizeof(name));
		if (*name != '\0')
			length += (size_t)snprintf(text + length, room - length, "%s%s",
						   length > 0 ? ", " : "", name);
	}
	GENERAL_NAMES_free(names);
}

static void
subject_text(const X509_NAME *name, char text[NAME_MAX_SIZE])
{
	BIO *memory = BIO_new(BIO_s_mem());
	int size = 0;

	if (memory != NULL && X509_NAME_print_ex(memory, name, 0, XN_FLAG_RFC2253) >= 0)
		size = BIO_read(memory, text, NAME_MAX_SIZE - 1);
	text[size > 0 ? size : 0] = '\0';
	BIO_free(memory);
}

/* The date of a certificate or list as "2026-11-23 17:20:00 UTC". */
static void
date_text(const ASN1_TIME *date, char text[32])
{
	struct tm tm;

	*text = '\0';
	if (date != NULL && ASN1_TIME_to_tm(date, &tm) == 1)
		(void)strftime(text, 32, "%F %T UTC", &tm);
}

static void
describe_name_mismatch(struct tls *tls, const X509 *leaf)
{
	char names[256];

	read_names(leaf, names, sizeof(names));
	if (*names == '\0')
		(void)fault_set(&tls->failure,
				"the certificate names no server (it has no subjectAltName), "
				"the URL says %s",
				tls->endpoint->host);
	else
		(void)fault_set(&tls->failure, "the certificate is for %s, the URL says %s", names,
				tls->endpoint->host);
}

/* What is wrong with a certificate, as a phrase that follows its name. NULL when OpenSSL's
 * message is good enough. */
static const char *
defect(int error)
{
	switch (error) {
	case X509_V_ERR_CERT_REVOKED:
		return "is revoked";
	case X509_V_ERR_INVALID_CA:
	case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
		return "may not issue certificates: basicConstraints and keyUsage do not make it "
		       "a CA";
	case X509_V_ERR_PATH_LENGTH_EXCEEDED:
		return "has a path length that allows fewer CAs below it";
	case X509_V_ERR_PERMITTED_VIOLATION:
	case X509_V_ERR_EXCLUDED_VIOLATION:
		return "is for a name that a CA above it does not allow (nameConstraints)";
	case X509_V_ERR_INVALID_PURPOSE:
		return "is not for servers: see its key usage and extended key usage";
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
		return "has a key that is too weak; RSA must have 2048 bits or more";
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return "is signed with a digest that is too weak; it must be SHA-256 or better";
	default:
		return NULL;
	}
}

/* Explains why OpenSSL refused the chain. */
static void
describe(struct tls *tls, X509_STORE_CTX *context)
{
	int error = X509_STORE_CTX_get_error(context);
	const X509 *certificate = X509_STORE_CTX_get_current_cert(context);
	char subject[NAME_MAX_SIZE] = "?", issuer[NAME_MAX_SIZE] = "?", date[32] = "";
	const char *words = defect(error);

	if (certificate == NULL)
		certificate = X509_STORE_CTX_get0_cert(context);
	if (certificate != NULL) {
		subject_text(X509_get_subject_name(certificate), subject);
		subject_text(X509_get_issuer_name(certificate), issuer);
	}
	switch (error) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		describe_name_mismatch(tls, X509_STORE_CTX_get0_cert(context));
		return;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		date_text(X509_get0_notAfter(certificate), date);
		(void)fault_set(&tls->failure, "the certificate of \"%s\" has expired on %s",
				subject, date);
		return;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		date_text(X509_get0_notBefore(certificate), date);
		(void)fault_set(&tls->failure,
				"the certificate of \"%s\" is not valid before %s; is this "
				"machine's clock right?",
				subject, date);
		return;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		(void)fault_set(&tls->failure,
				"the certificate of \"%s\" is issued by \"%s\", which is not in %s",
				subject, issuer, api_ca_file(tls->api));
		return;
	case X509_V_ERR_UNABLE_TO_GET_CRL:
		(void)fault_set(&tls->failure, "%s has no revocation list of \"%s\"",
				tls->api->crl_file, issuer);
		return;
	case X509_V_ERR_CRL_HAS_EXPIRED:
		(void)fault_set(&tls->failure, "the revocation list of \"%s\" in %s has expired",
				issuer, tls->api->crl_file);
		return;
	default:
		(void)fault_set(&tls->failure, "the certificate of \"%s\"%s %s", subject,
				words != NULL ? "" : ":",
				words != NULL ? words : X509_verify_cert_error_string(error));
		return;
	}
}

static bool
is_pinned(const struct pins *pins, const uint8_t pin[SETTINGS_PIN_SIZE])
{
	size_t i;

	for (i = 0; i < pins->count; i++) {
		if (memcmp(pins->list[i], pin, SETTINGS_PIN_SIZE) == 0)
			return true;
	}
	return false;
}

/* True when the verified chain, its root included, contains a pinned key, or no key is pinned. */
static bool
holds_pin(struct tls *tls, const STACK_OF(X509) *chain)
{
	uint8_t pin[SETTINGS_PIN_SIZE];
	char text[TLS_PIN_TEXT_SIZE] = "?";
	int i;

	if (tls->api->pins.count == 0)
		return true;
	for (i = sk_X509_num(chain) - 1; i >= 0; i--) {
		if (read_pin(sk_X509_value(chain, i), pin) < 0)
			continue;
		if (is_pinned(&tls->api->pins, pin))
			return true;
		tls_pin_text(pin, text); /* in the end the leaf's */
	}
	(void)fault_set(&tls->failure,
			"no key in the certificate chain is pinned; the API server's own key is %s",
			text);
	return false;
}

/* Tells OpenSSL which name or address the certificate must be valid for. */
static bool
expect_endpoint(X509_STORE_CTX *context, const struct endpoint *endpoint)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);

	/* a common name does not identify a server (RFC 9525, section 2) */
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
						       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (endpoint->is_address)
		return X509_VERIFY_PARAM_set1_ip_asc(param, endpoint->host) == 1;
	return X509_VERIFY_PARAM_set1_host(param, endpoint->host, 0) == 1;
}

/* Whole days from now until a date; negative when it has passed. */
static int
days_until(const ASN1_TIME *date)
{
	int days = 0, seconds = 0;

	if (date == NULL || ASN1_TIME_diff(&days, &seconds, NULL, date) != 1)
		return -1;
	return seconds < 0 ? days - 1 : days;
}

/* Notes the chain for the operator, as far as it could be built. */
static void
note_chain(struct outcome_peer *peer, X509_STORE_CTX *context)
{
	const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);
	int i;

	read_names(X509_STORE_CTX_get0_cert(context), peer->names, sizeof(peer->names));
	peer->chain_count = 0;
	for (i = 0; i < sk_X509_num(chain) && i < OUTCOME_CHAIN_MAX; i++) {
		struct outcome_certificate *entry = &peer->chain[peer->chain_count++];
		const X509 *certificate = sk_X509_value(chain, i);

		subject_text(X509_get_subject_name(certificate), entry->subject);
		subject_text(X509_get_issuer_name(certificate), entry->issuer);
		date_text(X509_get0_notAfter(certificate), entry->not_after);
		entry->days_left = days_until(X509_get0_notAfter(certificate));
		(void)read_pin(certificate, entry->pin);
	}
}

/* When the first certificate of a chain expires, in seconds since 1970; 0 when that is unknown. */
static int64_t
first_expiry(X509_STORE_CTX *context)
{
	const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);
	int64_t first = 0;
	int i;

	for (i = 0; i < sk_X509_num(chain); i++) {
		struct tm tm;
		int64_t end;

		if (ASN1_TIME_to_tm(X509_get0_notAfter(sk_X509_value(chain, i)), &tm) != 1)
			continue;
		end = timegm(&tm);
		if (end > 0 && end <= OUTCOME_EXPIRY_MAX && (first == 0 || end < first))
			first = end;
	}
	return first;
}

/* In each key exchange that we offer the server signs, which its certificate must allow (RFC
 * 8446, 4.4.2.2; RFC 5246, 7.4.2); OpenSSL 3.0 does not check that if the key is RSA. */
static bool
may_sign(X509 *leaf)
{
	return (X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) != 0;
}

/* The verification itself. */
static bool
is_good(struct tls *tls, X509_STORE_CTX *context)
{
	X509 *leaf = X509_STORE_CTX_get0_cert(context);
	bool good = X509_verify_cert(context) == 1;

	if (good && !may_sign(leaf)) {
		X509_STORE_CTX_set_current_cert(context, leaf);
		X509_STORE_CTX_set_error(context, X509_V_ERR_INVALID_PURPOSE);
		good = false;
	}
	if (!good) {
		describe(tls, context);
		return false;
	}
	if (!holds_pin(tls, X509_STORE_CTX_get0_chain(context))) {
		X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION);
		return false;
	}
	return true;
}

int
tls_verify(X509_STORE_CTX *context, void *argument)
{
	struct tls *tls = argument;
	bool good;

	tls->failure.text[0] = '\0';
	tls->ssl = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());
	if (X509_STORE_CTX_get0_store(context) != tls->store) {
		(void)fault_set(&tls->failure, "libcurl would have trusted the CA certificates of "
					       "another API: please report it");
		return 0;
	}
	if (!expect_endpoint(context, tls->endpoint)) {
		(void)fault_set(&tls->failure, "OpenSSL cannot check the name %s",
				tls->endpoint->host);
		return 0;
	}
	good = is_good(tls, context);
	if (good)
		tls->expiry = first_expiry(context);
	if (tls->peer != NULL)
		note_chain(tls->peer, context);
	return good;
}
