/* SPDX-License-Identifier: ISC */
/*
 * Endpoints: from the text of a URL to the parts that connections need.
 */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include "settings/settings.h"

/*
 * Takes a URL apart. Only https:// is accepted, without user, query or
 * fragment. Returns 0 with *endpoint filled in, to be freed by
 * endpoint_free(); or -1 with a phrase in *fault that does not repeat
 * credentials.
 */
int endpoint_parse(struct endpoint *endpoint, const char *url, struct fault *fault);

/*
 * A copy of *from in *to. Returns 0, or -1 when there is no memory.
 */
int endpoint_copy(struct endpoint *to, const struct endpoint *from);

/*
 * Frees what is in *endpoint.
 */
void endpoint_free(struct endpoint *endpoint);

#endif
