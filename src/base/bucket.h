/* SPDX-License-Identifier: ISC */
/*
 * A token bucket: a number of events at once, and a number per second after that. It limits what a
 * worker may request of its monitor.
 */
#ifndef BUCKET_H
#define BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#define BUCKET_BURST	10 /* tokens that gather when none is taken */
#define BUCKET_A_SECOND 5  /* that come back */

/*
 * Zeroed memory is a full bucket.
 */
struct bucket {
	int64_t since;	     /* when the tokens were counted, clock.h; 0: never used */
	unsigned int tokens; /* left then */
};

/*
 * Takes a token at the moment `now`. False when there is none.
 */
bool bucket_take(struct bucket *bucket, int64_t now);

/*
 * Makes sure that at least this many tokens are there now.
 */
void bucket_fill(struct bucket *bucket, unsigned int tokens, int64_t now);

#endif
