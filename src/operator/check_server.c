/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "operator/check.h"

#include "base/fault.h"
#include "core/xmpp_server.h"
#include "monitor/monitor.h"
#include "operator/api_groups.h"
#include "operator/check_command.h"
#include "operator/finding.h"
#include "operator/server_config.h"
#include "operator/server_find.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More programs than this are reported: the default is one for each processor and host. */
#define PROGRAMS_MAX 64

/* The first ejabberd in which auth_external_user_exists_check is on by default. */
#define EXISTS_CHECK_SINCE 2310

#define THREE_LINES "auth_method: [external], extauth_program and auth_use_cache: false"

static const char *
server_word(const struct server_config *config)
{
	return config->server == SERVER_MONGOOSEIM ? "mongooseim" : "ejabberd";
}

/* The server overrides a "no" to isuser for users who have logged in once. */
static bool
overrides_isuser(const struct server_host *host)
{
	return host->exists_check == SERVER_OPTION_ON ||
	       (host->exists_check == SERVER_OPTION_DEFAULT &&
		server_installed_ejabberd() >= EXISTS_CHECK_SINCE);
}

/* Options of the newest ejabberd that keep users out, or let them in without asking. */
static void
check_traps(struct findings *findings, const struct server_host *host)
{
	if (host->offers_scram)
		finding_report(findings, FINDING_FAILED, "ejabberd",
			       "remove auth_stored_password_types, or set disable_sasl_mechanisms "
			       "to the SCRAM ones",
			       "auth_stored_password_types is set: SCRAM is offered, and refused "
			       "without asking");
	if (host->hides_plain)
		finding_report(
			findings, FINDING_WARNING, "ejabberd",
			"remove plain from auth_password_types_hidden_in_sasl1",
			"auth_password_types_hidden_in_sasl1 has plain, which is the only way for "
			"clients without SASL2 to log in; ejabberd 26.07 offers it all the same");
	if (host->has_tokens)
		finding_report(findings, FINDING_WARNING, "ejabberd", "remove mod_auth_fast",
			       "mod_auth_fast logs users in for 30 days without asking, also when "
			       "their account is gone");
	if (overrides_isuser(host))
		finding_report(
			findings, FINDING_WARNING, "ejabberd",
			"auth_external_user_exists_check: false",
			"auth_external_user_exists_check is on: users who have logged in once "
			"exist for ejabberd, also when the API says that they do not");
	if (host->bans)
		finding_report(
			findings, FINDING_WARNING, "ejabberd",
			"raise c2s_max_auth_failures; see DAY TWO in extauth-https(8)",
			"mod_fail2ban counts an outage of the API as wrong passwords, and bans "
			"addresses for an hour");
}

static void
check_cache(struct findings *findings, const struct server_host *host)
{
	if (host->has_cache)
		finding_report(
			findings, FINDING_WARNING, "ejabberd", "auth_use_cache: false",
			"its own cache is on: a changed password takes effect after up to an hour");
	else
		finding_report(findings, FINDING_OK, "ejabberd", NULL,
			       "its own cache of passwords is off");
}

static bool
is_like(const struct server_host *host, const struct server_host *other)
{
	return strcmp(host->methods, other->methods) == 0 &&
	       strcmp(host->program, other->program) == 0 &&
	       strcmp(host->pool_size, other->pool_size) == 0 &&
	       host->has_cache == other->has_cache && host->offers_scram == other->offers_scram &&
	       host->hides_plain == other->hides_plain && host->has_tokens == other->has_tokens &&
	       host->bans == other->bans && host->exists_check == other->exists_check;
}

/* The first host with the same configuration. */
static size_t
first_like(const struct server_config *config, size_t number)
{
	size_t i = 0;

	while (i < number && !is_like(&config->hosts[i], &config->hosts[number]))
		i++;
	return i;
}

