/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "operator/check_command.h"

#include "base/fault.h"
#include "base/view.h"
#include "core/frame.h"
#include "core/xmpp_server.h"
#include "monitor/monitor.h"
#include "operator/check.h"
#include "operator/compare.h"
#include "operator/finding.h"
#include "operator/probe_frame.h"
#include "operator/server_config.h"
#include "operator/server_find.h"
#include "operator/shell_words.h"
#include "operator/trial.h"
#include "settings/command_line.h"
#include "settings/settings.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the server's shell searches for a program without a path. */
#define SHELL_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* What ejabberd does if its programs end at once, or cannot be started. */
#define RESTART                                                                      \
	"; then restart the server: it has given up external authentication, and a " \
	"reload does not bring it back"

/* Finds a program as the shell does. False: not found. */
static bool
find_program(const char *name, char path[PATH_MAX])
{
	const char *folder = SHELL_PATH;

	(void)snprintf(path, PATH_MAX, "%s", name);
	if (strchr(name, '/') != NULL)
		return access(path, F_OK) == 0;
	while (*folder != '\0') {
		size_t length = strcspn(folder, ":");

		(void)snprintf(path, PATH_MAX, "%.*s/%s", (int)length, folder, name);
		if (access(path, X_OK) == 0)
			return true;
		folder += length + (folder[length] == ':');
	}
	(void)snprintf(path, PATH_MAX, "%s", name);
	return false;
}

/* True when `path` is the running program. */
static bool
is_this_program(const char *path)
{
	struct stat there, here;

	return stat(path, &there) == 0 && stat("/proc/self/exe", &here) == 0 &&
	       there.st_dev == here.st_dev && there.st_ino == here.st_ino;
}

/* Checks the program's file. Returns true when it can be started. */
static bool
check_program(struct findings *findings, const char *name, const char *command)
{
	char path[PATH_MAX], here[PATH_MAX], cure[PATH_MAX + 600];
	ssize_t size = readlink("/proc/self/exe", here, sizeof(here) - 1);

	here[size > 0 ? size : 0] = '\0';
	command += strspn(command, " ");
	(void)snprintf(cure, sizeof(cure), "extauth_program: \"%s%.300s\"" RESTART, here,
		       command + strcspn(command, " "));
	if (!find_program(name, path)) {
		finding_report(findings, FINDING_FAILED, "program", cure,
			       "extauth_program is %s, which cannot be found: %s", path,
			       strerror(errno));
		return false;
	}
	if (access(path, X_OK) < 0) {
		finding_report(findings, FINDING_FAILED, "program",
			       "chmod 0755, and let the server's user search the directories "
			       "above" RESTART,
			       "extauth_program is %s, and the server's user cannot execute it: %s",
			       path, strerror(errno));
		return false;
	}
	if (is_this_program(path))
		finding_report(findings, FINDING_OK, "program", NULL,
			       "the server starts %s, which is this program", path);
	else
		finding_report(findings, FINDING_WARNING, "program", cure,
			       "the server starts %s, which is not this program (%s)", path, here);
	return true;
}

/* Each host of the server must have an API. */
static void
check_routes(struct findings *findings, const struct settings *settings,
	     const struct server_config *config, const char *command)
{
	size_t i;

	for (i = 0; i < config->count; i++) {
		const struct server_host *host = &config->hosts[i];
		struct view name = { (const uint8_t *)host->name, strlen(host->name) };

		if (host->external && strcmp(host->program, command) == 0 &&
		    settings_route(settings, name) == settings_api_count(settings))
			finding_report(findings, FINDING_FAILED, "hosts",
				       "add it to \"hosts\" in the settings file",
				       "the server serves %s, which is not listed in \"hosts\"",
				       host->name);
	}
}

/* The server that starts the program must be the one that --server names: each misreads the
 * other's replies. */
static void
check_kind(struct findings *findings, const struct settings *settings,
	   const struct server_config *config)
{
	if (settings->server == SERVER_EJABBERD && config->server == SERVER_MONGOOSEIM)
		finding_report(
			findings, FINDING_FAILED, "server",
			"add --server mongooseim to the program's options",
			"MongooseIM starts it without --server mongooseim: it hangs in an outage");
	else if (settings->server != SERVER_EJABBERD && config->server == SERVER_EJABBERD)
		finding_report(
			findings, FINDING_WARNING, "server",
			"remove --server, unless this ejabberd is older than 18.06",
			"ejabberd starts it with --server %s: an outage is reported as a refusal",
			xmpp_server_name(settings->server));
}

