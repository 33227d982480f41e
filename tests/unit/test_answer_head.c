/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "base/clock.h"
#include "core/answer_head.h"

#include <stdlib.h>
#include <string.h>

#define VERSION	 "the answer is not HTTP/1"
#define STATUS	 "the answer has no proper status"
#define TWICE	 "the answer says more than once how long it is"
#define LENGTH	 "the answer's length is no number up to 64 KiB"
#define TRANSFER "the answer has a transfer coding nobody asked for"
#define CONTENT	 "the answer has a content coding nobody asked for"

static const struct {
	const char *lines[4];
	const char *complaint; /* about the last of them; NULL: it may stand */
} table[] = {
	{ { "HTTP/1.1 200 OK\r\n" }, NULL },
	{ { "HTTP/1.0 200 OK\r\n" }, NULL },
	{ { "http/1.1 200\n" }, NULL },
	{ { "HTTP/2 200\r\n" }, VERSION },
	{ { "HTTP/0.9 200\r\n" }, VERSION },
	{ { "HTTP/1.1  200 OK\r\n" }, STATUS },
	{ { "HTTP/1.1 2000\r\n" }, STATUS },
	{ { "HTTP/1.1 200x\r\n" }, STATUS },
	{ { "HTTP/1.1 +20 OK\r\n" }, STATUS },
	{ { "HTTP/1.1\t200 OK\r\n" }, STATUS },
	{ { "HTTP/1.2 200 OK\r\n" }, STATUS },
	{ { "HTTP/1.1 200" }, STATUS },
	{ { "HTTP/1." }, STATUS },
	{ { "\r\n" }, NULL },
	{ { "Server: x\r\n" }, NULL },

	{ { "Content-Length: 0\r\n" }, NULL },
	{ { "content-length:65536\r\n" }, NULL },
	{ { "Content-Length: \t17 \t\r\n" }, NULL },
	{ { "Content-Length: 65537\r\n" }, LENGTH },
	{ { "Content-Length: 18446744073709551617\r\n" }, LENGTH },
	{ { "Content-Length: -1\r\n" }, LENGTH },
	{ { "Content-Length: +1\r\n" }, LENGTH },
	{ { "Content-Length: 1, 1\r\n" }, LENGTH },
	{ { "Content-Length: 0x10\r\n" }, LENGTH },
	{ { "Content-Length: 1 7\r\n" }, LENGTH },
	{ { "Content-Length:\r\n" }, LENGTH },
	{ { "Content-Length: 17\v\r\n" }, LENGTH },

	{ { "Transfer-Encoding: chunked\r\n" }, NULL },
	{ { "Transfer-Encoding: Chunked \r\n" }, NULL },
	{ { "Transfer-Encoding: gzip\r\n" }, TRANSFER },
	{ { "Transfer-Encoding: gzip, chunked\r\n" }, TRANSFER },
	{ { "Transfer-Encoding: chunkedx\r\n" }, TRANSFER },
	{ { "Transfer-Encoding: chunke\r\n" }, TRANSFER },
	{ { "Transfer-Encoding:\r\n" }, TRANSFER },

	{ { "Content-Encoding: identity\r\n" }, NULL },
	{ { "Content-Encoding: gzip\r\n" }, CONTENT },
	{ { "Content-Encoding: identity, gzip\r\n" }, CONTENT },

	{ { "Content-Length: 17\r\n", "Content-Length: 17\r\n" }, TWICE },
	{ { "Content-Length: 17\r\n", "Transfer-Encoding: chunked\r\n" }, TWICE },
	{ { "Content-Length: 17\r\n", "Transfer-Encoding: gzip\r\n" }, TRANSFER },
	{ { "Transfer-Encoding: chunked\r\n", "Content-Length: 17\r\n" }, TWICE },
	{ { "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\n" }, TWICE },
	{ { "HTTP/1.1 103 Early Hints\r\n", "Content-Length: 1\r\n", "HTTP/1.1 200 OK\r\n",
	    "Content-Length: 17\r\n" },
	  NULL },
};

static const char *
check(struct answer_head *head, const char *text)
{
	/* as many bytes as there are and no NUL, so that reading on is noticed */
	size_t size = strlen(text);
	uint8_t *line = malloc(size);
	const char *complaint;

	assert_non_null(line);
	memcpy(line, text, size);
	complaint = answer_head_check(head, (struct view){ line, size });
	free(line);
	return complaint;
}

static void
every_line_is_judged_as_the_table_says(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct answer_head head = { 0 };
		const char *complaint = NULL;

		for (j = 0; j < 4 && table[i].lines[j] != NULL; j++) {
			if (complaint != NULL)
				fail_msg("row %zu: \"%s\" too early", i, complaint);
			complaint = check(&head, table[i].lines[j]);
		}
		if (table[i].complaint == NULL && complaint != NULL)
			fail_msg("row %zu: \"%s\"", i, complaint);
		if (table[i].complaint != NULL)
			assert_string_equal(complaint, table[i].complaint);
	}
}

static void
a_head_ends_at_64_kib(void **state)
{
	struct answer_head head = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < ANSWER_HEAD_MAX / 16; i++)
		assert_null(check(&head, "X-0123456789: \r\n"));
	assert_string_equal(check(&head, "\r\n"), "the answer's headers are larger than 64 KiB");
}

static void
retry_after_is_the_last_answers(void **state)
{
	struct answer_head head = { 0 };

	(void)state;
	assert_null(check(&head, "HTTP/1.1 100 Continue\r\n"));
	assert_null(check(&head, "Retry-After: 20\r\n"));
	assert_int_equal(head.retry_after, 20 * CLOCK_SECOND);
	assert_null(check(&head, "HTTP/1.1 503 Service Unavailable\r\n"));
	assert_int_equal(head.retry_after, 0);
	assert_null(check(&head, "retry-after:\t7 \r\n"));
	assert_int_equal(head.retry_after, 7 * CLOCK_SECOND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_is_judged_as_the_table_says),
		cmocka_unit_test(a_head_ends_at_64_kib),
		cmocka_unit_test(retry_after_is_the_last_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
