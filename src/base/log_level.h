/* SPDX-License-Identifier: ISC */
/*
 * Levels and formats of the log, and how it names users.
 */
#ifndef LOG_LEVEL_H
#define LOG_LEVEL_H

enum log_level {
	LOG_ERROR,    /* a request or the service is lost until the operator acts */
	LOG_WARNING,  /* something is wrong, and is handled */
	LOG_NOTICE,   /* start, stop, changes of state */
	LOG_REFUSALS, /* each request that was refused */
	LOG_INFO,     /* each request */
	LOG_DEBUG,    /* details */
};

enum log_format {
	LOG_FORMAT_TEXT,
	LOG_FORMAT_JSON,
};

enum log_users {
	LOG_USERS_PLAIN,
	LOG_USERS_HASH,
};

#endif