/* Compares the settings of a command with those that were checked. */
static void
check_own_settings(struct findings *findings, const struct command_check *check,
		   struct settings *settings, const struct command_line *line)
{
	struct monitor_context context = *check->context;
	const char *host = findings->host;
	char keys[300];

	context.line = line;
	context.server = settings->server;
	if (check->checked != NULL &&
	    !compare_settings(check->checked, settings, keys, sizeof(keys)))
		return;
	if (check->checked != NULL)
		finding_report(findings, FINDING_WARNING, "settings",
			       "run --check without options, to use those of the server",
			       "the server starts it with other settings (%s), checked below",
			       keys);
	findings->host = NULL;
	check_settings(findings, settings, &context, check->place);
	findings->host = host;
}

static void
check_words(struct findings *findings, const struct command_check *check,
	    const struct server_config *config, const struct shell_words *words,
	    const char *command)
{
	struct command_line line;
	struct settings *settings = NULL;
	struct fault fault;

	if (command_line_read(&line, words->count, words->list, &fault) == 0) {
		if (line.mode != MODE_SERVE)
			(void)fault_set(&fault, "it does not serve with that option");
		else
			settings = settings_load(&line, &fault);
	}
	if (settings == NULL) {
		finding_report(findings, FINDING_FAILED, "settings",
			       "correct extauth_program, or the settings file that it names",
			       "refused to serve: %s", fault.text);
		return;
	}
	check_kind(findings, settings, config);
	check_routes(findings, settings, config, command);
	check_own_settings(findings, check, settings, &line);
	settings_free(settings);
}

/* Starts it as the server does. A failure that was reported above has its cause there. */
static void
try_command(struct findings *findings, const struct server_host *host)
{
	uint8_t frame[PROBE_FRAME_MAX], reply[FRAME_REPLY_SIZE];
	char words[TRIAL_WORDS_MAX];
	struct view view = { frame, probe_frame_exists(host->name, frame) };
	struct fault fault;

	if (trial_run(host->program, view, reply, words, &fault) < 0)
		finding_report(findings, FINDING_FAILED, "program",
			       "correct extauth_program, and read the program's messages" RESTART,
			       "started as the server starts it, %s%s%s", fault.text,
			       words[0] != '\0' ? ": " : "", words);
	else if (reply[0] != 0 || reply[1] != FRAME_REPLY_SIZE - 2)
		finding_report(findings, FINDING_FAILED, "program",
			       "name extauth-https as extauth_program" RESTART,
			       "started as the server starts it, it sends an invalid reply: %02x "
			       "%02x %02x %02x",
			       reply[0], reply[1], reply[2], reply[3]);
	else if (reply[2] != 0 || reply[3] > 1)
		finding_report(findings, FINDING_FAILED, "program",
			       "its log has the reason; or try --ask isuser USER@HOST",
			       "started as the server starts it, it replies \"unavailable\"%s%s",
			       words[0] != '\0' ? ": " : "", words);
	else
		finding_report(findings, FINDING_OK, "program", NULL,
			       "started as the server starts it, it replies");
}

static bool
is_told_already(const struct server_config *config, size_t number)
{
	size_t i;

	for (i = 0; i < number; i++) {
		if (config->hosts[i].external &&
		    strcmp(config->hosts[i].program, config->hosts[number].program) == 0)
			return true;
	}
	return false;
}

void
check_command(struct findings *findings, const struct command_check *check,
	      const struct server_config *config, size_t number)
{
	const struct server_host *host = &config->hosts[number];
	unsigned int failures = findings->failures;
	struct shell_words words;
	struct fault fault;

	if (is_told_already(config, number))
		return;
	if (shell_words_split(&words, host->program, &fault) < 0) {
		finding_report(findings, FINDING_WARNING, "program",
			       "write it as plain words, without shell features",
			       "extauth_program cannot be compared: %s", fault.text);
	} else {
		/* we cannot interpret the messages of another program */
		if (check_program(findings, words.list[0], host->program) &&
		    strstr(words.list[0], "extauth-https") != NULL)
			check_words(findings, check, config, &words, host->program);
		shell_words_free(&words);
	}
	if (findings->failures == failures && getuid() == check->place->user)
		try_command(findings, host);
}
