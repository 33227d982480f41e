/* SPDX-License-Identifier: ISC */
#include "https/transfer.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>

static int
on_socket(CURL *easy, curl_socket_t socket, int what, void *context, void *unused)
{
	struct transfer *transfer = context;

	(void)easy;
	(void)unused;
	if (what == CURL_POLL_REMOVE) {
		transfer->socket = -1;
		return 0;
	}
	transfer->socket = socket;
	transfer->events = (short)(((what & CURL_POLL_IN) ? POLLIN : 0) |
				   ((what & CURL_POLL_OUT) ? POLLOUT : 0));
	return 0;
}

static int
on_timer(CURLM *multi, long timeout_ms, void *context)
{
	struct transfer *transfer = context;

	(void)multi;
	transfer->timer =
		timeout_ms < 0 ? CLOCK_NEVER : clock_now() + timeout_ms * CLOCK_MILLISECOND;
	return 0;
}

int
transfer_open(struct transfer *transfer, long kept_max, struct fault *fault)
{
	*transfer = (struct transfer){ curl_multi_init(), -1, 0, CLOCK_NEVER };
	if (transfer->multi == NULL)
		return fault_set(fault, "out of memory");
	if (curl_multi_setopt(transfer->multi, CURLMOPT_SOCKETFUNCTION, on_socket) != CURLM_OK ||
	    curl_multi_setopt(transfer->multi, CURLMOPT_SOCKETDATA, transfer) != CURLM_OK ||
	    curl_multi_setopt(transfer->multi, CURLMOPT_TIMERFUNCTION, on_timer) != CURLM_OK ||
	    curl_multi_setopt(transfer->multi, CURLMOPT_TIMERDATA, transfer) != CURLM_OK ||
	    curl_multi_setopt(transfer->multi, CURLMOPT_MAXCONNECTS, kept_max) != CURLM_OK)
		return fault_set(fault, "libcurl does not take its callbacks");
	return 0;
}

void
transfer_close(struct transfer *transfer)
{
	curl_multi_cleanup(transfer->multi);
	transfer->multi = NULL;
}

static bool
is_done(struct transfer *transfer, CURLcode *code)
{
	const CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(transfer->multi, &left)) != NULL) {
		if (message->msg == CURLMSG_DONE) {
			*code = message->data.result;
			return true;
		}
	}
	return false;
}

static int
curl_events(short revents)
{
	return ((revents & POLLIN) ? CURL_CSELECT_IN : 0) |
	       ((revents & POLLOUT) ? CURL_CSELECT_OUT : 0) |
	       ((revents & (POLLERR | POLLHUP | POLLNVAL)) ? CURL_CSELECT_ERR : 0);
}

static enum transfer_end
run(struct transfer *transfer, int host, const int64_t *deadline, CURLcode *code)
{
	int running;

	while (!is_done(transfer, code)) {
		struct pollfd fds[] = {
			{ host, 0, 0 }, /* hang-up only: a next frame may wait */
			{ transfer->socket, transfer->events, 0 },
		};
		int ready;

		if (transfer->timer <= clock_now()) {
			transfer->timer = CLOCK_NEVER;
			(void)curl_multi_socket_action(transfer->multi, CURL_SOCKET_TIMEOUT, 0,
						       &running);
			continue;
		}
		ready = poll(fds, 2, clock_poll_timeout(clock_earlier(*deadline, transfer->timer)));
		if (ready < 0 && errno != EINTR)
			return TRANSFER_TIMED_OUT;
		if (ready > 0 && (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
			return TRANSFER_HOST_GONE;
		if (clock_now() >= *deadline)
			return TRANSFER_TIMED_OUT;
		if (ready > 0 && fds[1].revents != 0)
			(void)curl_multi_socket_action(transfer->multi, fds[1].fd,
						       curl_events(fds[1].revents), &running);
	}
	return TRANSFER_DONE;
}

enum transfer_end
transfer_run(struct transfer *transfer, CURL *easy, int host, const int64_t *deadline,
	     CURLcode *code)
{
	enum transfer_end end;

	*code = CURLE_FAILED_INIT;
	if (curl_multi_add_handle(transfer->multi, easy) != CURLM_OK)
		return TRANSFER_DONE;
	end = run(transfer, host, deadline, code);
	(void)curl_multi_remove_handle(transfer->multi, easy);
	return end;
}
