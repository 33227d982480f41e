/* SPDX-License-Identifier: ISC */
/*
 * The worker's end of the channel: how it asks the monitor for connections and
 * hears from it.
 */
#ifndef UPLINK_H
#define UPLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uplink {
	int channel;
	int host;      /* standard input: whose hang-up ends every wait */
	uint32_t id;   /* of the last connection asked for */
	bool retiring; /* the monitor has sent RETIRE */
};

enum uplink_result {
	UPLINK_OK,
	UPLINK_FAILED, /* the monitor says no: see the error */
	UPLINK_TIMED_OUT,
	UPLINK_HOST_GONE,    /* hang-up on the host's side */
	UPLINK_MONITOR_GONE, /* or not to be understood any more */
};

/*
 * A connection that was asked for.
 */
struct uplink_connection {
	int socket;	     /* the caller's, when UPLINK_OK */
	int error;	     /* when UPLINK_FAILED: an errno, or a negative EAI_ code */
	uint32_t resolve_us; /* microseconds spent on the name */
	uint32_t connect_us; /* microseconds spent on TCP */
};

/*
 * Tells the monitor that the sandbox is sealed, with which Landlock ABI, and
 * hands over `status`, our /proc/self/status, to look at; then waits until it
 * agrees that frames may be read. A host that hangs up meanwhile ends the wait.
 */
enum uplink_result uplink_ready(struct uplink *uplink, int landlock, int status);

/*
 * Asks for a TCP connection to the endpoint with this number, and waits for it
 * until `deadline` (clock.h).
 */
enum uplink_result uplink_connect(struct uplink *uplink, uint32_t endpoint, int64_t deadline,
				  struct uplink_connection *connection);

/*
 * Waits until one of `events` (poll(2)) happens to `socket`, a hang-up included, and
 * gives what did in *happened; or until `deadline` (clock.h). What the monitor sends
 * meanwhile is taken off the channel.
 */
enum uplink_result uplink_wait(struct uplink *uplink, int socket, short events, int64_t deadline,
			       short *happened);

/*
 * Waits until the host has sent something or hung up, or, when the caller could
 * retire, until the monitor has asked for that (uplink->retiring).
 * UPLINK_HOST_GONE is never returned: reading tells.
 */
enum uplink_result uplink_wait_host(struct uplink *uplink, bool could_retire);

/*
 * True when the host has hung up, without waiting.
 */
bool uplink_host_is_gone(const struct uplink *uplink);

#endif
