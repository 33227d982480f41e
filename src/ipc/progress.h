/* SPDX-License-Identifier: ISC */
/*
 * Progress: memory that a worker shares with its monitor, so that the monitor
 * knows where in the host's stream a worker was when it died. The monitor
 * believes it only as far as to decide whether a reply is owed, and whether the
 * log is to be opened anew.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum stream_position {
	STREAM_BETWEEN_FRAMES, /* nothing read, nothing owed: a new worker can go on */
	STREAM_IN_FRAME,       /* bytes of an unanswered frame may have been taken */
	STREAM_OWES_REPLY,     /* exactly one frame was taken and one reply is owed */
	STREAM_IN_REPLY,       /* a reply may or may not have been written */
};

struct progress {
	_Atomic uint8_t position; /* enum stream_position */
	_Atomic bool log_lost;	  /* the syslog daemon it wrote to has gone */
};

#endif
