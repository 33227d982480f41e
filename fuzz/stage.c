/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "stage.h"

#include "base/fault.h"
#include "core/frame.h"
#include "failures.h"
#include "fuzz.h"
#include "https/tls.h"
#include "ipc/channel.h"
#include "settings/api.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct stage *played; /* the one that is on */
static int64_t passed_ms;    /* time that passed because nobody said anything */
static struct tls *checked;  /* whose certificate would be looked at next */
static int no_tls;	     /* its address stands for what OpenSSL has of a connection */

/* --- the script -------------------------------------------------------------------- */

/* The record that is next, of which only the letter is certain to be there. */
static struct view
next_record(const struct stage *stage)
{
	struct view record = stage->script;
	size_t i;

	for (i = 1; i < record.size; i++) {
		if (record.data[i] == '@' && record.data[i - 1] == '\n') {
			record.size = i - 1; /* the line feed belongs to nobody */
			break;
		}
	}
	(void)take_byte(&record);
	return record;
}

/* Takes the next record when its letter is among `letters`. Returns the letter,
 * or 0, with what follows it in *content. */
static char
take_record(struct stage *stage, const char *letters, struct view *content)
{
	struct view record = next_record(stage);
	char letter = (char)take_byte(&record);

	if (letter == 0 || strchr(letters, letter) == NULL)
		return 0;
	*content = record;
	(void)take_bytes(&stage->script, (size_t)(record.data - stage->script.data) + record.size);
	if (stage->script.size > 0 && stage->script.data[0] == '\n')
		(void)take_byte(&stage->script);
	return letter;
}

/* --- who is on the stage --------------------------------------------------------------- */

