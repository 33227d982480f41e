/* SPDX-License-Identifier: ISC */
/*
 * Answers of HTTP/1.1, whole, broken and cut. Each is read in one piece and byte by
 * byte, which must make no difference.
 */
#include "unit.h"

#include "core/http.h"

#define BODY  "{\"success\":true}" /* 16 bytes */
#define OK    "HTTP/1.1 200 OK\r\n"
#define LONG  "Content-Length: 16\r\n"
#define CHUNK "Transfer-Encoding: chunked\r\n"
#define NL    "\r\n"

enum expected {
	KEPT,  /* whole, and the connection may carry another request */
	ENDED, /* whole, and it may not */
	WAITS, /* for more */
	BROKEN,
};

static const struct {
	struct view bytes;
	enum http_end end;
	enum expected expected;
	enum http_defect defect;
	const char *body;
} table[] = {
	/* lengths */
	{ VIEW(OK LONG NL BODY), HTTP_OPEN, KEPT, 0, BODY },
	{ VIEW(OK LONG NL BODY), HTTP_CUT, KEPT, 0, BODY },
	{ VIEW("HTTP/1.1 201 Created\r\n" LONG NL BODY), HTTP_OPEN, KEPT, 0, BODY },
	{ VIEW("HTTP/1.1 403 \r\n" LONG NL BODY), HTTP_OPEN, KEPT, 0, BODY },
	{ VIEW("HTTP/1.1 403\r\n" LONG NL BODY), HTTP_OPEN, KEPT, 0, BODY },
	{ VIEW(OK "content-LENGTH:16" NL NL BODY), HTTP_OPEN, KEPT, 0, BODY },
	{ VIEW(OK "Content-Length: \t16 \t" NL NL BODY), HTTP_OPEN, KEPT, 0, BODY },
	{ VIEW(OK "Content-Length: 0016" NL NL BODY), HTTP_OPEN, KEPT, 0, BODY },
	{ VIEW(OK "Content-Length: 0" NL NL), HTTP_OPEN, KEPT, 0, "" },
	{ VIEW(OK LONG "X: y" NL "Connection: keep-alive" NL NL BODY), HTTP_OPEN, KEPT, 0, BODY },
	{ VIEW(OK LONG "X:" NL "Y: \xC3\xA4\t \xFF" NL NL BODY), HTTP_OPEN, KEPT, 0, BODY },
	{ VIEW(OK LONG "Connection: close" NL NL BODY), HTTP_OPEN, ENDED, 0, BODY },
	{ VIEW(OK LONG "Connection: x, Close" NL NL BODY), HTTP_OPEN, ENDED, 0, BODY },
	{ VIEW(OK LONG "Connection: CLOSE ,x" NL NL BODY), HTTP_OPEN, ENDED, 0, BODY },
	{ VIEW(OK LONG "Connection: x" NL "Connection: close" NL NL BODY), HTTP_OPEN, ENDED, 0,
	  BODY },
	{ VIEW(OK LONG "Connection: closed" NL NL BODY), HTTP_OPEN, KEPT, 0, BODY },
	{ VIEW("HTTP/1.0 200 OK\r\n" LONG NL BODY), HTTP_OPEN, ENDED, 0, BODY },
	{ VIEW("HTTP/1.0 200 OK\r\n" LONG "Connection: keep-alive" NL NL BODY), HTTP_OPEN, ENDED, 0,
	  BODY },

	/* bytes after it */
	{ VIEW(OK LONG NL BODY "x"), HTTP_OPEN, ENDED, 0, BODY },
	{ VIEW(OK LONG NL BODY NL), HTTP_OPEN, ENDED, 0, BODY },
	{ VIEW(OK LONG NL BODY OK LONG NL BODY), HTTP_OPEN, ENDED, 0, BODY },
	{ VIEW(OK "Content-Length: 0" NL NL BODY), HTTP_OPEN, ENDED, 0, "" },
	{ VIEW(OK CHUNK NL "10" NL BODY NL "0" NL NL "x"), HTTP_OPEN, ENDED, 0, BODY },
	{ VIEW(OK CHUNK NL "0" NL NL OK LONG NL BODY), HTTP_OPEN, ENDED, 0, "" },

	/* answers without a body */
	{ VIEW("HTTP/1.1 204 x" NL NL), HTTP_OPEN, ENDED, 0, "" },
	{ VIEW("HTTP/1.1 304 x" NL NL), HTTP_OPEN, ENDED, 0, "" },
	{ VIEW("HTTP/1.1 204 x" NL LONG NL BODY), HTTP_OPEN, ENDED, 0, "" },
	{ VIEW("HTTP/1.1 304 x" NL LONG NL), HTTP_OPEN, ENDED, 0, "" },
	{ VIEW("HTTP/1.1 304 x" NL CHUNK NL BODY), HTTP_OPEN, ENDED, 0, "" },

	/* chunks */
	{ VIEW(OK CHUNK NL "10" NL BODY NL "0" NL NL), HTTP_OPEN, KEPT, 0, BODY },
	{ VIEW(OK CHUNK NL "1" NL "{" NL "e" NL "\"success\":true" NL "1" NL "}" NL "0" NL NL),
	  HTTP_OPEN, KEPT, 0, BODY },
	{ VIEW(OK CHUNK NL "0000E" NL "{\"success\":tru" NL "2" NL "e}" NL "000" NL NL), HTTP_OPEN,
	  KEPT, 0, BODY },
	{ VIEW(OK CHUNK NL "10;a=b;c=\"d\"" NL BODY NL "0;x" NL NL), HTTP_OPEN, KEPT, 0, BODY },
	{ VIEW(OK CHUNK NL "10" NL BODY NL "0" NL "X: y" NL "Z: 0" NL NL), HTTP_OPEN, KEPT, 0,
	  BODY },
	{ VIEW(OK "transfer-encoding: Chunked \r\n" NL "0" NL NL), HTTP_OPEN, KEPT, 0, "" },
	{ VIEW(OK CHUNK "Connection: close" NL NL "0" NL NL), HTTP_OPEN, ENDED, 0, "" },
	{ VIEW(OK CHUNK NL NL), HTTP_OPEN, BROKEN, HTTP_BAD_CHUNK, NULL },
	{ VIEW(OK CHUNK NL "x" NL), HTTP_OPEN, BROKEN, HTTP_BAD_CHUNK, NULL },
	{ VIEW(OK CHUNK NL ";x" NL), HTTP_OPEN, BROKEN, HTTP_BAD_CHUNK, NULL },
	{ VIEW(OK CHUNK NL "0x10" NL BODY), HTTP_OPEN, BROKEN, HTTP_BAD_CHUNK, NULL },
	{ VIEW(OK CHUNK NL "10 " NL BODY), HTTP_OPEN, BROKEN, HTTP_BAD_CHUNK, NULL },
	{ VIEW(OK CHUNK NL " 10" NL BODY), HTTP_OPEN, BROKEN, HTTP_BAD_CHUNK, NULL },
	{ VIEW(OK CHUNK NL "+10" NL BODY), HTTP_OPEN, BROKEN, HTTP_BAD_CHUNK, NULL },
	{ VIEW(OK CHUNK NL "-1" NL BODY), HTTP_OPEN, BROKEN, HTTP_BAD_CHUNK, NULL },
	{ VIEW(OK CHUNK NL "10;\r" NL BODY), HTTP_OPEN, BROKEN, HTTP_BAD_CHUNK, NULL },
	{ VIEW(OK CHUNK NL "10\n" BODY), HTTP_OPEN, BROKEN, HTTP_BARE_LF, NULL },
	{ VIEW(OK CHUNK NL "10" NL BODY "0" NL NL), HTTP_OPEN, BROKEN, HTTP_BAD_CHUNK, NULL },
	{ VIEW(OK CHUNK NL "f" NL BODY NL "0" NL NL), HTTP_OPEN, BROKEN, HTTP_BAD_CHUNK, NULL },
	{ VIEW(OK CHUNK NL "11" NL BODY NL "0" NL NL), HTTP_OPEN, BROKEN, HTTP_BAD_CHUNK, NULL },
	{ VIEW(OK CHUNK NL "10" NL BODY "\n0" NL NL), HTTP_OPEN, BROKEN, HTTP_BAD_CHUNK, NULL },
	{ VIEW(OK CHUNK NL "10" NL BODY "x\n0" NL NL), HTTP_OPEN, BROKEN, HTTP_BAD_CHUNK, NULL },
	{ VIEW(OK CHUNK NL "10" NL BODY "\rx0" NL NL), HTTP_OPEN, BROKEN, HTTP_BAD_CHUNK, NULL },
	{ VIEW(OK CHUNK NL "10001" NL), HTTP_OPEN, BROKEN, HTTP_BODY_TOO_LARGE, NULL },
	{ VIEW(OK CHUNK NL "10000000000000001" NL "x"), HTTP_OPEN, BROKEN, HTTP_BODY_TOO_LARGE,
	  NULL },
	{ VIEW(OK CHUNK NL "1" NL "x" NL "10000" NL), HTTP_OPEN, BROKEN, HTTP_BODY_TOO_LARGE,
	  NULL },
	{ VIEW(OK CHUNK NL "0" NL "X" NL NL), HTTP_OPEN, BROKEN, HTTP_NO_FIELD, NULL },
	{ VIEW(OK CHUNK NL "0" NL LONG NL), HTTP_OPEN, BROKEN, HTTP_TWO_LENGTHS, NULL },
	{ VIEW(OK CHUNK NL "0" NL CHUNK NL), HTTP_OPEN, BROKEN, HTTP_TWO_LENGTHS, NULL },
	{ VIEW("HTTP/1.0 200 OK" NL CHUNK NL "0" NL NL), HTTP_OPEN, BROKEN, HTTP_OLD_CHUNKS, NULL },

	/* no length: the end of TLS is the end */
	{ VIEW(OK NL BODY), HTTP_CLOSED, ENDED, 0, BODY },
	{ VIEW("HTTP/1.0 200 OK\r\n" NL BODY), HTTP_CLOSED, ENDED, 0, BODY },
	{ VIEW(OK NL), HTTP_CLOSED, ENDED, 0, "" },
	{ VIEW(OK NL BODY), HTTP_CUT, BROKEN, HTTP_CUT_UNKNOWN, NULL },
	{ VIEW(OK NL BODY), HTTP_OPEN, WAITS, 0, NULL },

	/* two lengths, and invalid ones */
	{ VIEW(OK LONG LONG NL BODY), HTTP_OPEN, BROKEN, HTTP_TWO_LENGTHS, NULL },
	{ VIEW(OK LONG CHUNK NL BODY), HTTP_OPEN, BROKEN, HTTP_TWO_LENGTHS, NULL },
	{ VIEW(OK CHUNK LONG NL BODY), HTTP_OPEN, BROKEN, HTTP_TWO_LENGTHS, NULL },
	{ VIEW(OK CHUNK CHUNK NL BODY), HTTP_OPEN, BROKEN, HTTP_TWO_LENGTHS, NULL },
	{ VIEW(OK LONG "X: y" NL LONG NL BODY), HTTP_OPEN, BROKEN, HTTP_TWO_LENGTHS, NULL },
	{ VIEW(OK "Content-Length: 16, 16" NL NL BODY), HTTP_OPEN, BROKEN, HTTP_BAD_LENGTH, NULL },
	{ VIEW(OK "Content-Length: +16" NL NL BODY), HTTP_OPEN, BROKEN, HTTP_BAD_LENGTH, NULL },
	{ VIEW(OK "Content-Length: -1" NL NL BODY), HTTP_OPEN, BROKEN, HTTP_BAD_LENGTH, NULL },
	{ VIEW(OK "Content-Length: 0x10" NL NL BODY), HTTP_OPEN, BROKEN, HTTP_BAD_LENGTH, NULL },
	{ VIEW(OK "Content-Length: 1 6" NL NL BODY), HTTP_OPEN, BROKEN, HTTP_BAD_LENGTH, NULL },
	{ VIEW(OK "Content-Length:" NL NL BODY), HTTP_OPEN, BROKEN, HTTP_BAD_LENGTH, NULL },
	{ VIEW(OK "Content-Length: 65537" NL), HTTP_OPEN, BROKEN, HTTP_BAD_LENGTH, NULL },
	{ VIEW(OK "Content-Length: 18446744073709551632" NL), HTTP_OPEN, BROKEN, HTTP_BAD_LENGTH,
	  NULL },
	{ VIEW(OK "Transfer-Encoding: gzip" NL), HTTP_OPEN, BROKEN, HTTP_TRANSFER_CODING, NULL },
	{ VIEW(OK "Transfer-Encoding: gzip, chunked" NL), HTTP_OPEN, BROKEN, HTTP_TRANSFER_CODING,
	  NULL },
	{ VIEW(OK "Transfer-Encoding: chunkedx" NL), HTTP_OPEN, BROKEN, HTTP_TRANSFER_CODING,
	  NULL },
	{ VIEW(OK "Transfer-Encoding:" NL), HTTP_OPEN, BROKEN, HTTP_TRANSFER_CODING, NULL },
	{ VIEW(OK "Content-Encoding: gzip" NL), HTTP_OPEN, BROKEN, HTTP_CONTENT_CODING, NULL },
	{ VIEW(OK LONG "Content-Encoding: Identity" NL NL BODY), HTTP_OPEN, KEPT, 0, BODY },

	/* status lines */
	{ VIEW("HTTP/1.1  200 OK" NL), HTTP_OPEN, BROKEN, HTTP_NO_STATUS, NULL },
	{ VIEW("HTTP/1.1 2000 OK" NL), HTTP_OPEN, BROKEN, HTTP_NO_STATUS, NULL },
	{ VIEW("HTTP/1.1 20 OK" NL), HTTP_OPEN, BROKEN, HTTP_NO_STATUS, NULL },
	{ VIEW("HTTP/1.1 +20 OK" NL), HTTP_OPEN, BROKEN, HTTP_NO_STATUS, NULL },
	{ VIEW("HTTP/1.1 099 OK" NL), HTTP_OPEN, BROKEN, HTTP_NO_STATUS, NULL },
	{ VIEW("HTTP/1.1\t200 OK" NL), HTTP_OPEN, BROKEN, HTTP_NO_STATUS, NULL },
	{ VIEW("HTTP/1.2 200 OK" NL), HTTP_OPEN, BROKEN, HTTP_NO_STATUS, NULL },
	{ VIEW("HTTP/1.11 200 OK" NL), HTTP_OPEN, BROKEN, HTTP_NO_STATUS, NULL },
	{ VIEW("HTTP/1." NL), HTTP_OPEN, BROKEN, HTTP_NO_STATUS, NULL },
	{ VIEW("HTTP/1.1 200 O\1K" NL), HTTP_OPEN, BROKEN, HTTP_CONTROL_CHARACTER, NULL },
	{ VIEW("HTTP/1.1 200 O\rK" NL), HTTP_OPEN, BROKEN, HTTP_CONTROL_CHARACTER, NULL },
	{ VIEW("http/1.1 200 OK" NL), HTTP_OPEN, BROKEN, HTTP_NOT_HTTP, NULL },
	{ VIEW(NL OK LONG NL BODY), HTTP_OPEN, BROKEN, HTTP_NOT_HTTP, NULL },
	{ VIEW(" " OK LONG NL BODY), HTTP_OPEN, BROKEN, HTTP_NOT_HTTP, NULL },
	{ VIEW("HTTP/2 200" NL), HTTP_OPEN, BROKEN, HTTP_NOT_HTTP, NULL },
	{ VIEW("HTTP/0.9 200" NL), HTTP_OPEN, BROKEN, HTTP_NOT_HTTP, NULL },
	{ VIEW("RTSP/1.0 200 OK" NL), HTTP_OPEN, BROKEN, HTTP_NOT_HTTP, NULL },
	{ VIEW(BODY), HTTP_OPEN, BROKEN, HTTP_NOT_HTTP, NULL },
	{ VIEW("x"), HTTP_OPEN, BROKEN, HTTP_NOT_HTTP, NULL },
	{ VIEW("HTTP"), HTTP_OPEN, WAITS, 0, NULL },

	/* fields */
	{ VIEW(OK " X: y" NL), HTTP_OPEN, BROKEN, HTTP_FOLDED, NULL },
	{ VIEW(OK "\tX: y" NL), HTTP_OPEN, BROKEN, HTTP_FOLDED, NULL },
	{ VIEW(OK LONG " 7" NL NL BODY), HTTP_OPEN, BROKEN, HTTP_FOLDED, NULL },
	{ VIEW(OK "X" NL), HTTP_OPEN, BROKEN, HTTP_NO_FIELD, NULL },
	{ VIEW(OK "X y: z" NL), HTTP_OPEN, BROKEN, HTTP_NO_FIELD, NULL },
	{ VIEW(OK "Content-Length : 16" NL), HTTP_OPEN, BROKEN, HTTP_NO_FIELD, NULL },
	{ VIEW(OK ": 16" NL), HTTP_OPEN, BROKEN, HTTP_NO_FIELD, NULL },
	{ VIEW(OK "X\xC3: 16" NL), HTTP_OPEN, BROKEN, HTTP_NO_FIELD, NULL },
	{ VIEW(OK "X: a\0b" NL), HTTP_OPEN, BROKEN, HTTP_CONTROL_CHARACTER, NULL },
	{ VIEW(OK "X: a\rb" NL), HTTP_OPEN, BROKEN, HTTP_CONTROL_CHARACTER, NULL },
	{ VIEW(OK "X: a\x7F" NL), HTTP_OPEN, BROKEN, HTTP_CONTROL_CHARACTER, NULL },
	{ VIEW(OK "Content-Length: 16\v" NL), HTTP_OPEN, BROKEN, HTTP_CONTROL_CHARACTER, NULL },
	{ VIEW("HTTP/1.1 200 OK\n"), HTTP_OPEN, BROKEN, HTTP_BARE_LF, NULL },
	{ VIEW(OK "X: y\n"), HTTP_OPEN, BROKEN, HTTP_BARE_LF, NULL },
	{ VIEW(OK LONG "\n" BODY), HTTP_OPEN, BROKEN, HTTP_BARE_LF, NULL },
	{ VIEW(OK "Extauth-Request-Id: 1" NL "Extauth-Request-Id: 1" NL), HTTP_OPEN, BROKEN,
	  HTTP_TWO_IDS, NULL },

	/* interim answers */
	{ VIEW("HTTP/1.1 100 Continue" NL NL OK LONG NL BODY), HTTP_OPEN, ENDED, 0, BODY },
	{ VIEW("HTTP/1.1 103 x" NL "Link: x" NL NL OK LONG NL BODY), HTTP_OPEN, ENDED, 0, BODY },
	{ VIEW("HTTP/1.1 100 x" NL NL), HTTP_OPEN, WAITS, 0, NULL },
	{ VIEW("HTTP/1.1 100 x" NL NL), HTTP_CLOSED, BROKEN, HTTP_CUT_HEAD, NULL },
	{ VIEW("HTTP/1.1 100 x" NL LONG NL), HTTP_OPEN, BROKEN, HTTP_INTERIM_LENGTH, NULL },
	{ VIEW("HTTP/1.1 103 x" NL CHUNK NL), HTTP_OPEN, BROKEN, HTTP_INTERIM_LENGTH, NULL },
	{ VIEW("HTTP/1.1 101 x" NL "Upgrade: y" NL NL), HTTP_OPEN, BROKEN, HTTP_SWITCHES, NULL },

	/* HTTP/2 at once: SETTINGS */
	{ VIEW("\0\0\x06\4\0\0\0\0\0\0\3\0\0\0\x64"), HTTP_OPEN, BROKEN, HTTP_IS_HTTP_2, NULL },
	{ VIEW("\0\0\x06\5\0\0\0\0\0\0\3\0\0\0\x64"), HTTP_OPEN, BROKEN, HTTP_NOT_HTTP, NULL },

	/* premature ends */
	{ VIEW(""), HTTP_OPEN, WAITS, 0, NULL },
	{ VIEW(""), HTTP_CLOSED, BROKEN, HTTP_NOTHING, NULL },
	{ VIEW(""), HTTP_CUT, BROKEN, HTTP_NOTHING, NULL },
	{ VIEW("HTTP/1.1 2"), HTTP_CLOSED, BROKEN, HTTP_CUT_HEAD, NULL },
	{ VIEW(OK LONG), HTTP_CLOSED, BROKEN, HTTP_CUT_HEAD, NULL },
	{ VIEW(OK LONG NL "{\"success\":true"), HTTP_CLOSED, BROKEN, HTTP_CUT_BODY, NULL },
	{ VIEW(OK LONG NL "{\"success\":true"), HTTP_OPEN, WAITS, 0, NULL },
	{ VIEW(OK CHUNK NL "10" NL BODY NL), HTTP_CLOSED, BROKEN, HTTP_CUT_BODY, NULL },
	{ VIEW(OK CHUNK NL "10" NL BODY NL "0" NL), HTTP_CLOSED, BROKEN, HTTP_CUT_BODY, NULL },
	{ VIEW(OK CHUNK NL "10" NL BODY NL "0" NL), HTTP_OPEN, WAITS, 0, NULL },
	{ VIEW(OK CHUNK NL "10" NL BODY NL "0" NL "X: y" NL), HTTP_OPEN, WAITS, 0, NULL },
};

