/* SPDX-License-Identifier: ISC */
/*
 * Bounds of times in settings, in microseconds.
 */
#ifndef BOUNDS_H
#define BOUNDS_H

#include "base/clock.h"

/* A reply after the server's own deadline is worse than none: ejabberd waits 30 s in all,
 * MongooseIM 10 s (doc/protocol.md section 0), Prosody's module 28 s. */
#define SETTINGS_DEADLINE_MIN (100 * CLOCK_MILLISECOND)
#define SETTINGS_DEADLINE_MAX (28 * CLOCK_SECOND)
#define SETTINGS_AGE_MIN      (1 * CLOCK_SECOND)
#define SETTINGS_AGE_MAX      (86400 * CLOCK_SECOND)

#endif
