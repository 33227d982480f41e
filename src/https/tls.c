/* SPDX-License-Identifier: ISC */
#include "https/tls.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/view.h"
#include "https/tls_staple.h"
#include "https/tls_verify.h"
#include "settings/api.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* TLS 1.2 only with forward secrecy and authenticated encryption; the suites of
 * TLS 1.3 are all of that kind. */
#define TLS_1_2_CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20"

#define SECURITY_LEVEL 2 /* no RSA below 2048 bits, no SHA-1 signatures */

#define KEY_FILE_MAX ((size_t)64 * 1024)	/* bytes */
#define PEM_FILE_MAX ((size_t)64 * 1024 * 1024) /* bytes; large CAs have large lists */

static const char *
openssl_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	return reason != NULL ? reason : "unknown reason";
}

/* OpenSSL's callback for the passphrase of a key: there is no terminal to ask for one. */
static int
no_passphrase(char *buffer, int size, int writing, void *context)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

/* Opens the contents of a safe file, in memory that the BIO owns: OpenSSL itself would open any
 * file. */
static BIO *
open_pem(const char *path, struct view *content, struct fault *fault)
{
	BIO *memory;

	if (file_read_trusted(path, PEM_FILE_MAX, content, fault) < 0)
		return NULL;
	memory = BIO_new_mem_buf(content->data, (int)content->size);
	if (memory == NULL)
		(void)fault_set(fault, "%s: out of memory", path);
	return memory;
}

/* Adds the certificates or revocation lists of a PEM file to the store, and counts them. -1 when
 * one cannot be read, or there is none. */
static int
add_objects(struct tls *tls, const char *path, bool lists, struct fault *fault)
{
	const char *what = lists ? "revocation lists" : "CA certificates";
	struct view content = { NULL, 0 };
	BIO *memory = open_pem(path, &content, fault);
	STACK_OF(X509_INFO) *objects;
	int i, added = 0, result = -1;

	if (memory == NULL)
		return -1;
	objects = PEM_X509_INFO_read_bio(memory, NULL, no_passphrase, NULL);
	for (i = 0; i < sk_X509_INFO_num(objects); i++) {
		const X509_INFO *object = sk_X509_INFO_value(objects, i);

		added += lists ? object->crl != NULL && X509_STORE_add_crl(tls->store, object->crl)
			       : object->x509 != NULL &&
					 X509_STORE_add_cert(tls->store, object->x509);
	}
	if (objects == NULL)
		(void)fault_set(fault, "%s: cannot read %s (PEM): %s", path, what,
				openssl_reason());
	else if (added == 0)
		(void)fault_set(fault, "%s: contains no %s (PEM)", path, what);
	else
		result = 0;
	sk_X509_INFO_pop_free(objects, X509_INFO_free);
	BIO_free(memory);
	free((void *)content.data);
	return result;
}

/* The file is parsed once, here: libcurl would parse it again for every connection, and the
 * worker could not open it any more. */
static int
load_store(struct tls *tls, struct fault *fault)
{
	const char *path = api_ca_file(tls->api);

	if (path == NULL)
		return fault_set(fault, "libcurl knows no CA bundle on this system; set ca_file");
	tls->store = X509_STORE_new();
	if (tls->store == NULL)
		return fault_set(fault, "%s: out of memory", path);
	return add_objects(tls, path, false, fault);
}

static int
load_revocations(struct tls *tls, struct fault *fault)
{
	const char *path = tls->api->crl_file;

	if (path == NULL)
		return 0;
	if (add_objects(tls, path, true, fault) < 0)
		return -1;
	if (X509_STORE_set_flags(tls->store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) !=
	    1)
		return fault_set(fault, "OpenSSL cannot check revocation lists");
	return 0;
}

static int
load_certificate(struct tls *tls, struct fault *fault)
{
	const char *path = tls->api->client_certificate;
	struct view content = { NULL, 0 };
	BIO *memory = open_pem(path, &content, fault);
	X509 *next;
	int result = 0;

	if (memory == NULL)
		return -1;
	tls->certificate = PEM_read_bio_X509(memory, NULL, NULL, NULL);
	if (tls->certificate == NULL)
		result = fault_set(fault, "%s: cannot read a certificate (PEM): %s", path,
				   openssl_reason());
	tls->intermediates = sk_X509_new_null();
	while (result == 0 && (next = PEM_read_bio_X509(memory, NULL, NULL, NULL)) != NULL) {
		if (sk_X509_push(tls->intermediates, next) == 0) {
			X509_free(next);
			result = fault_set(fault, "%s: out of memory", path);
		}
	}
	ERR_clear_error(); /* the error was the end of the file */
	BIO_free(memory);
	free((void *)content.data);
	return result;
}

static int
load_key(struct tls *tls, struct fault *fault)
{
	const char *path = tls->api->client_key;
	uint8_t *text = secret_malloc(KEY_FILE_MAX);
	BIO *memory = NULL;
	size_t size;
	int result;

	if (text == NULL)
		return fault_set(fault, "out of memory");
	result = file_read_secret(path, text, KEY_FILE_MAX, &size, fault);
	if (result == 0)
		memory = BIO_new_mem_buf(text, (int)size);
	if (memory != NULL)
		tls->key = PEM_read_bio_PrivateKey(memory, NULL, no_passphrase, NULL);
	if (result == 0 && tls->key == NULL)
		result = fault_set(fault,
				   "%s: cannot read a private key (PEM, without passphrase): %s",
				   path, openssl_reason());
	BIO_free(memory);
	secret_free(text);
	return result;
}

