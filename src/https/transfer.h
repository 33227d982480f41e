/* SPDX-License-Identifier: ISC */
/*
 * A transfer: libcurl's event interface and poll(2), one request at a time,
 * with an eye on the host meanwhile.
 */
#ifndef TRANSFER_H
#define TRANSFER_H

#include "base/fault.h"

#include <curl/curl.h>
#include <stdint.h>

struct transfer {
	CURLM *multi;
	curl_socket_t socket; /* what libcurl waits for; -1: nothing */
	short events;	      /* of poll(2), on that socket */
	int64_t timer;	      /* when libcurl wants to be called in any case */
};

enum transfer_end {
	TRANSFER_DONE,	    /* libcurl has finished it, well or not: see the code */
	TRANSFER_TIMED_OUT, /* aborted at the deadline */
	TRANSFER_HOST_GONE, /* aborted because the host hung up */
};

/*
 * Prepares *transfer, which must stay where it is, and keeps up to `kept_max`
 * connections for later requests (libcurl's own default is four). Returns 0, or -1 with *fault
 * set.
 */
int transfer_open(struct transfer *transfer, long kept_max, struct fault *fault);

/*
 * Runs `easy` to its end, or aborts it when `host` hangs up or *deadline
 * (clock.h) passes. libcurl's callbacks may move the deadline. *code is
 * libcurl's result when TRANSFER_DONE.
 */
enum transfer_end transfer_run(struct transfer *transfer, CURL *easy, int host,
			       const int64_t *deadline, CURLcode *code);

void transfer_close(struct transfer *transfer);

#endif
