/* SPDX-License-Identifier: ISC */
/*
 * A channel for each test: set-up and tear-down.
 */
#ifndef CHANNEL_ENDS_H
#define CHANNEL_ENDS_H

#include "ipc/channel.h"

#include <unistd.h>

static int ends[2]; /* the monitor's and the worker's */

static int
open_channel(void **state)
{
	(void)state;
	return channel_open(ends);
}

static int
close_channel(void **state)
{
	(void)state;
	(void)close(ends[0]);
	(void)close(ends[1]);
	return 0;
}

#endif
