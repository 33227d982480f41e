/* SPDX-License-Identifier: ISC */
/*
 * Failures of the C library that are rare in reality: no memory, an interrupted or failing system
 * call, no randomness. The linker (--wrap) puts the functions in failures.c between our objects and
 * the C library; libcurl, OpenSSL and cJSON get theirs through the allocator of secret.c.
 */
#ifndef FAILURES_H
#define FAILURES_H

#include "base/view.h"

/*
 * When the input starts with '#', takes three bytes off it: '#', how often calls
 * are to fail (in 512), and where the sequence of random numbers starts. Nothing
 * fails otherwise, nor before the first call, nor after failures_stop(). Returns
 * whether calls may fail.
 */
bool failures_start(struct view *input);

void failures_stop(void);

/*
 * Called, unless it is NULL, before each recvmsg(2).
 */
extern void (*failures_on_receive)(int fd, int flags);

/*
 * Between the two nothing fails: for the harness's own calls.
 */
void failures_hold(void);
void failures_go_on(void);

#endif
