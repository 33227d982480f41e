/* SPDX-License-Identifier: ISC */
/*
 * A trial: the command in the XMPP server's configuration, started as that server starts it, and
 * sent one request. It shows what no comparison can: that the shell finds the program, and that it
 * replies.
 */
#ifndef TRIAL_H
#define TRIAL_H

#include "base/clock.h"
#include "base/fault.h"
#include "base/must_use.h"
#include "base/view.h"
#include "core/frame.h"

#include <stdint.h>

/* A little longer than ejabberd waits: doc/protocol.md section 2.1. */
#define TRIAL_PATIENCE (31 * CLOCK_SECOND)

#define TRIAL_WORDS_MAX 400 /* bytes of what it wrote to standard error, with the NUL */

/*
 * Runs `command` by sh(1) with an environment like the server's, writes the frame to it and reads
 * the reply. Returns 0; or -1 with *fault saying what happened instead. `words` gets the first line
 * that it wrote to standard error, or "".
 */
MUST_USE int trial_run(const char *command, struct view frame, uint8_t reply[FRAME_REPLY_SIZE],
		       char words[TRIAL_WORDS_MAX], struct fault *fault);

#endif