static struct http_answer answer;

static void
receive(struct view bytes)
{
	assert_true(bytes.size <= sizeof(answer.bytes) - answer.size);
	memcpy(answer.bytes + answer.size, bytes.data, bytes.size);
	answer.size += bytes.size;
}

/* Reads `bytes` in pieces of that size, the end of the connection after the last. */
static enum http_result
read_pieces(struct view bytes, size_t piece, enum http_end end)
{
	enum http_result result = HTTP_MORE;

	http_begin(&answer);
	while (bytes.size > piece && result == HTTP_MORE) {
		receive((struct view){ bytes.data, piece });
		bytes.data += piece;
		bytes.size -= piece;
		result = http_read(&answer, HTTP_OPEN);
	}
	if (result != HTTP_MORE)
		return result;
	receive(bytes);
	return http_read(&answer, end);
}

static void
check(size_t i, size_t piece)
{
	enum http_result result = read_pieces(table[i].bytes, piece, table[i].end);

	if ((result == HTTP_BROKEN) != (table[i].expected == BROKEN) ||
	    (result == HTTP_MORE) != (table[i].expected == WAITS) ||
	    answer.defect != table[i].defect)
		fail_msg("%.*s: %d, %s", (int)table[i].bytes.size,
			 (const char *)table[i].bytes.data, (int)result,
			 http_defect_text(answer.defect));
	assert_int_equal(http_read(&answer, table[i].end), result);
	if (result != HTTP_WHOLE)
		return;
	assert_view_equal(http_body(&answer),
			  ((struct view){ (const uint8_t *)table[i].body, strlen(table[i].body) }));
	/* what follows an answer in a piece of its own is checked later */
	if (answer.size == table[i].bytes.size &&
	    http_may_keep(&answer) != (table[i].expected == KEPT))
		fail_msg("%s: may be kept, or not", (const char *)table[i].bytes.data);
}

