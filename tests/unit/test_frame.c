/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "core/frame.h"

static void
a_header_says_every_length_big_end_first(void **state)
{
	uint8_t header[FRAME_HEADER_SIZE];
	size_t length;

	(void)state;
	for (length = 0; length <= FRAME_PAYLOAD_MAX; length++) {
		frame_encode_header(length, header);
		assert_int_equal(header[0], length >> 8);
		assert_int_equal(header[1], length & 0xFF);
		assert_int_equal(frame_decode_header(header), length);
	}
}

static void
a_reply_is_two_bytes_behind_their_length(void **state)
{
	uint8_t out[FRAME_REPLY_SIZE];

	(void)state;
	frame_encode_reply(FRAME_REPLY_NO, out);
	assert_memory_equal(out, "\0\2\0\0", 4);
	frame_encode_reply(FRAME_REPLY_YES, out);
	assert_memory_equal(out, "\0\2\0\1", 4);
	frame_encode_reply(FRAME_REPLY_UNKNOWN, out);
	assert_memory_equal(out, "\0\2\0\2", 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_says_every_length_big_end_first),
		cmocka_unit_test(a_reply_is_two_bytes_behind_their_length),
	};

	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
