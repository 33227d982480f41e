/* SPDX-License-Identifier: ISC */
/*
 * Messages of a worker: whether each is expected, and its effect. A message that no unmodified
 * worker sends ends the worker.
 */
#ifndef WORKER_MESSAGE_H
#define WORKER_MESSAGE_H

#include <stdbool.h>

struct message;
struct worker_process;
struct worker_surroundings;

/*
 * Takes one message from the worker and carries it out. A worker that is not sealed when it says
 * so, or breaks the protocol, is ended at once, and the log says why: an OUTCOME for any request
 * other than its own is such a breach, because it is handed a request only when it has none. True
 * when *message is the outcome of its request, which it then no longer has.
 */
bool worker_message_receive(struct worker_process *worker,
			    const struct worker_surroundings *surroundings,
			    struct message *message);

#endif