static bool
show_identity(const struct tls *tls, SSL_CTX *context)
{
	if (tls->certificate == NULL)
		return true;
	return SSL_CTX_use_cert_and_key(context, tls->certificate, tls->key, tls->intermediates,
					1) == 1;
}

/* The machine's openssl.cnf may make a context stricter than this, never laxer. */
static void
restrict_protocol(SSL_CTX *context)
{
	SSL_CTX_set_options(context,
			    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
	SSL_CTX_clear_options(context, SSL_OP_LEGACY_SERVER_CONNECT |
					       SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION |
					       SSL_OP_IGNORE_UNEXPECTED_EOF);
	if (SSL_CTX_get_security_level(context) < SECURITY_LEVEL)
		SSL_CTX_set_security_level(context, SECURITY_LEVEL);
}

/* Whether OpenSSL accepts the certificate at our security level. */
static int
try_identity(const struct tls *tls, struct fault *fault)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	int result = 0;

	if (context == NULL)
		return fault_set(fault, "out of memory");
	restrict_protocol(context);
	if (!show_identity(tls, context))
		result = fault_set(fault, "%s: the certificate cannot be used with TLS: %s",
				   tls->api->client_certificate, openssl_reason());
	SSL_CTX_free(context);
	return result;
}

static int
load_identity(struct tls *tls, struct fault *fault)
{
	const struct api *api = tls->api;

	if (api->client_certificate == NULL)
		return 0;
	if (load_certificate(tls, fault) < 0 || load_key(tls, fault) < 0)
		return -1;
	if (X509_check_private_key(tls->certificate, tls->key) != 1)
		return fault_set(fault, "%s: is not the key of the certificate in %s",
				 api->client_key, api->client_certificate);
	return try_identity(tls, fault);
}

/* Shares what another API has loaded. */
static int
share_trust(struct tls *tls, const struct tls *other, struct fault *fault)
{
	if (X509_STORE_up_ref(other->store) != 1)
		return fault_set(fault, "OpenSSL cannot share certificates");
	tls->store = other->store;
	return 0;
}

static int
share_identity(struct tls *tls, const struct tls *other, struct fault *fault)
{
	if (other->certificate == NULL)
		return 0;
	tls->intermediates = X509_chain_up_ref(other->intermediates);
	if (tls->intermediates == NULL)
		return fault_set(fault, "out of memory");
	if (X509_up_ref(other->certificate) != 1)
		return fault_set(fault, "OpenSSL cannot share certificates");
	tls->certificate = other->certificate;
	if (EVP_PKEY_up_ref(other->key) != 1)
		return fault_set(fault, "OpenSSL cannot share keys");
	tls->key = other->key;
	return 0;
}

bool
tls_same_trust(const struct api *api, const struct api *other)
{
	return api_same_file(api->ca_file, other->ca_file) &&
	       api_same_file(api->crl_file, other->crl_file);
}

bool
tls_same_identity(const struct api *api, const struct api *other)
{
	return api_same_file(api->client_certificate, other->client_certificate) &&
	       api_same_file(api->client_key, other->client_key);
}

int
tls_load(struct tls *tls, const struct api *api, const struct tls *trust,
	 const struct tls *identity, struct fault *fault)
{
	*tls = (struct tls){ .api = api };
	ERR_clear_error();
	if (trust != NULL ? share_trust(tls, trust, fault) < 0
			  : load_store(tls, fault) < 0 || load_revocations(tls, fault) < 0)
		return -1;
	return identity != NULL ? share_identity(tls, identity, fault) : load_identity(tls, fault);
}

int
tls_configure(struct tls *tls, SSL_CTX *context)
{
	int oldest = tls->api->tls_min == TLS_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;

	SSL_CTX_set1_cert_store(context, tls->store);
	SSL_CTX_set_cert_verify_callback(context, tls_verify, tls);
	restrict_protocol(context);
	(void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	/* saves a recv(2) per record. libcurl's own HTTP would wait for a socket that has
	 * nothing left (curl issue 17596); wire.c reads until OpenSSL has nothing */
	SSL_CTX_set_read_ahead(context, 1);
	/* libcurl asks for them to be released between records; then 32 KiB are
	 * wiped and allocated again for each request. What stays in them is what was
	 * on the wire, and the last answer */
	SSL_CTX_clear_mode(context, SSL_MODE_RELEASE_BUFFERS);
	/* a peer that sends key updates without end must not keep us in SSL_read(3) */
	SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
	if (SSL_CTX_set_min_proto_version(context, oldest) != 1 ||
	    SSL_CTX_set_cipher_list(context, TLS_1_2_CIPHERS) != 1 || !show_identity(tls, context))
		return -1;
	return tls->api->ocsp == OCSP_REQUIRED ? tls_staple_require(tls, context) : 0;
}

void
tls_free(struct tls *tls)
{
	X509_STORE_free(tls->store);
	X509_free(tls->certificate);
	sk_X509_pop_free(tls->intermediates, X509_free);
	EVP_PKEY_free(tls->key);
	*tls = (struct tls){ 0 };
}