/* The names of the hosts with the same configuration, as far as they fit. */
static void
name_hosts(const struct server_config *config, size_t number, char *names, size_t room)
{
	size_t i, count = 0, length = 0;

	names[0] = '\0';
	for (i = number; i < config->count; i++) {
		if (first_like(config, i) != number)
			continue;
		length = strlen(names);
		if (count++ < API_GROUP_NAMES)
			(void)snprintf(names + length, room - length, "%s%s",
				       length > 0 ? ", " : "", config->hosts[i].name);
	}
	length = strlen(names);
	if (count > API_GROUP_NAMES)
		(void)snprintf(names + length, room - length, " and %zu more",
			       count - API_GROUP_NAMES);
}

static size_t
count_external(const struct server_config *config)
{
	size_t i, count = 0;

	for (i = 0; i < config->count; i++)
		count += config->hosts[i].external;
	return count;
}

/* A host that also has other accounts is fine; a server that never asks this program is not. */
static void
check_other_host(struct findings *findings, const struct server_config *config,
		 const struct server_host *host)
{
	if (count_external(config) > 0)
		finding_report(findings, FINDING_OK, server_word(config), NULL,
			       "host %s does not use this program: its auth_method is %s",
			       host->name,
			       host->methods[0] != '\0' ? host->methods : "the default");
	else
		finding_report(findings, FINDING_FAILED, server_word(config),
			       config->server == SERVER_MONGOOSEIM
				       ? "[auth.external] with program = \"...\""
				       : "add the three lines, and restart ejabberd: " THREE_LINES,
			       "%s: auth_method is %s, so no external program is asked",
			       config->path, host->methods[0] != '\0' ? host->methods : "not set");
}

static void
check_host(struct findings *findings, const struct command_check *command,
	   const struct server_config *config, size_t number)
{
	const struct server_host *host = &config->hosts[number];
	char names[API_GROUP_NAMES * SERVER_CONFIG_NAME_MAX + 32];

	if (!host->external) {
		check_other_host(findings, config, host);
		return;
	}
	name_hosts(config, number, names, sizeof(names));
	findings->host = names;
	if (host->program[0] == '\0')
		finding_report(findings, FINDING_FAILED, server_word(config),
			       "extauth_program: \"/usr/libexec/extauth-https URL\", and restart",
			       "%s names no extauth_program", config->path);
	else
		check_command(findings, command, config, number);
	if (config->server == SERVER_EJABBERD) {
		check_traps(findings, host);
		check_cache(findings, host);
	}
	findings->host = NULL;
}

static void
check_pool(struct findings *findings, const struct server_config *config)
{
	size_t external = count_external(config);
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (config->server != SERVER_EJABBERD || config->hosts[0].pool_size[0] != '\0' ||
	    processors < 1 || (size_t)processors * external <= PROGRAMS_MAX)
		return;
	finding_report(findings, FINDING_WARNING, "ejabberd",
		       "extauth_pool_size: 4, and one extauth_pool_name for hosts with the same "
		       "program",
		       "without extauth_pool_size it starts %zu programs: one for each of %ld "
		       "processors and %zu hosts",
		       (size_t)processors * external, processors, external);
}

void
check_server(struct findings *findings, struct settings *checked,
	     const struct monitor_context *context, const struct server_place *place)
{
	struct command_check command = { checked, context, place };
	struct server_config config;
	struct fault fault;
	size_t i;

	if (place->path[0] == '\0') {
		finding_report(findings, FINDING_OK, "server", NULL,
			       "no ejabberd.yml or mongooseim.toml was checked");
		return;
	}
	if (server_config_read(&config, place->path, &fault) < 0) {
		finding_report(findings, FINDING_FAILED, "server",
			       "run this as the server's user, name the file with "
			       "--server-config, or allow it in "
			       "/etc/apparmor.d/local/extauth-https",
			       "%s", fault.text);
		return;
	}
	for (i = 0; i < config.count; i++) {
		if (first_like(&config, i) == i)
			check_host(findings, &command, &config, i);
	}
	check_pool(findings, &config);
	server_config_free(&config);
}
