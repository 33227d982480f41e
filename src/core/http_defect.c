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
		return "the API server speaks HTTP/2 only";
	case HTTP_NO_STATUS:
		return "the answer has no valid status";
	case HTTP_BARE_LF:
		return "a header line of the answer does not end with CR LF";
	case HTTP_CONTROL_CHARACTER:
		return "the answer has a control character in a header line";
	case HTTP_FOLDED:
		return "the answer has a folded header line";
	case HTTP_NO_FIELD:
		return "the answer has an invalid header line";
	case HTTP_HEAD_TOO_LARGE:
		return "the answer's headers are larger than 64 KiB";
	case HTTP_TWO_IDS:
		return "the answer has more than one Extauth-Request-Id";
	case HTTP_SWITCHES:
		return "the API server switches to another protocol, which was not requested";
	case HTTP_INTERIM_LENGTH:
		return "an interim answer has a length, but cannot have a body";
	case HTTP_TOO_MANY_INTERIM:
		return "there are more than 16 interim answers";
	case HTTP_BAD_LENGTH:
		return "the answer's length is not a number up to 64 KiB";
	case HTTP_TWO_LENGTHS:
		return "the answer states its length more than once";
	case HTTP_TRANSFER_CODING:
		return "the answer has a transfer coding that was not requested";
	case HTTP_CONTENT_CODING:
		return "the answer has a content coding that was not requested";
	case HTTP_OLD_CHUNKS:
		return "the answer is chunked but HTTP/1.0; chunks require HTTP/1.1";
	case HTTP_BAD_CHUNK:
		return "the answer has a malformed chunk";
	case HTTP_BODY_TOO_LARGE:
		return "the answer's body is larger than 64 KiB";
	case HTTP_TOO_LARGE:
		return "the answer is larger than 192 KiB, chunk sizes included";
	case HTTP_NOTHING:
		return "the API closed the connection without an answer";
	case HTTP_CUT_HEAD:
		return "the answer was truncated: the connection closed within its headers";
	case HTTP_CUT_BODY:
		return "the answer was truncated: the connection closed within its body";
	case HTTP_CUT_UNKNOWN:
		return "the answer has no length, and TLS was not closed after it (close_notify): "
		       "it may be truncated";
	}
	return "the answer cannot be parsed";
}
