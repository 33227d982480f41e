/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "stage.h"

#include "base/clock.h"
#include "base/fault.h"
#include "core/frame.h"
#include "failures.h"
#include "fuzz.h"
#include "https/tls.h"
#include "ipc/channel.h"
#include "ipc/message.h"
#include "script.h"
#include "settings/api.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SOCKET_ROOM 4096		/* bytes; the kernel has more for each */
#define DEADLINE    (20 * CLOCK_SECOND) /* of every request */

static struct stage *played; /* the current one */
static struct tls *checked;  /* whose certificate would be verified next */
static int no_tls;	     /* its address stands for OpenSSL's connection */
static int64_t passed_ms;    /* time that passed while all processes waited */

/* --- the processes on the stage --------------------------------------------------------- */

/* Appends received bytes. What exceeds our buffer would exceed a socket's, too. */
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

static void
send_message(struct stage *stage, const struct message *message, int passed)
{
	if (stage->monitor >= 0)
		(void)channel_send_message(stage->monitor, message, passed);
}

/* The monitor does what it is asked to, or replies that it cannot. */
static void
connect_worker(struct stage *stage, const struct message *wanted)
{
	struct message message = { .kind = MESSAGE_CONNECTED, .number = wanted->number };
	struct view content;
	int ends[2], room = SOCKET_ROOM;

	if (script_take(&stage->script, "N", &content) != 0) {
		message.error = take_byte(&content);
		message.error += message.error == 0;
		send_message(stage, &message, -1);
		return;
	}
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
	/* so that a large request takes more than one write, and answers come too early */
	(void)setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	send_message(stage, &message, ends[1]);
	(void)close(ends[1]);
	close_end(&stage->api);
	stage->api = ends[0];
	stage->answered.size = 0;
	stage->before = stage->asked.size;
	stage->notified = false;
	checked->ssl = (SSL *)&no_tls;
}

/* Outcomes come in the order of the requests, one for each. */
static void
note_outcome(struct stage *stage, const struct message *message)
{
	MUST(message->number == stage->outcomes + 1 && message->number <= stage->requests);
	stage->kinds[stage->outcomes] = message->outcome.kind;
	stage->verdicts[stage->outcomes++] = message->outcome.verdict;
}

/* The monitor receives everything that the worker has sent. */
static void
play_monitor(struct stage *stage)
{
	uint8_t room[MESSAGE_SMALL_MAX];
	struct channel_received received = { .room = room, .room_size = sizeof(room) };
	static struct outcome_peer unused;
	struct message message;

	while (stage->monitor >= 0 &&
	       channel_receive(stage->monitor, &received, false) == CHANNEL_MESSAGE) {
		message.outcome = (struct outcome){ .peer = &unused };
		MUST(received.passed < 0);
		MUST(message_read((struct view){ room, received.size }, &message) == 0);
		if (message.kind == MESSAGE_CONNECT)
			connect_worker(stage, &message);
		else if (message.kind == MESSAGE_OUTCOME)
			note_outcome(stage, &message);
		else
			MUST(message.kind == MESSAGE_NOTE);
	}
}

static void
note_heard(struct stage *stage)
{
	int unread = 0;

	if (stage->api >= 0)
		(void)ioctl(stage->api, FIONREAD, &unread);
	stage->heard = stage->asked.size - stage->before + (size_t)unread;
}

/* The API reads what it was sent, and sends the next thing. False when it has had nothing to
 * send for a while. */
