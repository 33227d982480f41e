/* SPDX-License-Identifier: ISC */
#include "core/http_defect.h"

const char *
http_defect_text(enum http_defect defect)
{
	switch (defect) {
	case HTTP_SOUND:
		return "the answer is sound";
	case HTTP_NOT_HTTP:
		return "the answer is not HTTP/1";
	case HTTP_IS_HTTP_2:
		return "the server speaks HTTP/2 only";
	case HTTP_NO_STATUS:
		return "the answer has no proper status";
	case HTTP_BARE_LF:
		return "a line of the answer's head does not end with CR LF";
	case HTTP_CONTROL_CHARACTER:
		return "the answer's head has a control character";
	case HTTP_FOLDED:
		return "the answer's head has a folded line";
	case HTTP_NO_FIELD:
		return "the answer's head has a line that is no field";
	case HTTP_HEAD_TOO_LARGE:
		return "the answer's headers are larger than 64 KiB";
	case HTTP_TWO_IDS:
		return "the answer has more than one Extauth-Request-Id";
	case HTTP_SWITCHES:
		return "the server switches to another protocol, which nobody asked for";
	case HTTP_INTERIM_LENGTH:
		return "an interim answer says how long it is, but can have no body";
	case HTTP_TOO_MANY_INTERIM:
		return "there are more than 16 interim answers";
	case HTTP_BAD_LENGTH:
		return "the answer's length is no number up to 64 KiB";
	case HTTP_TWO_LENGTHS:
		return "the answer says more than once how long it is";
	case HTTP_TRANSFER_CODING:
		return "the answer has a transfer coding nobody asked for";
	case HTTP_CONTENT_CODING:
		return "the answer has a content coding nobody asked for";
	case HTTP_OLD_CHUNKS:
		return "the answer is HTTP/1.0 and in chunks, which only HTTP/1.1 has";
	case HTTP_BAD_CHUNK:
		return "the answer has a chunk that does not begin or end as one";
	case HTTP_BODY_TOO_LARGE:
		return "the answer's body is larger than 64 KiB";
	case HTTP_TOO_LARGE:
		return "the answer is larger than 192 KiB, its chunks' sizes included";
	case HTTP_NOTHING:
		return "the API closed the connection without an answer";
	case HTTP_CUT_HEAD:
		return "the answer was cut: the connection ended within its head";
	case HTTP_CUT_BODY:
		return "the answer was cut: the connection ended within its body";
	case HTTP_CUT_UNKNOWN:
		return "the answer does not say how long it is, and TLS was not closed behind it "
		       "(close_notify): it may have been cut";
	}
	return "the answer is not understood";
}
