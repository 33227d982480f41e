/* SPDX-License-Identifier: ISC */
/*
 * A record of the last exchange as the worker saw it, in memory shared with the
 * process that asked for it: what --ask and --check have to tell. When the
 * program serves there is none.
 */
#ifndef RECORD_H
#define RECORD_H

#include "core/verdict.h"
#include "settings/pins.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_TEXT_MAX	 512 /* bytes of a reason with its NUL */
#define RECORD_NAME_MAX	 200 /* bytes of a certificate's subject or issuer */
#define RECORD_CHAIN_MAX 10  /* certificates */

#define RECORD_ALL_ENDPOINTS SIZE_MAX /* not a single one of them is asked */

struct record_certificate {
	char subject[RECORD_NAME_MAX];
	char issuer[RECORD_NAME_MAX];
	char not_after[32];
	int days_left;
	uint8_t pin[SETTINGS_PIN_SIZE];
};

/*
 * The server at the other end of the last TLS handshake. "" or 0: there was none.
 */
struct record_peer {
	char protocol[32], cipher[64];
	char names[RECORD_TEXT_MAX]; /* that its certificate is for */
	size_t chain_count;
	struct record_certificate chain[RECORD_CHAIN_MAX]; /* its own first */
};

/*
 * Where the time went, in microseconds; 0 where nothing of the kind was necessary.
 */
struct record_times {
	int64_t resolve, connect, tls, wait, total;
};

struct record {
	bool complete; /* an exchange took place */
	enum verdict verdict;
	long status; /* HTTP; 0: no answer */
	bool reused;
	unsigned int attempts;
	char reason[RECORD_TEXT_MAX];
	char url[RECORD_TEXT_MAX]; /* of the endpoint asked last */
	struct record_times times;
	struct record_peer peer;
};

#endif
