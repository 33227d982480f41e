/* SPDX-License-Identifier: ISC */
/*
 * Watches exchanges from the outside: what libcurl took for the answer, what the
 * oracle says of it, and what went over the wire of the stage meanwhile.
 */
#ifndef OBSERVER_H
#define OBSERVER_H

#include "request.h"
#include "stage.h"

/*
 * Starts to watch the exchanges on a stage.
 */
void observer_start(struct stage *stage);

/*
 * The oracle's verdict ('1', '0' or '-', see oracle.h) on the next exchange that
 * ended, in their order. It must have been one of this operation.
 */
char observer_next(enum operation operation);

#endif