static void
answers_are_read_by_the_letter(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++)
		check(i, SIZE_MAX);
}

static void
pieces_make_no_difference(void **state)
{
	size_t i, piece;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		for (piece = 1; piece < 18; piece++)
			check(i, piece);
	}
}

static void
the_head_is_understood(void **state)
{
	(void)state;
	assert_int_equal(read_pieces(VIEW("HTTP/1.1 302 Found\r\nLocation:  https://x/ \r\n"
					  "Extauth-Request-Id: 0123\r\nContent-Length: 0\r\n\r\n"),
				     SIZE_MAX, HTTP_OPEN),
			 HTTP_WHOLE);
	assert_int_equal(answer.head.status, 302);
	assert_view_equal(answer.head.location, VIEW("https://x/"));
	assert_view_equal(answer.head.request_id, VIEW("0123"));
	assert_int_equal(read_pieces(VIEW(OK "Content-Encoding: br\r\n"), SIZE_MAX, HTTP_OPEN),
			 HTTP_BROKEN);
	assert_view_equal(answer.head.coding, VIEW("br"));
}

/* Receives `count` times the same. */
static void
repeat(struct view bytes, size_t count)
{
	while (count-- > 0)
		receive(bytes);
}

static void
there_are_limits(void **state)
{
	static const char interim[] = "HTTP/1.1 102 x\r\n\r\n";

	(void)state;
	http_begin(&answer);
	repeat((struct view){ (const uint8_t *)interim, sizeof(interim) - 1 }, HTTP_INTERIM_MAX);
	assert_int_equal(http_read(&answer, HTTP_OPEN), HTTP_MORE);
	receive((struct view){ (const uint8_t *)interim, sizeof(interim) - 1 });
	assert_int_equal(http_read(&answer, HTTP_OPEN), HTTP_BROKEN);
	assert_int_equal(answer.defect, HTTP_TOO_MANY_INTERIM);

	/* a head of exactly the largest size, and one byte more */
	http_begin(&answer);
	receive(VIEW(OK LONG "X: "));
	repeat(VIEW("x"), HTTP_HEAD_MAX - answer.size - 4);
	receive(VIEW("\r\n\r\n" BODY));
	assert_int_equal(http_read(&answer, HTTP_OPEN), HTTP_WHOLE);
	http_begin(&answer);
	receive(VIEW(OK LONG "X: "));
	repeat(VIEW("x"), HTTP_HEAD_MAX - answer.size - 3);
	receive(VIEW("\r\n\r\n" BODY));
	assert_int_equal(http_read(&answer, HTTP_OPEN), HTTP_BROKEN);
	assert_int_equal(answer.defect, HTTP_HEAD_TOO_LARGE);
	http_begin(&answer);
	receive(VIEW(OK));
	repeat(VIEW("x"), HTTP_HEAD_MAX - answer.size + 1);
	assert_int_equal(http_read(&answer, HTTP_OPEN), HTTP_BROKEN);
	assert_int_equal(answer.defect, HTTP_HEAD_TOO_LARGE);
}

