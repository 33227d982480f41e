/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "core/frame.h"

static const size_t lengths[] = { 0, 1, 255, 256, 32767, 32768, 65535 };

static struct frame_buffer *
empty_buffer(void)
{
	struct frame_buffer *buffer = calloc(1, sizeof(*buffer));

	assert_non_null(buffer);
	return buffer;
}

/* Appends a frame of `length` bytes, all of them `fill`, as far as it fits. */
static void
append_frame(struct frame_buffer *buffer, size_t length, uint8_t fill)
{
	size_t room = sizeof(buffer->bytes) - buffer->size;

	assert_true(room >= 2 + length);
	buffer->bytes[buffer->size++] = (uint8_t)(length >> 8);
	buffer->bytes[buffer->size++] = (uint8_t)length;
	memset(buffer->bytes + buffer->size, fill, length);
	buffer->size += length;
}

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
	}
}

static void
a_frame_of_every_length_is_found_whole(void **state)
{
	struct frame_buffer *buffer = empty_buffer();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(lengths); i++) {
		struct view payload;

		append_frame(buffer, lengths[i], 'x');
		assert_int_equal(frame_size(buffer), lengths[i] + 2);
		payload = frame_payload(buffer);
		assert_int_equal(payload.size, lengths[i]);
		assert_ptr_equal(payload.data, buffer->bytes + 2);
		frame_forget(buffer, frame_size(buffer));
		assert_int_equal(buffer->size, 0);
	}
	free(buffer);
}

static void
a_frame_cut_at_any_byte_is_not_a_frame(void **state)
{
	struct frame_buffer *buffer = empty_buffer();
	size_t i, size;

	(void)state;
	for (i = 0; i < COUNT(lengths); i++) {
		append_frame(buffer, lengths[i], 'x');
		size = buffer->size;
		for (buffer->size = 0; buffer->size < size; buffer->size++) {
			if (frame_size(buffer) != 0)
				fail_msg("length %zu is whole after %zu bytes", lengths[i],
					 buffer->size);
		}
		assert_int_equal(frame_size(buffer), size);
		frame_forget(buffer, size);
	}
	free(buffer);
}

static void
two_frames_at_once_come_out_one_after_the_other(void **state)
{
	struct frame_buffer *buffer = empty_buffer();

	(void)state;
	append_frame(buffer, 3, 'a');
	append_frame(buffer, 5, 'b');
	assert_view_equal(frame_payload(buffer), VIEW("aaa"));
	frame_forget(buffer, frame_size(buffer));
	assert_int_equal(frame_size(buffer), 7);
	assert_view_equal(frame_payload(buffer), VIEW("bbbbb"));
	frame_forget(buffer, frame_size(buffer));
	assert_int_equal(frame_size(buffer), 0);
	free(buffer);
}

static void
what_is_forgotten_is_wiped(void **state)
{
	struct frame_buffer *buffer = empty_buffer();
	size_t i;

	(void)state;
	append_frame(buffer, 1000, 'p');
	append_frame(buffer, 10, 'q');
	frame_forget(buffer, frame_size(buffer));
	assert_int_equal(buffer->size, 12);
	for (i = buffer->size; i < 1014; i++)
		assert_int_equal(buffer->bytes[i], 0);
	frame_forget(buffer, frame_size(buffer));
	for (i = 0; i < 1014; i++)
		assert_int_equal(buffer->bytes[i], 0);
	free(buffer);
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
		cmocka_unit_test(a_frame_of_every_length_is_found_whole),
		cmocka_unit_test(a_frame_cut_at_any_byte_is_not_a_frame),
		cmocka_unit_test(two_frames_at_once_come_out_one_after_the_other),
		cmocka_unit_test(what_is_forgotten_is_wiped),
		cmocka_unit_test(a_reply_is_two_bytes_behind_their_length),
	};

	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
