/* SPDX-License-Identifier: ISC */
/*
 * An attacker's code in the processes of the real program, put there by the linker
 * (--wrap) where a fault in a library would: in the worker once it is sealed, at the
 * worker's end of the channel before it is, and in the sealed resolver. README.md
 * says how a test chooses an attack; nothing of this is in the program that is
 * installed.
 */
#define _GNU_SOURCE
#include "attacker.h"

#include "base/fault.h"
#include "base/view.h"
#include "ipc/message.h"
#include "ipc/uplink.h"
#include "monitor/worker_process.h"
#include "sandbox/landlock.h"

#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Seconds of processor time after which even a successful attacker ends, so that tests leave
 * none to the machine. */
#define TESTED_FOR 20

int __wrap_environment_drop(char **argv, struct fault *fault);
int __real_worker_process_start(struct worker_process *worker, struct settings *settings,
				const struct worker_process *before, bool connects_first,
				const struct worker_surroundings *surroundings,
				struct fault *fault);
int __wrap_worker_process_start(struct worker_process *worker, struct settings *settings,
				const struct worker_process *before, bool connects_first,
				const struct worker_surroundings *surroundings,
				struct fault *fault);
enum uplink_result __real_uplink_introduce(struct uplink *uplink, int status);
enum uplink_result __wrap_uplink_introduce(struct uplink *uplink, int status);
enum uplink_result __real_uplink_next(struct uplink *uplink, struct message *request);
enum uplink_result __wrap_uplink_next(struct uplink *uplink, struct message *request);
int __real_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		       struct addrinfo **list);
int __wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		       struct addrinfo **list);

/* What the environment variable BREACH says: STAGE:ATTACK:WORKERS:ARGUMENT. */
static struct {
	char stage[16];	 /* "start", "ready" or "lookup" */
	char attack[40]; /* its name */
	int workers;	 /* this many attack, and later ones do not; below 0: the opposite */
	char argument[200];
} order;

static uint32_t landlock; /* the ABI: a sealed process cannot ask for it */

/* The environment of this variant is not dropped by a second execution: the order would be lost. */
int
__wrap_environment_drop(char **argv, struct fault *fault)
{
	const struct rlimit seconds = { TESTED_FOR, TESTED_FOR };
	const char *text = getenv("BREACH");

	landlock = (uint32_t)landlock_abi();
	(void)argv;
	(void)setrlimit(RLIMIT_CPU, &seconds);
	if (text != NULL)
		(void)sscanf(text, "%15[^:]:%39[^:]:%d:%199[^\n]", order.stage, order.attack,
			     &order.workers, order.argument);
	if (clearenv() != 0 || setenv("TZ", "UTC0", 1) != 0)
		return fault_set(fault, "the environment cannot be changed");
	tzset();
	return 0;
}

static int started; /* workers */

int
__wrap_worker_process_start(struct worker_process *worker, struct settings *settings,
			    const struct worker_process *before, bool connects_first,
			    const struct worker_surroundings *surroundings, struct fault *fault)
{
	started++;
	return __real_worker_process_start(worker, settings, before, connects_first, surroundings,
					   fault);
}

static bool
is_turn(void)
{
	return order.workers > 0 ? started <= order.workers : started > -order.workers;
}

static bool
is_ordered(const char *stage)
{
	return strcmp(order.stage, stage) == 0 && is_turn();
}

bool
argument_is(const struct scene *scene, const char *text)
{
	return strcmp(scene->argument, text) == 0;
}

_Noreturn void
spin(void)
{
	volatile unsigned int rounds = 0;

	for (;;)
		rounds++;
}

_Noreturn void
survived(void)
{
	_exit(EXIT_SURVIVED);
}

static void
carry_out(const char *name, int channel, const struct message *request, const char *argument)
{
	static const struct attack *const lists[] = { attacks_by_message, attacks_by_call,
						      attacks_of_resolver };
	const struct scene scene = {
		.channel = channel,
		.number = request != NULL ? request->number : 0,
		.deadline = request != NULL ? request->deadline : 0,
		.landlock = landlock,
		.argument = argument,
	};
	const struct attack *attack;
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (attack = lists[i]; attack->name != NULL; attack++) {
			if (strcmp(attack->name, name) == 0) {
				attack->carry_out(&scene);
				return;
			}
		}
	}
	_exit(99); /* the tests misspell it */
}

/* Before it is sealed it may pass descriptors, but is in its monitor's sandbox. */
enum uplink_result
__wrap_uplink_introduce(struct uplink *uplink, int status)
{
	if (is_ordered("start"))
		carry_out(order.attack, uplink->channel, NULL, order.argument);
	return __real_uplink_introduce(uplink, status);
}

/* A request for the user "attack-NAME" is an order, too; its password is the argument. */
static void
obey(int channel, const struct message *request)
{
	static const char before[] = "auth:attack-", between[] = ":example.org:";
	char text[512] = "", *argument;
	size_t size = request->text.size < sizeof(text) ? request->text.size : sizeof(text) - 1;

	memcpy(text, request->text.data, size);
	argument = strstr(text, between);
	if (strncmp(text, before, sizeof(before) - 1) != 0 || argument == NULL || !is_turn())
		return;
	*argument = '\0';
	carry_out(text + sizeof(before) - 1, channel, request, argument + sizeof(between) - 1);
}

/* Sealed, and waiting for a request. */
enum uplink_result
__wrap_uplink_next(struct uplink *uplink, struct message *request)
{
	enum uplink_result result;

	if (is_ordered("ready"))
		carry_out(order.attack, uplink->channel, NULL, order.argument);
	result = __real_uplink_next(uplink, request);
	if (result == UPLINK_OK)
		obey(uplink->channel, request);
	return result;
}

/* In the sealed resolver; the monitor itself only reads addresses with this. */
int
__wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		   struct addrinfo **list)
{
	if (strcmp(order.stage, "lookup") == 0 && (hints->ai_flags & AI_NUMERICHOST) == 0)
		carry_out(order.attack, STDIN_FILENO, NULL, order.argument);
	return __real_getaddrinfo(node, service, hints, list);
}
