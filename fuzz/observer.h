/* SPDX-License-Identifier: ISC */
/*
 * Watches exchanges from the outside: what libcurl took for the answer, what the
 * oracle says of it, and what went over the wire of the stage meanwhile.
 */
#ifndef OBSERVER_H
#define OBSERVER_H

#include "core/request.h"
#include "stage.h"

/*
 * Starts to watch the exchanges on a stage.
 */
void observer_start(struct stage *stage);

/*
 * Compares the outcomes with the requests: each must be the one that follows from a
 * second reading of its request and of the API's answer. `all`: no request may be
 * without.
 */
void observer_check_outcomes(bool all);

#endif
