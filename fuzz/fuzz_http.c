/* SPDX-License-Identifier: ISC */
/*
 * An HTTP/1.1 answer against libcurl's own reading of it. An answer that is whole for our reader
 * has the same status and body for libcurl, as linked. The input is a byte that says how the
 * connection ends and in what pieces the bytes come, and then the bytes. libcurl reads them in
 * plain text; it cannot tell the end from a cut.
 */
#define _GNU_SOURCE
#include "fuzz.h"

#include "core/http.h"

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEFECTS (HTTP_CUT_UNKNOWN + 1)

static struct http_answer answer;
static unsigned long stricter[DEFECTS]; /* by reason: libcurl accepts it */

/* What libcurl has read. */
static struct {
	long status;
	size_t size;
	bool too_large;
	uint8_t body[HTTP_BODY_MAX];
} theirs;

static struct {
	int socket; /* of libcurl's end */
} given;

static size_t
on_body(char *data, size_t one, size_t size, void *context)
{
	(void)one;
	(void)context;
	if (size > sizeof(theirs.body) - theirs.size) {
		theirs.too_large = true;
		return 0;
	}
	memcpy(theirs.body + theirs.size, data, size);
	theirs.size += size;
	return size;
}

static curl_socket_t
on_open(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	int socket = given.socket;

	(void)context;
	(void)purpose;
	(void)address;
	given.socket = -1;
	return socket < 0 ? CURL_SOCKET_BAD : socket;
}

static int
on_opened(void *context, curl_socket_t socket, curlsocktype purpose)
{
	(void)context;
	(void)socket;
	(void)purpose;
	return CURL_SOCKOPT_ALREADY_CONNECTED;
}

/* libcurl 7.88 calls it although the socket is connected. */
int
connect(int fd, const struct sockaddr *address, socklen_t size)
{
	(void)fd;
	(void)address;
	(void)size;
	return 0;
}

static CURL *
make_handle(void)
{
	CURL *easy = curl_easy_init();

	MUST(easy != NULL);
	MUST(curl_easy_setopt(easy, CURLOPT_URL, "http://192.0.2.1/") == CURLE_OK);
	MUST(curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK);
	MUST(curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L) == CURLE_OK);
	MUST(curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "") == CURLE_OK);
	MUST(curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK);
	MUST(curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK);
	MUST(curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK);
	MUST(curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK);
	MUST(curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 2000L) == CURLE_OK);
	MUST(curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open) == CURLE_OK);
	MUST(curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_opened) == CURLE_OK);
	MUST(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK);
	return easy;
}

/* Has libcurl read the bytes, and then the end. True when it accepts them as an answer. */
static bool
ask_libcurl(struct view bytes)
{
	CURL *easy = make_handle();
	CURLcode code;
	int ends[2];

	theirs.status = 0;
	theirs.size = 0;
	theirs.too_large = false;
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	MUST(send(ends[0], bytes.data, bytes.size, MSG_NOSIGNAL | MSG_DONTWAIT) ==
	     (ssize_t)bytes.size);
	MUST(shutdown(ends[0], SHUT_WR) == 0);
	given.socket = ends[1];
	code = curl_easy_perform(easy);
	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &theirs.status);
	curl_easy_cleanup(easy);
	(void)close(ends[0]);
	if (given.socket >= 0)
		(void)close(given.socket);
	return code == CURLE_OK;
}

static enum http_result
read_ours(struct view bytes, size_t piece, enum http_end end)
{
	enum http_result result = HTTP_MORE;

	http_begin(&answer);
	while (result == HTTP_MORE && bytes.size > 0) {
		struct view part = take_bytes(&bytes, piece);

		MUST(part.size <= sizeof(answer.bytes) - answer.size);
		memcpy(answer.bytes + answer.size, part.data, part.size);
		answer.size += part.size;
		result = http_read(&answer, HTTP_OPEN);
		MUST(answer.at <= answer.size);
	}
	return result == HTTP_MORE ? http_read(&answer, end) : result;
}

static void
print_reasons(void)
{
	enum http_defect defect;

	for (defect = HTTP_SOUND; defect < DEFECTS; defect++) {
		if (stricter[defect] > 0)
			(void)fprintf(stderr, "  libcurl takes it: %6lu %s\n", stricter[defect],
				      http_defect_text(defect));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool is_ready;
	struct view bytes = { data, size };
	uint8_t how = take_byte(&bytes);
	enum http_end end = (how & 1) != 0 ? HTTP_CLOSED : HTTP_CUT;
	size_t piece = how < 2 ? SIZE_MAX : (size_t)(how >> 1);
	enum http_result result;
	struct view body;
	bool taken;

	if (!is_ready && getenv("FUZZ_HTTP_COUNT") != NULL)
		(void)atexit(print_reasons);
	is_ready = true;
	if (bytes.size > 100000) /* as much as a socket takes */
		bytes.size = 100000;
	result = read_ours(bytes, piece, end);
	MUST(result != HTTP_MORE);
	taken = ask_libcurl(bytes);
	if (result == HTTP_BROKEN) {
		MUST(answer.defect != HTTP_SOUND && answer.defect < DEFECTS);
		stricter[answer.defect] += taken && theirs.status >= 200;
		return 0;
	}
	body = http_body(&answer);
	MUST(taken);
	MUST(theirs.status == (long)answer.head.status);
	MUST(theirs.size == body.size && memcmp(theirs.body, body.data, body.size) == 0);
	MUST(!http_may_keep(&answer) || (answer.at == answer.size && answer.head.is_1_1));
	return 0;
}
