/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE

#include "base/fault.h"
#include "base/safe_path.h"
#include "base/secret.h"
#include "base/version.h"
#include "ipc/worker_context.h"
#include "monitor/monitor.h"
#include "operator/ask.h"
#include "operator/check.h"
#include "operator/server_find.h"
#include "sandbox/environment.h"
#include "sandbox/kernel_log.h"
#include "sandbox/libraries.h"
#include "sandbox/policy.h"
#include "sandbox/privileges.h"
#include "sandbox/relocations.h"
#include "sandbox/sandbox.h"
#include "sandbox/walls.h"
#include "settings/command_line.h"
#include "settings/setting.h"
#include "settings/settings.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define EXIT_USAGE 2

/* The user to become if the settings name none. */
static const char *
standard_user(void)
{
	struct fault ignored;

	return setting_find("user", &ignored)->standard;
}

/* Finds out which user is to run this, and becomes that user. */
static int
drop_privileges(const struct command_line *line, bool *bounded, struct fault *fault)
{
	struct settings *settings = NULL;
	struct fault ignored; /* ignored: the settings are read again, as that user */
	int result;

	if (getuid() == 0)
		settings = settings_load(line, &ignored);
	result = privileges_drop(settings != NULL ? settings->user : standard_user(), bounded,
				 fault);
	safe_path_note_user(); /* which is another one now */
	settings_free(settings);
	return result;
}

/* True when this mode runs the program as it would serve. */
static bool
needs_user(enum mode mode)
{
	return mode == MODE_SERVE || mode == MODE_ASK || mode == MODE_CHECK;
}

/* Becomes the user to run as: started as root, --check runs as the XMPP server's user. */
static int
become_user(const struct command_line *line, struct server_place *place, bool *bounded,
	    struct fault *fault)
{
	if (line->mode == MODE_CHECK) {
		server_find(place, line->server_config);
		if (server_become_user(place, fault) < 0)
			return -1;
	}
	return drop_privileges(line, bounded, fault);
}

/* Reads the command line and gives up what must not be kept. Returns 0 when the program can
 * serve. */
static int
prepare(struct monitor_context *context, struct command_line *line, struct server_place *place,
	int argc, char **argv, struct fault *fault)
{
	struct fault worse;

	monitor_hold_signals();
	(void)prctl(PR_SET_NAME, "extauth-https", 0, 0, 0);
	safe_path_note_user();
	if (relocations_protect(fault) < 0 || environment_drop(argv, fault) < 0 ||
	    environment_tidy_descriptors(fault) < 0 || secret_install_allocator(fault) < 0)
		return -1;
	context->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	context->kernel_log = kernel_log_open(); /* only possible with privileges */
	if (command_line_read(line, argc, argv, fault) < 0) {
		/* privileges that remain are worse than a wrong option */
		if (privileges_drop(standard_user(), &context->bounded, &worse) < 0)
			*fault = worse;
		return -1;
	}
	if (line->mode != MODE_SERVE)
		monitor_release_signals();
	return needs_user(line->mode) ? become_user(line, place, &context->bounded, fault) : 0;
}

/* On a terminal, print what is wrong instead of standing by. */
static int
check_settings_early(const struct command_line *line, struct fault *fault)
{
	struct settings *settings;

	if (line->mode == MODE_CHECK && !line->has_settings)
		return 0; /* --check uses the server's privileges */
	settings = settings_load(line, fault);
	settings_free(settings);
	return settings != NULL ? 0 : -1;
}

static void
print_version(void)
{
	const struct scmp_version *seccomp = seccomp_version();
	const char *libc_version, *libc = libraries_libc(&libc_version);

	printf("extauth-https %s\n"
	       "%s\n"
	       "libseccomp/%u.%u.%u cJSON/%s %s/%s\n"
	       "a forbidden system call %s\n",
	       VERSION, curl_version(), seccomp->major, seccomp->minor, seccomp->micro,
	       cJSON_Version(), libc, libc_version, sandbox_violation_text());
}

/* The modes that print something and exit. Returns the exit status. */
static int
print(enum mode mode)
{
	switch (mode) {
	case MODE_SERVE:
	case MODE_ASK:
	case MODE_CHECK:
	case MODE_SYNTAX:
		break;
	case MODE_HELP:
		command_line_help();
		break;
	case MODE_VERSION:
		print_version();
		break;
	case MODE_PRINT_POLICY:
		policy_print_all();
		printf("\n");
		walls_print_all();
		break;
	}
	return fflush(stdout) == 0 && ferror(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	struct monitor_context context = {
		.server_in = STDIN_FILENO,
		.kernel_log = -1,
		.null = -1,
		.observer = -1,
		.only_endpoint = WORKER_ALL_ENDPOINTS,
	};
	struct command_line line = { .mode = MODE_SERVE };
	struct fault fault;
	struct server_place place = { .path = "" };
	bool ready = prepare(&context, &line, &place, argc, argv, &fault) == 0;

	if (ready && !needs_user(line.mode) && line.mode != MODE_SYNTAX)
		return print(line.mode);
	if ((isatty(STDIN_FILENO) || line.mode != MODE_SERVE) &&
	    (!ready || check_settings_early(&line, &fault) < 0)) {
		(void)fprintf(stderr, "extauth-https: %s\n", fault.text);
		return EXIT_USAGE;
	}
	if (ready && line.mode == MODE_SYNTAX)
		return EXIT_SUCCESS;
	libraries_load();
	context.line = ready ? &line : NULL;
	context.complaint = ready ? NULL : fault.text;
	context.server = settings_guess_server(argc, argv);
	if (ready && line.mode == MODE_ASK)
		return ask_run(&line, &context);
	if (ready && line.mode == MODE_CHECK)
		return check_run(&line, &context, &place);
	context.server_out = environment_take_output(&fault);
	if (context.server_out < 0) { /* it can only stand by, which writes nothing */
		context.server_out = STDOUT_FILENO;
		context.complaint = fault.text;
	}
	_exit(monitor_run(&context));
}