static bool
play_api(struct stage *stage)
{
	struct view content;
	char letter = script_take(&stage->script, "ACXT", &content);

	if (stage->answered.size == 0)
		note_heard(stage);
	if (letter == 'A' || letter == 'C' || letter == 'X')
		send_bytes(stage->api, content, &stage->answered);
	if (letter == 'T' || stage->api < 0)
		return false;
	if (letter != 'A') {
		close_end(&stage->api);
		stage->notified = letter != 'X';
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
	close_end(&stage->monitor);
	stage->disturbed = true;
}

/* Remembers a request, as the server has sent it. */
static bool
note_request(struct stage *stage, struct view payload)
{
	struct stage_bytes *frames = &stage->frames;

	if (payload.size + 2 > sizeof(frames->data) - frames->size ||
	    stage->requests == STAGE_REQUESTS_MAX)
		return false;
	frames->data[frames->size++] = (uint8_t)(payload.size >> 8);
	frames->data[frames->size++] = (uint8_t)payload.size;
	memcpy(frames->data + frames->size, payload.data, payload.size);
	frames->size += payload.size;
	stage->requests++;
	return true;
}

static void
send_request(struct stage *stage, struct view payload)
{
	static uint8_t bytes[MESSAGE_SIZE_MAX];

	if (payload.size > FRAME_PAYLOAD_MAX || stage->monitor < 0 || !note_request(stage, payload))
		return;
	message_write_request(stage->requests, clock_now() + DEADLINE, bytes);
	memcpy(bytes + MESSAGE_REQUEST_HEAD, payload.data, payload.size);
	MUST(channel_send(stage->monitor,
			  (struct view){ bytes, MESSAGE_REQUEST_HEAD + payload.size }, -1) == 0);
}

/* Plays the process whose turn it is between two requests. */
static void
play_between(struct stage *stage)
{
	struct view content = { NULL, 0 };

	switch (script_take(&stage->script, "FEMG", &content)) {
	case 'F':
		send_request(stage, content);
		break;
	case 'E':
		if (stage->api >= 0 && content.size > 0)
			(void)send(stage->api, content.data, content.size,
				   MSG_NOSIGNAL | MSG_DONTWAIT);
		break;
	case 'M':
		/* requests have a record of their own, which counts them */
		if (stage->monitor >= 0 && content.size > 0 && *content.data != MESSAGE_REQUEST)
			(void)send(stage->monitor, content.data, content.size,
				   MSG_NOSIGNAL | MSG_DONTWAIT);
		stage->disturbed = true;
		break;
	case 'G':
		hang_up(stage);
		break;
	default: /* not the turn of any process: skip it, or end the play */
		if (stage->script.size == 0)
			close_end(&stage->monitor);
		content = script_next(stage->script);
		(void)take_bytes(&stage->script,
				 (size_t)(content.data - stage->script.data) + content.size + 1);
	}
}

/* --- replaced functions of the C library and others --------------------------------------- */

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

/* What poll(2) returns when the awaited process has sent something, or has not. */
static int
play(struct pollfd *fds, nfds_t count, int timeout)
{
	struct view ignored;
	nfds_t i;
	int ready;

	for (;;) {
		bool for_api = false;

		play_monitor(played);
		read_request(played);
		ready = __real_poll(fds, count, 0);
		if (ready != 0)
			return ready;
		for (i = 0; i < count; i++)
			for_api = for_api || (fds[i].fd != played->channel && fds[i].fd >= 0);
		if (script_take(&played->script, "G", &ignored) != 0)
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

/* A worker that waits for its monitor waits in recvmsg(2). */
static void
before_receiving(int fd, int flags)
{
	struct pollfd channel = { fd, POLLIN, 0 };

	if (played == NULL || fd != played->channel || (flags & MSG_DONTWAIT) != 0)
		return;
	failures_hold();
	play_monitor(played);
	while (__real_poll(&channel, 1, 0) == 0)
		play_between(played);
	failures_go_on();
}

/* Time passes only when a process waits for it. */
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

/* libcurl 7.88 calls it although the socket is connected; the worker's sandbox has the same
 * result. */
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
	int channel[2];

	MUST(channel_open(channel) == 0);
	stage->script = script;
	stage->monitor = channel[0];
	stage->channel = channel[1];
	stage->api = -1;
	stage->frames.size = 0;
	stage->requests = stage->outcomes = 0;
	stage->disturbed = false;
	stage_new_exchange(stage);
	passed_ms = 0;
	played = stage;
	failures_on_receive = before_receiving;
}

void
stage_new_exchange(struct stage *stage)
{
	stage->asked.size = stage->answered.size = stage->before = 0;
}

void
stage_close(struct stage *stage)
{
	play_monitor(stage); /* what the worker has sent last */
	played = NULL;
	failures_on_receive = NULL;
	close_end(&stage->channel);
	close_end(&stage->monitor);
	close_end(&stage->api);
}
