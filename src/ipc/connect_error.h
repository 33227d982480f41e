/* SPDX-License-Identifier: ISC */
/*
 * Why there is no connection, in words. Those of glibc, also where another C library has others: the
 * causes that --check and the manual explain (operator/cause.def) are recognized by them.
 */
#ifndef CONNECT_ERROR_H
#define CONNECT_ERROR_H

/*
 * The text for an errno, or for a negative EAI_ code of getaddrinfo(3); static.
 */
const char *connect_error_text(int error);

#endif
