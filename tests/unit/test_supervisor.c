/* SPDX-License-Identifier: ISC */
/*
 * What the supervisor does when something happens. The server's pipes and the channels
 * are real; processes, the clock and the seal are the test's (--wrap in the Makefile),
 * which speaks for the workers at their end of the channel.
 *
 * A life is a list of events, each with what must be done because of it, and nothing
 * else:
 *
 *     starts N, kills N   a process; workers have the numbers 1, 2, 3 ...
 *     agrees N            tells a worker that it may serve; "first": that it is to connect first
 *     serves N            a worker has its turn
 *     asks N              hands the request to a worker
 *     yes, no, unknown    a reply to the server
 *     ends                the program is over
 */
#define _GNU_SOURCE
#include "supervisor_world.h"
#include "unit.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "core/frame.h"
#include "core/operation.h"
#include "core/verdict.h"
#include "ipc/channel.h"
#include "ipc/message.h"
#include "ipc/outcome.h"
#include "ipc/worker_context.h"
#include "monitor/gate.h"
#include "monitor/monitor.h"
#include "monitor/statistics.h"
#include "monitor/supervisor.h"
#include "monitor/worker_process.h"
#include "settings/command_line.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEPS_MAX  24
#define LIFE_MAX   20 /* seconds */
#define ROUNDS_MAX 20 /* more, and it never comes to rest */

/* A life is lived in a process of its own, in which cmocka must not go on. */
static void
must(bool true_here)
{
	if (true_here)
		return;
	(void)fprintf(stderr, "the test cannot go on after \"%s\"\n", done);
	_exit(1);
}

/* --- what can happen ------------------------------------------------------------------ */

static void
send_as(unsigned int worker, const struct message *message, int passed)
{
	(void)channel_send_message(children[worker].end, message, passed);
}

static void
show(unsigned int worker)
{
	struct message message = { .kind = MESSAGE_READY, .stage = MESSAGE_STATUS_FILE };
	int file = open("/dev/null", O_RDONLY | O_CLOEXEC);

	send_as(worker, &message, file);
	(void)close(file);
}

static void
seal(unsigned int worker)
{
	struct message message = {
		.kind = MESSAGE_READY,
		.stage = MESSAGE_SEALED,
		.landlock = LANDLOCK_ABI,
	};

	send_as(worker, &message, -1);
}

static void
get_ready(unsigned int worker)
{
	show(worker);
	seal(worker);
}

static void
have_connected(unsigned int worker)
{
	struct message message = { .kind = MESSAGE_READY, .stage = MESSAGE_HAS_CONNECTED };

	send_as(worker, &message, -1);
}

/* Takes a message from a worker's end; a REQUEST only when it `reads`. */
static void
look_at(unsigned int worker, bool reads)
{
	static uint8_t room[MESSAGE_SIZE_MAX];
	struct message message;
	ssize_t size;

	while ((size = recv(children[worker].end, room, sizeof(room), MSG_PEEK | MSG_DONTWAIT)) >
	       0) {
		must(message_read((struct view){ room, (size_t)size }, &message) == 0);
		if (message.kind == MESSAGE_REQUEST && children[worker].asked != message.number) {
			children[worker].asked = message.number;
			note("asks %u", worker);
		}
		if (message.kind == MESSAGE_REQUEST && !reads)
			return;
		(void)recv(children[worker].end, room, sizeof(room), MSG_DONTWAIT);
		if (message.kind == MESSAGE_SERVE)
			note("agrees %u%s", worker, message.connects_first ? " first" : "");
	}
}

static void
read_request(unsigned int worker)
{
	look_at(worker, true);
}

static void
answer(unsigned int worker, enum verdict verdict, uint32_t number)
{
	struct message message = {
		.kind = MESSAGE_OUTCOME,
		.number = number,
		.outcome = {
			.kind = OUTCOME_ASKED,
			.operation = OPERATION_AUTH,
			.verdict = verdict,
			.attempts = 1,
			.status = 200,
		},
	};

	read_request(worker);
	send_as(worker, &message, -1);
}

