/* SPDX-License-Identifier: ISC */
#include "base/writer.h"
#include "ipc/message.h"
#include "ipc/outcome_message.h"
#include "ipc/pack.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

size_t
message_write(const struct message *message, uint8_t room[MESSAGE_SMALL_MAX])
{
	struct writer writer = { room, MESSAGE_SMALL_MAX, 0, false };

	pack_put_number(&writer, 1, message->kind);
	switch (message->kind) {
	case MESSAGE_REQUEST: /* see message_write_request() */
		return 0;
	case MESSAGE_OUTCOME:
		pack_put_number(&writer, 4, message->number);
		outcome_write(&writer, &message->outcome);
		break;
	case MESSAGE_CONNECT:
		pack_put_number(&writer, 4, message->number);
		pack_put_number(&writer, 4, message->endpoint);
		break;
	case MESSAGE_CONNECTED:
		pack_put_number(&writer, 4, message->number);
		pack_put_number(&writer, 2, (uint64_t)(message->error - MESSAGE_ERROR_MIN));
		pack_put_number(&writer, 4, message->resolve_us);
		pack_put_number(&writer, 4, message->connect_us);
		break;
	case MESSAGE_READY:
		pack_put_number(&writer, 1, message->stage);
		pack_put_number(&writer, 4, message->landlock);
		break;
	case MESSAGE_SERVE:
		pack_put_number(&writer, 1, message->connects_first);
		break;
	case MESSAGE_NOTE:
		pack_put_number(&writer, 1, message->level);
		pack_put_text(&writer, message->text, MESSAGE_NOTE_MAX);
		break;
	}
	return writer.size;
}
