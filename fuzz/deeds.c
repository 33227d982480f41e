/* SPDX-License-Identifier: ISC */
#include "deeds.h"

#include "base/fault.h"
#include "fuzz.h"
#include "monitor/connector.h"
#include "sandbox/confirm.h"
#include "settings/endpoint.h"

#include <signal.h>

struct deeds deeds;

/* Replace functions of the program and of the C library. */
int __wrap_kill(pid_t pid, int number);
int __wrap_confirm_sealed(int file, pid_t pid, bool bounded, struct fault *fault);
void __wrap_connector_start(struct connector *connector, const struct endpoint *endpoint,
			    int64_t deadline);

int
__wrap_kill(pid_t pid, int number)
{
	MUST(pid == DEEDS_PID && number == SIGKILL);
	deeds.killed++;
	return 0;
}

int
__wrap_confirm_sealed(int file, pid_t pid, bool bounded, struct fault *fault)
{
	(void)bounded;
	(void)fault;
	MUST(pid == DEEDS_PID);
	deeds.confirmed += file >= 0;
	return file >= 0 ? 0 : -1;
}

void
__wrap_connector_start(struct connector *connector, const struct endpoint *endpoint,
		       int64_t deadline)
{
	(void)connector;
	(void)deadline;
	deeds.wanted = endpoint;
}
