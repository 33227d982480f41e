/* SPDX-License-Identifier: ISC */
#define _DEFAULT_SOURCE
#include "base/log.h"

#include "base/file.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SYSLOG_FACILITY_AUTHPRIV 10 /* RFC 5424, section 6.2.1 */

/* Reserved for the end of a line: a brace and a line feed. */
#define LINE_RESERVE 2

static struct {
	struct log_sink sink;
	bool may_block; /* a pipe or terminal whose reader may have stopped */
	pid_t pid;
	const char *process;
	bool cut_off;
	bool torn;	     /* half a line was written */
	bool complained;     /* on standard error, of lost lines */
	uint64_t lost, told; /* lines, and those that a later line has mentioned */
	void (*forward)(void *context, enum log_level level, const char *message);
	void *context;
} state = { .sink.fd = -1 };

/* The level's name as in settings and lines. */
static const char *
level_name(enum log_level level)
{
	switch (level) {
	case LOG_ERROR:
		return "error";
	case LOG_WARNING:
		return "warning";
	case LOG_NOTICE:
		return "notice";
	case LOG_REFUSALS:
		return "refusals";
	case LOG_INFO:
		return "info";
	case LOG_DEBUG:
		return "debug";
	}
	return "unknown";
}

void
log_open(const struct log_sink *sink, const char *process)
{
	state.sink = *sink;
	state.may_block = !sink->is_syslog && !file_is_regular(sink->fd);
	state.pid = getpid();
	state.process = process;
	state.cut_off = false;
}

void
log_forward(void (*forward)(void *context, enum log_level level, const char *message),
	    void *context)
{
	state.sink.fd = -1;
	state.forward = forward;
	state.context = context;
}

bool
log_is_cut_off(void)
{
	return state.cut_off;
}

bool
log_wants(enum log_level level)
{
	return state.sink.fd >= 0 && level <= state.sink.level;
}

/* True for a byte that needs no quotes. */
static bool
is_plain(uint8_t byte)
{
	return byte > ' ' && byte < 0x7F && byte != '"' && byte != '\\' && byte != '=';
}

/* Appends what goes between quotes: printable ASCII as it is, everything else
 * as \xHH, which in JSON is \u00HH. */
static void
append_escaped(struct writer *writer, struct view value)
{
	const char *prefix = state.sink.format == LOG_FORMAT_JSON ? "\\u00" : "\\x";
	size_t i;

	for (i = 0; i < value.size; i++) {
		uint8_t byte = value.data[i];

		if (byte == '"' || byte == '\\') {
			writer_byte(writer, '\\');
			writer_byte(writer, byte);
		} else if (byte >= ' ' && byte < 0x7F) {
			writer_byte(writer, byte);
		} else {
			writer_text(writer, prefix);
			writer_hex(writer, view_part(value, i, 1));
		}
	}
}

static void
append_key(struct log_line *line, const char *key)
{
	if (state.sink.format == LOG_FORMAT_JSON) {
		writer_byte(&line->writer, line->writer.size == line->start ? '{' : ',');
		writer_byte(&line->writer, '"');
		writer_text(&line->writer, key);
		writer_text(&line->writer, "\":");
		return;
	}
	if (line->writer.size > line->start)
		writer_byte(&line->writer, ' ');
	writer_text(&line->writer, key);
	writer_byte(&line->writer, '=');
}

/*
 * Appends a key and a value, or neither if they do not both fit: a line that is too long loses
 * whole pairs, so that it can still be parsed.
 */
static void
append_pair(struct log_line *line, const char *key, struct view value, bool quoted)
{
	struct writer before = line->writer;

	append_key(line, key);
	if (quoted)
		writer_byte(&line->writer, '"');
	append_escaped(&line->writer, value);
	if (quoted)
		writer_byte(&line->writer, '"');
	if (line->writer.full)
		line->writer = before;
}

/* Appends a value of at most `max` bytes, quoted if necessary. */
static void
append_value(struct log_line *line, const char *key, struct view value, size_t max)
{
	size_t i = 0;

	if (value.size > max)
		value.size = max;
	while (i < value.size && is_plain(value.data[i]))
		i++;
	append_pair(line, key, value,
		    state.sink.format == LOG_FORMAT_JSON || i < value.size || value.size == 0);
}

void
log_view(struct log_line *line, const char *key, struct view value)
{
	append_value(line, key, value, LOG_VALUE_MAX);
}

void
log_text(struct log_line *line, const char *key, const char *value)
{
	struct view view = { (const uint8_t *)value, strlen(value) };

	log_view(line, key, view);
}

void
log_number(struct log_line *line, const char *key, int64_t value)
{
	char digits[24];
	struct view view = { (const uint8_t *)digits, 0 };

	view.size = (size_t)snprintf(digits, sizeof(digits), "%lld", (long long)value);
	append_pair(line, key, view, false);
}

/* UTC, to the millisecond: 2026-11-23T17:20:00.123Z */
static void
format_time(char text[96])
{
	struct timespec now = { 0, 0 };
	struct tm tm;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &tm);
	(void)snprintf(text, 96, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ", tm.tm_year + 1900,
		       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		       now.tv_nsec / 1000000);
}

