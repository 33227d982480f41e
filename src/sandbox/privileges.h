/* SPDX-License-Identifier: ISC */
/*
 * Privileges: gives up root's ids and every capability for good, and checks that they cannot be
 * regained.
 */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include "base/fault.h"
#include "base/must_use.h"

#include <stdbool.h>

/*
 * Started as root: becomes `user`, with that user's own group, no supplementary
 * group, no capability and an empty bounding set. Started as any other user: keeps the
 * ids and supplementary groups, which it has no right to change, and loses every
 * capability, ambient ones too; the bounding set is emptied when the start left us
 * the right to do so.
 *
 * `user` is ignored when not started as root. Returns 0 when all of it holds
 * and the way back has been tried and found closed, with *bounded telling that
 * the bounding set is empty for good; -1 with *fault set otherwise: the process
 * must then do nothing but reply "unavailable".
 */
MUST_USE int privileges_drop(const char *user, bool *bounded, struct fault *fault);

#endif