static void
grant(unsigned int worker)
{
	answer(worker, VERDICT_GRANTED, children[worker].asked);
}

static void
refuse(unsigned int worker)
{
	answer(worker, VERDICT_REFUSED, children[worker].asked);
}

static void
grant_another(unsigned int worker)
{
	answer(worker, VERDICT_GRANTED, children[worker].asked + 1);
}

/* The effects of signals come at the end of a round, as in monitor.c. */
static struct {
	pid_t pid;
	int status;
} deaths[CHILDREN_MAX];

static size_t death_count;
static bool reload, finish;

static void
die(unsigned int worker, int status)
{
	deaths[death_count].pid = FIRST_PID + (pid_t)worker;
	deaths[death_count++].status = status;
}

static void
send_frame(void)
{
	const struct view frame = VIEW("\0\12auth:a:b:c");

	must(write(server_out, frame.data, frame.size) == (ssize_t)frame.size);
}

static const struct {
	const char *event;
	void (*happens)(unsigned int worker);
} of_workers[] = {
	{ "shows", show },	   { "seals", seal },
	{ "is ready", get_ready }, { "has connected", have_connected },
	{ "reads", read_request }, { "grants", grant },
	{ "refuses", refuse },	   { "grants another", grant_another },
};

static const struct {
	const char *event;
	bool *what, value;
} of_the_world[] = {
	{ "HUP", &reload, true },
	{ "TERM", &finish, true },
	{ "bad settings", &settings_are_bad, true },
	{ "good settings", &settings_are_bad, false },
	{ "another port", &seal_is_bad, true },
	{ "seals fail", &is_sealed, false },
	{ "file changes", &file_has_changed, true },
};

/* When the supervisor has something to do by the clock. */
static int64_t
next_wake(void)
{
	struct pollfd fds[SUPERVISOR_FDS_MAX];
	int64_t wake = CLOCK_NEVER;

	(void)supervisor_wait(supervisor, fds, &wake);
	return wake;
}

/* An event of a worker. False when there is no such event. */
static bool
happen_to(unsigned int worker, const char *event)
{
	unsigned int number;
	size_t i;

	if (sscanf(event, "exits %u", &number) == 1) {
		die(worker, (int)number << 8);
		return true;
	}
	if (sscanf(event, "dies of %u", &number) == 1) {
		die(worker, (int)number);
		return true;
	}
	for (i = 0; i < COUNT(of_workers); i++) {
		if (strcmp(of_workers[i].event, event) == 0) {
			of_workers[i].happens(worker);
			return true;
		}
	}
	return false;
}

static bool
happen_in_the_world(const char *event)
{
	size_t i;

	for (i = 0; i < COUNT(of_the_world); i++) {
		if (strcmp(of_the_world[i].event, event) == 0) {
			*of_the_world[i].what = of_the_world[i].value;
			return true;
		}
	}
	return false;
}

static bool
happen(const char *event)
{
	unsigned int number;
	int size;

	if (sscanf(event, "+%u", &number) == 1) {
		now += number * CLOCK_SECOND;
		return true;
	}
	if (sscanf(event, "%u %n", &number, &size) == 1)
		return happen_to(number, event + size);
	if (strcmp(event, "due") == 0) {
		note("after %d s", (int)((next_wake() - now) / CLOCK_SECOND));
		now = next_wake();
	} else if (strcmp(event, "frame") == 0) {
		send_frame();
	} else if (strcmp(event, "replaced") == 0) {
		note("%d replaced", (int)statistics.replacements);
	} else if (strcmp(event, "hang-up") == 0) {
		(void)close(server_out);
	} else {
		return happen_in_the_world(event);
	}
	return true;
}

/* --- what is done --------------------------------------------------------------------- */

