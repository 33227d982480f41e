/* SPDX-License-Identifier: ISC */
/*
 * The worker: the process that handles requests. It prepares itself from the
 * files that the settings name, seals its sandbox, and then does nothing but
 *
 *     REQUEST → request → contract → https → verdict → OUTCOME
 *
 * It has two sockets: the channel to its monitor, and a connection.
 */
#ifndef WORKER_H
#define WORKER_H

#include "ipc/worker_context.h"

/*
 * Runs in the worker process from its start to its end. The caller passes the result to _exit(2).
 */
enum worker_end worker_run(const struct worker_context *context);

#endif
