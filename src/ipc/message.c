/* SPDX-License-Identifier: ISC */
#include "ipc/message.h"

#include "base/log_level.h"
#include "base/view.h"
#include "base/writer.h"
#include "ipc/outcome_message.h"
#include "ipc/pack.h"

#include <stdbool.h>
#include <stdint.h>

void
message_write_request(uint32_t number, int64_t deadline, uint8_t head[MESSAGE_REQUEST_HEAD])
{
	struct writer writer = { head, MESSAGE_REQUEST_HEAD, 0, false };

	pack_put_number(&writer, 1, MESSAGE_REQUEST);
	pack_put_number(&writer, 4, number);
	pack_put_number(&writer, 8, (uint64_t)deadline);
}

/*@ requires reader_valid(reader) && \valid(message) && \separated(reader, message);
  @ requires \separated(message, reader->view.data + (0 .. reader->view.size - 1));
  @ terminates \true;
  @ assigns reader->at, reader->broken, message->level, message->text;
  @ ensures message->kind == \old(message->kind);
  @ ensures reader_valid(reader) && reader_went_on{Pre,Post}(reader);
  @ ensures 0 <= message->level <= LOG_DEBUG;
  @ ensures message->text.size <= MESSAGE_NOTE_MAX;
  @ ensures !reader->broken ==> view_clean(message->text);
  @*/
static void
read_note(struct reader *reader, struct message *message)
{
	message->level = (enum log_level)pack_take_number(reader, 1, LOG_DEBUG);
	message->text = pack_take_text(reader, MESSAGE_NOTE_MAX);
}

/*@ requires reader_valid(reader) && \valid(message) && \separated(reader, message);
  @ requires \separated(message, reader->view.data + (0 .. reader->view.size - 1));
  @ requires \valid(message->outcome.peer) && \separated(message->outcome.peer, message) &&
  @	\separated(message->outcome.peer, reader) &&
  @	\separated(message->outcome.peer, reader->view.data + (0 .. reader->view.size - 1));
  @ terminates \true;
  @ assigns reader->at, reader->broken, message->number, message->outcome,
  @	*message->outcome.peer;
  @ ensures message->kind == \old(message->kind);
  @ ensures !reader->broken ==> outcome_ranges(&message->outcome);
  @ ensures !reader->broken ==> outcome_consistent(&message->outcome);
  @ ensures !reader->broken ==> outcome_texts(&message->outcome);
  @ ensures !reader->broken ==> breaker_valid(&message->outcome.memory.breaker);
  @*/
static void
read_outcome(struct reader *reader, struct message *message)
{
	message->number = (uint32_t)pack_take_number(reader, 4, UINT32_MAX);
	//@ assert \separated(&message->kind, &message->outcome);
	//@ assert \separated(&message->kind, message->outcome.peer);
	//@ assert \separated(&message->kind, reader);
	outcome_read(reader, &message->outcome);
}

int
message_read(struct view bytes, struct message *message)
{
	struct reader reader = { bytes, 0, false };
	enum message_kind kind = (enum message_kind)pack_take_number(&reader, 1, MESSAGE_NOTE);

	message->kind = kind;
	switch (kind) {
	case MESSAGE_REQUEST:
		message->number = (uint32_t)pack_take_number(&reader, 4, UINT32_MAX);
		message->deadline = (int64_t)pack_take_number(&reader, 8, INT64_MAX);
		message->text = pack_take_rest(&reader, FRAME_PAYLOAD_MAX);
		break;
	case MESSAGE_OUTCOME:
		read_outcome(&reader, message);
		//@ assert message->kind == MESSAGE_OUTCOME;
		break;
	case MESSAGE_CONNECT:
		message->number = (uint32_t)pack_take_number(&reader, 4, UINT32_MAX);
		message->endpoint = (uint32_t)pack_take_number(&reader, 4, UINT32_MAX);
		break;
	case MESSAGE_CONNECTED:
		message->number = (uint32_t)pack_take_number(&reader, 4, UINT32_MAX);
		message->error = (int32_t)pack_take_number(&reader, 2,
							   MESSAGE_ERROR_MAX - MESSAGE_ERROR_MIN) +
				 MESSAGE_ERROR_MIN;
		message->resolve_us = (uint32_t)pack_take_number(&reader, 4, UINT32_MAX);
		message->connect_us = (uint32_t)pack_take_number(&reader, 4, UINT32_MAX);
		break;
	case MESSAGE_READY:
		message->stage =
			(enum message_stage)pack_take_number(&reader, 1, MESSAGE_HAS_CONNECTED);
		message->landlock = (uint32_t)pack_take_number(&reader, 4, UINT32_MAX);
		break;
	case MESSAGE_SERVE:
		message->connects_first = pack_take_number(&reader, 1, 1) == 1;
		break;
	case MESSAGE_NOTE:
		read_note(&reader, message);
		//@ assert message->kind == MESSAGE_NOTE;
		break;
	}
	return pack_is_over(&reader) ? 0 : -1;
}
