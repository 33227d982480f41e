/* SPDX-License-Identifier: ISC */
/* A worker's library makes a call that the policies do not know, before the worker is sealed. */
#define _DEFAULT_SOURCE
#include "base/fault.h"
#include "settings/settings.h"
#include "worker/user_name.h"

#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

int __real_user_name_open(struct user_name *name, enum log_users shown, struct fault *fault);
int __wrap_user_name_open(struct user_name *name, enum log_users shown, struct fault *fault);

int
__wrap_user_name_open(struct user_name *name, enum log_users shown, struct fault *fault)
{
	int timer = timerfd_create(CLOCK_MONOTONIC, 0);

	if (timer >= 0)
		(void)close(timer);
	return __real_user_name_open(name, shown, fault);
}
