/* SPDX-License-Identifier: ISC */
/*
 * The head of an HTTP/1.1 request (RFC 9112).
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "base/view.h"

#include <stddef.h>

struct writer;

#define HTTP_ID_SIZE 32 /* hexadecimal digits of an Extauth-Request-Id */

/*
 * A request. None of its parts contains a control character.
 */
struct http_request {
	struct view authority;	   /* of the URL: HOST or HOST:PORT */
	const char *base, *path;   /* of the URL; a slash goes between them */
	const char *authorization; /* a whole field line, without its end; or NULL */
	struct view id;		   /* that the answer may repeat */
	size_t length;		   /* bytes of the body */
};

/*
 * Writes the head, the empty line included.
 */
void http_request_head(struct writer *writer, const struct http_request *request);

#endif
