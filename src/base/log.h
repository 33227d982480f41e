/* SPDX-License-Identifier: ISC */
/*
 * The log: one line per event and one write per line. A line can neither delay a request nor be
 * broken by the values it quotes.
 *
 * A line is logfmt, key=value pairs with values quoted where they must be, or
 * one JSON object. Bytes that are not printable ASCII appear escaped. Nothing
 * here allocates or opens anything, so it works behind the seccomp filter.
 */
#ifndef LOG_H
#define LOG_H

#include "base/log_level.h"
#include "base/view.h"
#include "base/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longer lines lose pairs. Not above PIPE_BUF, so that lines of several processes do
 * not mix in a pipe. */
#define LOG_LINE_MAX	4096
#define LOG_MESSAGE_MAX 1280 /* bytes of a message: a fault, and what introduces it */
#define LOG_VALUE_MAX	512  /* bytes of any other value before escaping; longer ones are cut */

/*
 * Where lines go, and how.
 */
struct log_sink {
	int fd;		    /* -1: nowhere. It remains the caller's */
	const char *target; /* the destination, as log_sink.h opens it; NULL: standard error */
	bool is_syslog;	    /* a socket that takes RFC 3164 datagrams */
	bool is_journal;    /* the journal, which takes a priority before each line */
	enum log_format format;
	enum log_level level;
};

/*
 * Sends the log to `sink`. Before this it is discarded. `process` ("monitor", "worker") appears in
 * each line and must be constant.
 */
void log_open(const struct log_sink *sink, const char *process);

/*
 * Passes messages of all levels to `forward`, with `context`, instead of writing them: for a
 * process whose log another process writes.
 */
void log_forward(void (*forward)(void *context, enum log_level level, const char *message),
		 void *context);

/*
 * True when lines of this level are written.
 */
bool log_wants(enum log_level level);

/*
 * Writes one line with a message formatted as by printf(3). The message must not contain secrets;
 * everything in it is escaped.
 */
void log_message(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Writes one line piece by piece:
 *
 *	struct log_line line;
 *
 *	if (log_begin(&line, LOG_INFO, "request")) {
 *		log_number(&line, "ms", 12);
 *		log_end(&line);
 *	}
 *
 * log_begin() is false when lines of this level are not written. Keys are
 * constant and need no escaping.
 */
struct log_line {
	struct writer writer;
	size_t start; /* of the pairs, behind syslog's header */
	uint8_t text[LOG_LINE_MAX];
};

bool log_begin(struct log_line *line, enum log_level level, const char *message);
void log_text(struct log_line *line, const char *key, const char *value);
void log_view(struct log_line *line, const char *key, struct view value);
void log_number(struct log_line *line, const char *key, int64_t value);
void log_end(struct log_line *line);

/*
 * True when the last line could not be written because the syslog daemon is gone: it may be back
 * with a new socket.
 */
bool log_is_cut_off(void);

/*
 * How many lines have been lost since the process began: the pipe has no reader, the disk is
 * full, the daemon is gone. Standard error says so once, and the first line that can be written
 * again says how many.
 */
uint64_t log_lines_lost(void);

#endif