static void
bodies_have_limits(void **state)
{
	(void)state;
	/* a body of exactly the largest size, by its length, in chunks, to the end */
	http_begin(&answer);
	receive(VIEW(OK "Content-Length: 65536\r\n\r\n"));
	repeat(VIEW("x"), HTTP_BODY_MAX);
	assert_int_equal(http_read(&answer, HTTP_OPEN), HTTP_WHOLE);
	http_begin(&answer);
	receive(VIEW(OK CHUNK "\r\n10000\r\n"));
	repeat(VIEW("x"), HTTP_BODY_MAX);
	receive(VIEW("\r\n0\r\n\r\n"));
	assert_int_equal(http_read(&answer, HTTP_OPEN), HTTP_WHOLE);
	assert_int_equal(http_body(&answer).size, HTTP_BODY_MAX);
	http_begin(&answer);
	receive(VIEW(OK "\r\n"));
	repeat(VIEW("x"), HTTP_BODY_MAX);
	assert_int_equal(http_read(&answer, HTTP_CLOSED), HTTP_WHOLE);
	http_begin(&answer);
	receive(VIEW(OK "\r\n"));
	repeat(VIEW("x"), HTTP_BODY_MAX + 1);
	assert_int_equal(http_read(&answer, HTTP_OPEN), HTTP_BROKEN);
	assert_int_equal(answer.defect, HTTP_BODY_TOO_LARGE);
	/* chunks of one byte fill the room with their sizes */
	http_begin(&answer);
	receive(VIEW(OK CHUNK "\r\n"));
	repeat(VIEW("1\r\nx\r\n"), (HTTP_ANSWER_MAX - answer.size) / 6);
	assert_int_equal(http_read(&answer, HTTP_OPEN), HTTP_MORE);
	repeat(VIEW("1"), HTTP_ANSWER_MAX - answer.size);
	assert_int_equal(http_read(&answer, HTTP_OPEN), HTTP_BROKEN);
	assert_int_equal(answer.defect, HTTP_TOO_LARGE);
}

static void
every_defect_has_words(void **state)
{
	enum http_defect defect;

	(void)state;
	for (defect = HTTP_SOUND; defect <= HTTP_CUT_UNKNOWN; defect++)
		assert_true(strlen(http_defect_text(defect)) > 15);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_read_by_the_letter),
		cmocka_unit_test(pieces_make_no_difference),
		cmocka_unit_test(the_head_is_understood),
		cmocka_unit_test(there_are_limits),
		cmocka_unit_test(bodies_have_limits),
		cmocka_unit_test(every_defect_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
