/* SPDX-License-Identifier: ISC */
/*
 * Addresses where TCP connects but TLS fails: a hanging machine behind a balancer, another service
 * on the port, a server with the wrong certificate. TCP alone does not show that, so it is
 * remembered for all later workers and connections; such an address is tried last.
 */
#ifndef BAD_ADDRESSES_H
#define BAD_ADDRESSES_H

#include "base/clock.h"

#include <stdbool.h>

struct address;
struct resolved;

#define BAD_ADDRESSES_TIME (600 * CLOCK_SECOND) /* for which an address stays bad */
#define BAD_ADDRESSES_MAX  32			/* more push out the oldest */

/*
 * Notes that TLS failed at an address.
 */
void bad_addresses_note(const struct address *address);

/*
 * Moves bad addresses to the end, and keeps the order otherwise.
 */
void bad_addresses_sort(struct resolved *resolved);

/*
 * True when two addresses, ports included, are the same.
 */
bool bad_addresses_same(const struct address *address, const struct address *other);

#endif
