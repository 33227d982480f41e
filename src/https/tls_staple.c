/* SPDX-License-Identifier: ISC */
#include "https/tls_staple.h"

#include "base/fault.h"
#include "https/tls.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <stdbool.h>
#include <stdint.h>

#define CLOCK_SKEW 300L /* seconds that the responder's clock may differ from ours */

/* True when an entry of a response is about `leaf`. Responders choose the digest by which they
 * name the certificate. */
static bool
is_about(OCSP_SINGLERESP *entry, const X509 *leaf, const X509 *issuer)
{
	OCSP_CERTID *theirs = (OCSP_CERTID *)OCSP_SINGLERESP_get0_id(entry), *ours = NULL;
	ASN1_OBJECT *digest = NULL;
	bool same = false;

	if (OCSP_id_get0_info(NULL, &digest, NULL, NULL, theirs) == 1)
		ours = OCSP_cert_to_id(EVP_get_digestbyobj(digest), leaf, issuer);
	if (ours != NULL)
		same = OCSP_id_cmp(ours, theirs) == 0;
	OCSP_CERTID_free(ours);
	return same;
}

static int
check_entry(OCSP_SINGLERESP *entry, struct fault *fault)
{
	ASN1_GENERALIZEDTIME *from = NULL, *until = NULL;
	int status = OCSP_single_get0_status(entry, NULL, NULL, &from, &until);

	if (until == NULL)
		return fault_set(fault, "the API server's OCSP response has no expiry time");
	if (OCSP_check_validity(from, until, CLOCK_SKEW, -1) != 1)
		return fault_set(fault, "the API server's OCSP response has expired or is not yet "
					"valid; is this machine's clock right?");
	switch (status) {
	case V_OCSP_CERTSTATUS_GOOD:
		return 0;
	case V_OCSP_CERTSTATUS_REVOKED:
		return fault_set(
			fault,
			"the API server's certificate is revoked, according to its OCSP response");
	default:
		return fault_set(fault,
				 "the API server's certificate is unknown to the OCSP responder");
	}
}

static int
check_entries(OCSP_BASICRESP *response, const STACK_OF(X509) *chain, struct fault *fault)
{
	const X509 *leaf = sk_X509_value(chain, 0);
	const X509 *issuer = sk_X509_value(chain, sk_X509_num(chain) > 1 ? 1 : 0);
	int i;

	for (i = 0; i < OCSP_resp_count(response); i++) {
		if (is_about(OCSP_resp_get0(response, i), leaf, issuer))
			return check_entry(OCSP_resp_get0(response, i), fault);
	}
	return fault_set(fault, "the API server's OCSP response is for another certificate");
}

static int
check_response(const struct tls *tls, const OCSP_RESPONSE *response, STACK_OF(X509) *chain,
	       struct fault *fault)
{
	int status = OCSP_response_status((OCSP_RESPONSE *)response), result;
	OCSP_BASICRESP *basic = NULL;

	if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
		return fault_set(fault, "the API server's OCSP response is an error: %s",
				 OCSP_response_status_str(status));
	basic = OCSP_response_get1_basic((OCSP_RESPONSE *)response);
	if (basic == NULL)
		return fault_set(fault, "the API server's OCSP response cannot be parsed");
	if (OCSP_basic_verify(basic, chain, tls->store, 0) == 1)
		result = check_entries(basic, chain, fault);
	else
		result = fault_set(fault, "the API server's OCSP response is not signed by the "
					  "issuer of its certificate");
	OCSP_BASICRESP_free(basic);
	ERR_clear_error();
	return result;
}

/* OpenSSL's callback, after the chain was verified: 1 continues, 0 ends the handshake. */
static int
on_staple(SSL *ssl, void *argument)
{
	struct tls *tls = argument;
	STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl);
	OCSP_RESPONSE *response;
	const uint8_t *der = NULL;
	long size = SSL_get_tlsext_status_ocsp_resp(ssl, &der);
	int result;

	if (der == NULL || size <= 0) {
		(void)fault_set(&tls->failure, "the API server sent no OCSP response, which "
					       "\"ocsp\" requires; is stapling enabled there?");
		return 0;
	}
	response = d2i_OCSP_RESPONSE(NULL, &der, size);
	if (response == NULL || sk_X509_num(chain) < 1)
		result =
			fault_set(&tls->failure, "the API server's OCSP response cannot be parsed");
	else
		result = check_response(tls, response, chain, &tls->failure);
	OCSP_RESPONSE_free(response);
	return result == 0 ? 1 : 0;
}

int
tls_staple_require(struct tls *tls, SSL_CTX *context)
{
	if (SSL_CTX_set_tlsext_status_type(context, TLSEXT_STATUSTYPE_ocsp) != 1 ||
	    SSL_CTX_set_tlsext_status_cb(context, on_staple) != 1 ||
	    SSL_CTX_set_tlsext_status_arg(context, tls) != 1)
		return -1;
	return 0;
}
