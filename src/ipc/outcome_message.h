/* SPDX-License-Identifier: ISC */
/*
 * How an outcome is encoded in a message.
 */
#ifndef OUTCOME_MESSAGE_H
#define OUTCOME_MESSAGE_H

#include "ipc/outcome.h"
#include "ipc/pack.h"

#include <stdint.h>

struct writer;

/* Added to a number of days in a message, where no number is below 0. */
#define OUTCOME_DAYS_OFFSET INT64_C(0x80000000)

/*
 * Appends an outcome; its texts are cleaned, and cut where they are too long.
 */
void outcome_write(struct writer *writer, const struct outcome *outcome);

/*
 * Takes an outcome, whose texts point into the message. The caller has set outcome->tells_peer:
 * with it a peer is required, without it none is allowed; and outcome->peer, which has room for one
 * in either case. A contradiction breaks the reader, too.
 */
/*@ requires reader_valid(reader) && \valid(outcome);
  @ requires \separated(reader, outcome) &&
  @	\separated(outcome, reader->view.data + (0 .. reader->view.size - 1));
  @ requires \valid(outcome->peer) && \separated(outcome->peer, reader) &&
  @	\separated(outcome->peer, outcome) &&
  @	\separated(outcome->peer, reader->view.data + (0 .. reader->view.size - 1));
  @ terminates \true;
  @ assigns reader->at, reader->broken, *outcome, *outcome->peer;
  @ ensures !reader->broken ==> outcome_ranges(outcome);
  @ ensures !reader->broken ==> outcome_consistent(outcome);
  @ ensures !reader->broken ==> outcome_texts(outcome);
  @ ensures !reader->broken ==> breaker_valid(&outcome->memory.breaker);
  @*/
void outcome_read(struct reader *reader, struct outcome *outcome);

#endif