/* Appends what somebody has sent. Too much for us was too much for a socket, too. */
static void
send_bytes(int fd, struct view bytes, struct stage_bytes *sent)
{
	if (bytes.size > sizeof(sent->data) - sent->size)
		bytes.size = sizeof(sent->data) - sent->size;
	if (bytes.size == 0 || send(fd, bytes.data, bytes.size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return;
	memcpy(sent->data + sent->size, bytes.data, bytes.size);
	sent->size += bytes.size;
}

static void
close_end(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/* The monitor answers every request for a connection that has come. */
static void
play_monitor(struct stage *stage)
{
	struct channel_message message;
	int ends[2], passed;
	struct view content;

	while (channel_receive(stage->monitor, &message, &passed) == CHANNEL_MESSAGE) {
		message.kind = CHANNEL_CONNECTED;
		if (take_record(stage, "N", &content) != 0) {
			message.error = take_byte(&content);
			(void)channel_send(stage->monitor, &message, -1);
			continue;
		}
		MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
		(void)channel_send(stage->monitor, &message, ends[1]);
		(void)close(ends[1]);
		close_end(&stage->api);
		stage->api = ends[0];
		stage->answered.size = 0;
		stage->notified = false;
		checked->ssl = (SSL *)&no_tls;
	}
}

/* The API reads what it is sent, and says the next thing. False when it has
 * nothing to say, and has not for a while. */
static bool
play_api(struct stage *stage)
{
	struct view content;
	char letter = take_record(stage, "ACXT", &content);

	if (letter == 'A' || letter == 'C' || letter == 'X')
		send_bytes(stage->api, content, &stage->answered);
	if (letter == 'T' || stage->api < 0)
		return false;
	if (letter != 'A') {
		stage->notified = letter != 'X';
		close_end(&stage->api);
	}
	return true;
}

static void
read_request(struct stage *stage)
{
	struct stage_bytes *asked = &stage->asked;
	ssize_t size;

	while (stage->api >= 0 && asked->size < sizeof(asked->data)) {
		size = recv(stage->api, asked->data + asked->size,
			    sizeof(asked->data) - asked->size, MSG_DONTWAIT);
		if (size <= 0)
			break;
		asked->size += (size_t)size;
	}
}

static void
hang_up(struct stage *stage)
{
	close_end(&stage->host_writes);
	stage->disturbed = true;
}

/* Whoever may speak between two requests does. */
static void
play_host(struct stage *stage)
{
	struct channel_message retire = { .kind = CHANNEL_RETIRE };
	struct view content = { NULL, 0 };
	uint8_t header[FRAME_HEADER_SIZE];

	switch (take_record(stage, "FHEMRG", &content)) {
	case 'F':
		frame_encode_header(content.size, header);
		send_bytes(stage->host_writes, (struct view){ header, sizeof(header) },
			   &stage->host);
		send_bytes(stage->host_writes, content, &stage->host);
		break;
	case 'H':
		send_bytes(stage->host_writes, content, &stage->host);
		break;
	case 'E':
		if (stage->api >= 0 && content.size > 0)
			(void)send(stage->api, content.data, content.size,
				   MSG_NOSIGNAL | MSG_DONTWAIT);
		break;
	case 'M':
		(void)send(stage->monitor, content.data, content.size, MSG_NOSIGNAL | MSG_DONTWAIT);
		stage->disturbed = true;
		break;
	case 'R':
		(void)channel_send(stage->monitor, &retire, -1);
		stage->disturbed = true;
		break;
	case 'G':
		hang_up(stage);
		break;
	default: /* nobody's turn: skip it, or end the play */
		if (stage->script.size == 0)
			close_end(&stage->host_writes);
		content = next_record(stage);
		(void)take_bytes(&stage->script,
				 (size_t)(content.data - stage->script.data) + content.size + 1);
	}
}

/* --- functions of the C library and others that the stage takes the place of -------------- */

int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_tls_load(struct tls *tls, const struct api *api, const struct tls *trust,
		    const struct tls *identity, struct fault *fault);
int __wrap_tls_configure(struct tls *tls, SSL_CTX *context);
int __wrap_SSL_has_pending(const SSL *ssl);
int __wrap_SSL_get_shutdown(const SSL *ssl);
CURLcode __wrap_curl_easy_setopt(CURL *easy, CURLoption option, ...);
#undef curl_easy_setopt
CURLcode __real_curl_easy_setopt(CURL *easy, CURLoption option, ...);

/* What poll(2) returns when whoever is waited for has said something, or has not. */
static int
play(struct pollfd *fds, nfds_t count, int timeout)
{
	struct view ignored;
	nfds_t i;
	int ready;

	for (;;) {
		bool for_host = false, for_api = false;

		play_monitor(played);
		read_request(played);
		ready = __real_poll(fds, count, 0);
		if (ready != 0)
			return ready;
		for (i = 0; i < count; i++) {
			for_host = for_host ||
				   (fds[i].fd == played->host_in && (fds[i].events & POLLIN) != 0);
			for_api = for_api || (fds[i].fd != played->host_in &&
					      fds[i].fd != played->channel && fds[i].fd >= 0);
		}
		if (for_host)
			play_host(played);
		else if (take_record(played, "G", &ignored) != 0)
			hang_up(played);
		else if (timeout == 0 || !for_api || !play_api(played)) {
			passed_ms += timeout > 0 ? timeout : 0;
			MUST(timeout >= 0);
			return 0;
		}
	}
}

int
__wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	int ready;

	if (played == NULL)
		return __real_poll(fds, count, timeout);
	failures_hold();
	ready = play(fds, count, timeout);
	failures_go_on();
	return ready;
}

/* Time passes only when somebody waits for it. */
int
__wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	now->tv_sec = 1000 + passed_ms / 1000;
	now->tv_nsec = passed_ms % 1000 * 1000000;
	return 0;
}

int
__wrap_tls_load(struct tls *tls, const struct api *api, const struct tls *trust,
		const struct tls *identity, struct fault *fault)
{
	(void)trust;
	(void)identity;
	(void)fault;
	tls->api = api;
	return 0;
}

int
__wrap_tls_configure(struct tls *tls, SSL_CTX *context)
{
	(void)tls;
	(void)context;
	return 0;
}

/* Plain text has no records that could have come, and no end that TLS could tell. */
int
__wrap_SSL_has_pending(const SSL *ssl)
{
	MUST(ssl == (const SSL *)&no_tls);
	return 0;
}

int
__wrap_SSL_get_shutdown(const SSL *ssl)
{
	MUST(ssl == (const SSL *)&no_tls);
	return played->notified ? SSL_RECEIVED_SHUTDOWN : 0;
}

/* Makes libcurl speak plain HTTP. All values have the size of a pointer. */
CURLcode
__wrap_curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
	char plain[2048] = "http";
	va_list arguments;
	void *value;

	va_start(arguments, option);
	value = va_arg(arguments, void *);
	va_end(arguments);
	if (option == CURLOPT_SSL_CTX_DATA) {
		checked = value;
	} else if (option == CURLOPT_PROTOCOLS_STR) {
		value = plain;
	} else if (option == CURLOPT_URL) {
		(void)snprintf(plain, sizeof(plain), "http%s", (const char *)value + 5);
		value = plain;
	}
	return __real_curl_easy_setopt(easy, option, value);
}

/* libcurl 7.88 calls it although the socket is connected; the worker's sandbox
 * answers in the same way. */
int
connect(int fd, const struct sockaddr *address, socklen_t size)
{
	(void)fd;
	(void)address;
	(void)size;
	return 0;
}

/* --- beginning and end ---------------------------------------------------------------- */

void
stage_open(struct stage *stage, struct view script)
{
	int in[2], out[2], channel[2];

	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) == 0);
	MUST(pipe2(out, O_CLOEXEC | O_NONBLOCK) == 0 && channel_open(channel) == 0);
	stage->script = script;
	stage->host_in = in[0];
	stage->host_writes = in[1];
	stage->host_reads = out[0];
	stage->host_out = out[1];
	stage->monitor = channel[0];
	stage->channel = channel[1];
	stage->api = -1;
	stage->host.size = 0;
	stage->disturbed = false;
	stage_new_exchange(stage);
	passed_ms = 0;
	played = stage;
}

void
stage_new_exchange(struct stage *stage)
{
	stage->asked.size = stage->answered.size = 0;
}

void
stage_close(struct stage *stage)
{
	played = NULL;
	close_end(&stage->host_in);
	close_end(&stage->host_out);
	close_end(&stage->channel);
	close_end(&stage->host_writes);
	close_end(&stage->host_reads);
	close_end(&stage->monitor);
	close_end(&stage->api);
}