/* One round of the monitor's. False when nothing was there. */
static bool
turn(void)
{
	struct pollfd fds[GATE_FDS + SUPERVISOR_FDS_MAX];
	size_t gates = gate_wait(&gate, fds), count, i;
	int64_t wake = CLOCK_NEVER;
	bool happened;

	count = gates + supervisor_wait(supervisor, fds + gates, &wake);
	happened = poll(fds, count, 0) > 0;
	gate_step(&gate, fds, supervisor_allowed(supervisor));
	supervisor_hear(supervisor, fds + gates);
	for (i = 0; i < death_count; i++)
		must(supervisor_note_death(supervisor, deaths[i].pid, deaths[i].status));
	death_count = 0;
	if (reload)
		supervisor_reload(supervisor);
	if (finish)
		supervisor_finish(supervisor);
	reload = false;
	if (!supervisor_advance(supervisor) && !over) {
		over = true;
		note("ends");
	}
	return happened;
}

/* What worker and server have received. */
static void
look_around(void)
{
	static const char *const replies[] = { "no", "yes", "unknown" };
	uint8_t reply[FRAME_REPLY_SIZE];
	unsigned int i;

	for (i = 1; i <= born; i++)
		look_at(i, false);
	while (read(server_in, reply, sizeof(reply)) == (ssize_t)sizeof(reply))
		note("%s", replies[reply[FRAME_REPLY_SIZE - 1]]);
}

static void
begin(void)
{
	static char *arguments[] = { "extauth-https", "https://a", NULL };
	static const struct command_line line = { .argc = 2, .argv = arguments };
	static const struct monitor_context context = {
		.line = &line,
		.null = -1,
		.observer = -1,
		.kernel_log = -1,
		.only_endpoint = WORKER_ALL_ENDPOINTS,
	};
	int requests[2], replies[2];
	struct fault fault;

	sink = (struct log_sink){ .fd = fileno(tmpfile()) };
	must(pipe2(requests, O_NONBLOCK) == 0 && pipe2(replies, O_NONBLOCK) == 0);
	must(gate_open(&gate, requests[0], replies[1], &fault) == 0);
	server_out = requests[1];
	server_in = replies[0];
	now = 1000 * CLOCK_SECOND;
	is_sealed = true;
	supervisor = supervisor_begin(&(struct supervisor_parts){
		.context = &context,
		.gate = &gate,
		.log = &sink,
		.statistics = &statistics,
		.started = now,
	});
}

/* What happens at once, separated by ", ", and then one round after the other until
 * nothing is left to be done. */
static void
live_step(const char *events)
{
	char copy[DONE_MAX], *rest = copy, *event;
	int rounds = 0;

	(void)snprintf(copy, sizeof(copy), "%s", events);
	while ((event = strsep(&rest, ",")) != NULL)
		must(event[0] == '\0' || happen(event + strspn(event, " ")));
	while (turn() && !over)
		must(++rounds < ROUNDS_MAX);
	look_around();
}

struct step {
	const char *events, *does;
};

struct life {
	const char *name;
	struct step steps[STEPS_MAX];
};

/* Runs it, in a process of its own. Returns the number of differences. */
static int
live(const struct life *life)
{
	const struct step *step;
	int wrong = 0;

	begin();
	for (step = life->steps; step->events != NULL; step++) {
		live_step(step->events);
		if (strcmp(done, step->does) != 0) {
			(void)fprintf(stderr, "%s: \"%s\" does \"%s\", not \"%s\"\n", life->name,
				      step->events, done, step->does);
			wrong++;
		}
		done[0] = '\0';
	}
	return wrong;
}

#include "supervisor_lives.h"

static void
test_life(void **state)
{
	const struct life *life = *state;
	pid_t pid = __real_fork();
	int status;

	if (pid == 0) {
		(void)alarm(LIFE_MAX);
		exit(live(life));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int
main(void)
{
	struct CMUnitTest tests[COUNT(lives)];
	size_t i;

	for (i = 0; i < COUNT(lives); i++)
		tests[i] = (struct CMUnitTest){ lives[i].name, test_life, NULL, NULL,
						(void *)&lives[i] };
	return cmocka_run_group_tests_name("supervisor", tests, NULL, NULL);
}
