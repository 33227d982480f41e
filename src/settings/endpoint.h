/* SPDX-License-Identifier: ISC */
/*
 * Endpoints: parses a URL into the parts that connections need.
 */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include "base/must_use.h"

#include <stdbool.h>

struct fault;

#define SETTINGS_URL_MAX 1000 /* bytes of an endpoint's URL */

/*
 * One place where an API can be reached.
 */
struct endpoint {
	char *url;	 /* https://HOST:PORT/PATH, without a slash at the end */
	char *path;	 /* of the URL: "" or "/PATH" */
	char *host;	 /* a name in the form of host_name.h, or an address without brackets */
	char *lookup;	 /* the same with the final dot, if it has one: no search list */
	char port[6];	 /* decimal */
	bool is_address; /* host is an IP address: there is nothing to look up */
};

/*
 * Parses a URL. Only https:// is accepted, without user, query or fragment. Returns 0 with
 * *endpoint filled in, to be freed by endpoint_free(); or -1 with a phrase in *fault that does not
 * repeat credentials.
 */
MUST_USE int endpoint_parse(struct endpoint *endpoint, const char *url, struct fault *fault);

/*
 * Copies *from to *to. Returns 0, or -1 when there is no memory.
 */
int endpoint_copy(struct endpoint *to, const struct endpoint *from);

/*
 * Frees what is in *endpoint.
 */
void endpoint_free(struct endpoint *endpoint);

#endif
