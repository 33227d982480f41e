/* SPDX-License-Identifier: ISC */
/*
 * Opens the destination of the log.
 */
#ifndef LOG_SINK_H
#define LOG_SINK_H

#include "base/must_use.h"

#include <limits.h>
#include <stdbool.h>

struct fault;
struct log_sink;
struct policy;
struct settings;

/*
 * Opens the log that the settings name, or standard error when they name none or are NULL, and
 * makes it this process's log as the monitor's. Returns 0; or -1 with *fault set when it could not
 * be opened, and the log goes to standard error.
 */
MUST_USE int log_sink_open(struct log_sink *sink, const struct settings *settings,
			   struct fault *fault);

/*
 * The same for --ask and --check on a terminal: errors only, on standard error.
 */
void log_sink_open_on_terminal(struct log_sink *sink);

/*
 * Writes the path of the file that the setting "log" names. False when it names none: NULL for
 * standard error, or "syslog".
 */
bool log_sink_path(const char *setting, char path[PATH_MAX]);

/*
 * What the sandbox must allow for log_sink_reopen(); NULL: nothing.
 */
const struct policy *log_sink_policy(const struct log_sink *sink);

/*
 * True when lines are written to a file, or will be once it can be opened.
 */
bool log_sink_is_file(const struct log_sink *sink);

/*
 * Opens the sink again: the file may have been renamed, the syslog daemon restarted. Returns 0, or
 * -1 with *fault set and the sink unchanged.
 */
MUST_USE int log_sink_reopen(struct log_sink *sink, struct fault *fault);

/*
 * True when log_sink_reopen() has failed since the last call of this, only because of this
 * process's sandbox: the directory that it allows was replaced.
 */
bool log_sink_met_seal(void);

/*
 * True when the log goes to a file that was opened by its path.
 */
bool log_sink_is_watched(const struct log_sink *sink);

/*
 * True when the path of the log now leads to another file, or to none: the file was renamed or
 * removed.
 */
bool log_sink_is_moved(const struct log_sink *sink);

/*
 * Takes over level and format from settings that were read again. The destination cannot change any
 * more; if it should, the log says so.
 */
void log_sink_adopt(struct log_sink *sink, const struct settings *settings);

#endif
