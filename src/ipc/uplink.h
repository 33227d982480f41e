/* SPDX-License-Identifier: ISC */
/*
 * The worker's end of the channel: all messages that it sends and receives.
 */
#ifndef UPLINK_H
#define UPLINK_H

#include "base/log_level.h"

#include <stdbool.h>
#include <stdint.h>

struct message;
struct outcome;

/*
 * When the monitor is gone, every call fails at once, without waiting. So only the worker's loop
 * has to end then: an exchange under way fails like one whose connection cannot be made.
 */
struct uplink {
	int channel;
	uint8_t *room; /* MESSAGE_SIZE_MAX bytes of secret memory, for requests */
	uint32_t id;   /* of the last connection that was requested */
	bool lost;     /* the monitor is gone, or has sent an invalid message */
};

enum uplink_result {
	UPLINK_OK,
	UPLINK_FAILED, /* the monitor refuses: see the error */
	UPLINK_TIMED_OUT,
	UPLINK_MONITOR_GONE, /* permanently: see uplink->lost */
};

/*
 * The connection that was requested.
 */
struct uplink_connection {
	int socket;	     /* the caller's, when UPLINK_OK */
	int error;	     /* when UPLINK_FAILED: an errno, or a negative EAI_ code */
	uint32_t resolve_us; /* microseconds spent on the name */
	uint32_t connect_us; /* microseconds spent on TCP */
};

/*
 * Sends the monitor `status`, a descriptor of our /proc/self/status, before the sandbox is sealed:
 * a sealed worker cannot pass a descriptor.
 */
enum uplink_result uplink_introduce(struct uplink *uplink, int status);

/*
 * Tells the monitor that the sandbox is sealed, with which Landlock ABI, and waits until it
 * confirms. *connects_first says whether to connect before the first request; if so, call
 * uplink_has_connected() afterwards.
 */
enum uplink_result uplink_ready(struct uplink *uplink, int landlock, bool *connects_first);
enum uplink_result uplink_has_connected(struct uplink *uplink);

/*
 * Waits for the next request, which stays in uplink->room until it is wiped there.
 */
enum uplink_result uplink_next(struct uplink *uplink, struct message *request);

/*
 * Sends the outcome of the request, which is wiped first: when the server has its reply, nothing of
 * the request is left here.
 */
enum uplink_result uplink_outcome(struct uplink *uplink, const struct message *request,
				  const struct outcome *outcome);

/*
 * Requests a TCP connection to the endpoint with this number, and waits for it until `deadline`
 * (clock.h).
 */
enum uplink_result uplink_connect(struct uplink *uplink, uint32_t endpoint, int64_t deadline,
				  struct uplink_connection *connection);

/*
 * Waits until one of `events` (poll(2)) or a hang-up happens to `socket`, and stores which in
 * *happened; at most until `deadline` (clock.h). Messages that arrive meanwhile are taken off the
 * channel.
 */
enum uplink_result uplink_wait(struct uplink *uplink, int socket, short events, int64_t deadline,
			       short *happened);

/*
 * Has the monitor write a line to the log. A line that cannot be sent is lost.
 */
void uplink_note(struct uplink *uplink, enum log_level level, const char *text);

#endif
