/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "operator/ask.h"

#include "base/fault.h"
#include "base/secret.h"
#include "base/view.h"
#include "base/wipe.h"
#include "base/writer.h"
#include "core/frame.h"
#include "core/operation.h"
#include "core/verdict.h"
#include "ipc/outcome.h"
#include "ipc/worker_context.h"
#include "operator/ask_print.h"
#include "operator/probe.h"
#include "settings/command_line.h"
#include "settings/settings.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Switches the echo of the terminal on standard input. */
static void
set_echo(bool echo)
{
	struct termios mode;

	if (tcgetattr(STDIN_FILENO, &mode) < 0)
		return;
	if (echo)
		mode.c_lflag |= (tcflag_t)ECHO;
	else
		mode.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &mode);
}

/* The signal that came while a password was typed. */
static volatile sig_atomic_t interruption;

static void
on_signal(int number)
{
	interruption = number;
}

/* Appends the first line of standard input, byte by byte: a buffer of the C library would keep a
 * copy. Signals outside the mask `waiting`, if it is given, arrive only during the wait, and end
 * it. */
static void
append_line(struct writer *writer, const sigset_t *waiting)
{
	struct pollfd input = { STDIN_FILENO, POLLIN, 0 };
	uint8_t byte;

	while (ppoll(&input, 1, NULL, waiting) == 1 && read(STDIN_FILENO, &byte, 1) == 1 &&
	       byte != '\n')
		writer_byte(writer, byte);
}

/* Reads a password from a terminal, whose echo is restored even after ^C. */
static void
append_typed(struct writer *writer)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_handler = on_signal }, before[sizeof(ends) / sizeof(*ends)];
	sigset_t blocked, waiting;
	size_t i;

	(void)sigemptyset(&blocked);
	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		(void)sigaddset(&blocked, ends[i]);
	(void)sigprocmask(SIG_BLOCK, &blocked, &waiting);
	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		(void)sigaction(ends[i], &action, &before[i]);
		if (before[i].sa_handler == SIG_IGN) /* as for nohup */
			(void)sigaction(ends[i], &before[i], NULL);
	}
	set_echo(false); /* before the prompt, because it discards earlier input */
	(void)fputs("Password: ", stderr);
	append_line(writer, &waiting);
	set_echo(true);
	(void)fputc('\n', stderr);
	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		(void)sigaction(ends[i], &before[i], NULL);
	if (interruption != 0)
		(void)raise(interruption);
	(void)sigprocmask(SIG_SETMASK, &waiting, NULL);
}

static void
append_password(struct writer *writer)
{
	if (isatty(STDIN_FILENO) == 1)
		append_typed(writer);
	else
		append_line(writer, NULL);
}

/* Writes the frame that a server would send. */
static int
make_frame(const struct command_line *line, struct writer *writer, struct fault *fault)
{
	const char *at = strrchr(line->ask_account, '@');
	struct view user,
		name = { (const uint8_t *)line->ask_operation, strlen(line->ask_operation) };
	enum operation operation;

	if (!operation_find(name, &operation))
		return fault_set(fault, "%s is not one of the operations " OPERATION_NAMES,
				 line->ask_operation);
	if (at == NULL)
		return fault_set(fault, "%s is not USER@HOST", line->ask_account);
	user = (struct view){ (const uint8_t *)line->ask_account,
			      (size_t)(at - line->ask_account) };
	writer->size = FRAME_HEADER_SIZE; /* filled in at the end */
	writer_text(writer, line->ask_operation);
	writer_byte(writer, ':');
	writer_view(writer, user);
	writer_byte(writer, ':');
	writer_text(writer, at + 1);
	if (operation_has_password(operation)) {
		writer_byte(writer, ':');
		append_password(writer);
	}
	if (writer->full)
		return fault_set(fault, "user, host and password do not fit into one frame");
	frame_encode_header(writer->size - FRAME_HEADER_SIZE, writer->data);
	return 0;
}

static int
status_of(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_GRANTED:
		return ASK_GRANTED;
	case VERDICT_REFUSED:
		return ASK_REFUSED;
	case VERDICT_UNAVAILABLE:
		break;
	}
	return ASK_UNAVAILABLE;
}

/* Makes the frame and sends it. Afterwards this process is sealed. */
static int
send_frame(const struct command_line *line, const struct monitor_context *context,
	   struct probe_result *result, struct fault *fault)
{
	/* after the seal the C library cannot find out which size it should have */
	static char buffer[BUFSIZ];
	struct writer writer = { secret_map(FRAME_SIZE_MAX, fault), FRAME_SIZE_MAX, 0, false };
	int replied;

	if (writer.data == NULL || make_frame(line, &writer, fault) < 0)
		return -1;
	(void)setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	replied = probe_run(context, (struct view){ writer.data, writer.size },
			    WORKER_ALL_ENDPOINTS, true, result, fault);
	wipe(writer.data, writer.size);
	return replied;
}

int
ask_run(const struct command_line *line, const struct monitor_context *context)
{
	static struct probe_result result;
	static struct settings *settings; /* never freed: the process ends in too many ways */
	struct fault fault;
	int replied = -1;

	settings = settings_load(line, &fault);
	if (settings != NULL)
		replied = send_frame(line, context, &result, &fault);
	if (replied < 0) {
		(void)fprintf(stderr, "extauth-https: %s\n", fault.text);
		_exit(ASK_UNAVAILABLE);
	}
	if (!result.complete)
		(void)snprintf(result.reason, sizeof(result.reason),
			       "the program does not serve; see the messages above, and --check");
	ask_print(settings, &result, line->as_json);
	(void)fflush(stdout);
	/* exit handlers of libraries would violate the seal */
	_exit(status_of(result.outcome.verdict));
}