/* RFC 5424, section 6.2.1 */
static unsigned int
severity(enum log_level level)
{
	static const unsigned int severities[] = { 3, 4, 5, 6, 6, 7 };

	return severities[level];
}

/* The beginning of a line, before the pairs. On /dev/log daemons expect what syslog(3) sends,
 * RFC 3164's <priority>program[pid]: without a host; journald does not know RFC 5424. The time
 * is left to the daemon, because RFC 3164's has no time zone. The journal takes a line's
 * priority from its beginning (sd-daemon(3)). */
static void
append_header(struct log_line *line, enum log_level level)
{
	char header[64] = "";

	if (state.sink.is_syslog)
		(void)snprintf(header, sizeof(header), "<%u>extauth-https[%ld]: ",
			       SYSLOG_FACILITY_AUTHPRIV * 8 + severity(level), (long)state.pid);
	else if (state.sink.is_journal)
		(void)snprintf(header, sizeof(header), "<%u>", severity(level));
	writer_text(&line->writer, header);
	line->start = line->writer.size;
}

bool
log_begin(struct log_line *line, enum log_level level, const char *message)
{
	struct view text = { (const uint8_t *)message, strlen(message) };
	char time[96];

	if (!log_wants(level))
		return false;
	line->writer = (struct writer){ line->text, LOG_LINE_MAX - LINE_RESERVE, 0, false };
	append_header(line, level);
	if (!state.sink.is_syslog) {
		format_time(time);
		log_text(line, "time", time);
	}
	/* refusals is about which requests have a line, not about how severe they are */
	log_text(line, "level", level_name(level == LOG_REFUSALS ? LOG_INFO : level));
	log_text(line, "process", state.process);
	log_number(line, "pid", state.pid);
	append_value(line, "message", text, LOG_MESSAGE_MAX);
	return true;
}

/* A reader that has stopped must not stop us: what it does not take is lost. */
static bool
would_block(void)
{
	struct pollfd fd = { state.sink.fd, POLLOUT, 0 };

	return state.may_block && poll(&fd, 1, 0) != 1;
}

/* Reports on standard error, once, that lines are being lost. */
static void
complain(int error)
{
	struct pollfd standard_error = { STDERR_FILENO, POLLOUT, 0 };
	char text[LOG_VALUE_MAX];
	ssize_t written;
	int length;

	if (state.complained || state.sink.target == NULL)
		return;
	state.complained = true;
	length = snprintf(text, sizeof(text),
			  "extauth-https: cannot write the log to %s: %s; dropping lines, and "
			  "counting them, until it can\n",
			  state.sink.target, strerror(error));
	if (length < 0 || (size_t)length >= sizeof(text) || poll(&standard_error, 1, 0) != 1)
		return;
	/* there is nowhere else to report it */
	written = write(STDERR_FILENO, text, (size_t)length);
	(void)written;
}

/* Writes a whole line to a file, pipe or terminal. A disk that becomes full may take half of it:
 * what follows then starts on a new line. */
static bool
write_line(const struct log_line *line)
{
	ssize_t written;

	if (would_block())
		return false;
	if (state.torn && write(state.sink.fd, "\n", 1) != 1) {
		complain(errno);
		return false;
	}
	written = write(state.sink.fd, line->text, line->writer.size);
	state.torn = written > 0 && (size_t)written < line->writer.size;
	if (written == (ssize_t)line->writer.size)
		return true;
	complain(written < 0 ? errno : ENOSPC);
	return false;
}

static bool
send_to_syslog(const struct log_line *line)
{
	ssize_t sent =
		send(state.sink.fd, line->text, line->writer.size, MSG_DONTWAIT | MSG_NOSIGNAL);

	state.cut_off = sent < 0 && errno != EAGAIN;
	if (state.cut_off)
		complain(errno);
	return sent >= 0;
}

void
log_end(struct log_line *line)
{
	if (state.lost > state.told)
		log_number(line, "log_lines_lost", (int64_t)(state.lost - state.told));
	line->writer.room = LOG_LINE_MAX; /* uses what was reserved */
	if (state.sink.format == LOG_FORMAT_JSON)
		writer_byte(&line->writer, '}');
	if (!state.sink.is_syslog)
		writer_byte(&line->writer, '\n');
	if (!(state.sink.is_syslog ? send_to_syslog(line) : write_line(line))) {
		state.lost++;
		return;
	}
	state.told = state.lost;
	state.complained = false;
}

uint64_t
log_lines_lost(void)
{
	return state.lost;
}

void
log_message(enum log_level level, const char *format, ...)
{
	char message[LOG_MESSAGE_MAX];
	struct log_line line;
	va_list arguments;

	if (!log_wants(level) && state.forward == NULL)
		return;
	va_start(arguments, format);
	(void)vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	if (state.forward != NULL)
		state.forward(state.context, level, message);
	else if (log_begin(&line, level, message))
		log_end(&line);
}
