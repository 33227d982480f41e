/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "monitor/confinement.h"

#include "base/fault.h"
#include "base/log.h"
#include "base/log_level.h"
#include "ipc/worker_context.h"
#include "monitor/log_sink.h"
#include "monitor/rehearsal.h"
#include "sandbox/landlock.h"
#include "sandbox/policy.h"
#include "sandbox/sandbox.h"
#include "sandbox/walls.h"
#include "settings/api.h"
#include "settings/command_line.h"
#include "settings/endpoint.h"
#include "settings/setting.h"
#include "settings/settings.h"

#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Descriptors that a worker may have, which inherits the limit. The monitor needs standard
 * descriptors, replies, log, and for each of two workers a channel, a pipe to a resolver and a
 * socket per address. */
#define DESCRIPTORS_MAX WORKER_DESCRIPTORS_MAX

/* Of a resolver: standard descriptors, its pipe, a file, a socket per name server and some that
 * daemons pass. */
#define RESOLVER_DESCRIPTORS_MAX 32

/* A lookup takes milliseconds of processor time, and its answer some kilobytes. */
#define RESOLVER_CPU_MAX    5 /* seconds */
#define RESOLVER_MEMORY_MAX ((size_t)64 * 1024 * 1024)

#define DNS_PORT 53

/* What name resolution reads (symbolic links in /etc lead to some of these), and where each
 * process finds its own status: Landlock's rule for tracing hides what belongs to others. */
static const char *const readable[] = {
	"/etc",	     "/proc",		"/run/systemd/resolve",
	"/run/nscd", "/run/resolvconf", "/run/NetworkManager",
	NULL,
};

/* What a resolver reads. It is sealed for one lookup, so single files are enough, and symbolic
 * links are followed once. */
static const char *const name_sources[] = {
	"/etc/hosts",	   "/etc/resolv.conf", "/etc/nsswitch.conf",
	"/etc/host.conf",  "/etc/gai.conf",    "/etc/hostname",
	"/etc/mdns.allow", "/etc/localtime",   NULL,
};

/* Whether daemons of this machine resolve names, and are asked through AF_UNIX. */
static bool daemons_resolve;

/* True for a module that asks no daemon. */
static bool
asks_no_daemon(const char *module)
{
	static const char *const modules[] = { "files", "dns", "myhostname" };
	size_t i;

	for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		if (strcmp(module, modules[i]) == 0)
			return true;
	}
	return false;
}

void
confinement_load_names(void)
{
	char line[1024], *word, *rest;
	FILE *file = fopen("/etc/nsswitch.conf", "re");

	daemons_resolve =
		access("/run/nscd/socket", F_OK) == 0 || access("/var/run/nscd/socket", F_OK) == 0;
	if (file == NULL)
		return; /* then the C library uses its built-in default */
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, "hosts:", 6) != 0)
			continue;
		for (word = strtok_r(line + 6, " \t\n", &rest); word != NULL;
		     word = strtok_r(NULL, " \t\n", &rest)) {
			char name[64];

			if (word[0] == '[' || word[0] == '#' || strchr(word, '/') != NULL)
				continue;
			daemons_resolve = daemons_resolve || !asks_no_daemon(word);
			(void)snprintf(name, sizeof(name), "libnss_%.32s.so.2", word);
			/* a module that is not installed is skipped at lookups, too */
			(void)dlopen(name, RTLD_NOW);
		}
	}
	(void)fclose(file);
}

/* Allows the directory that holds `path`: a file is replaced by renaming another over it. Behind
 * a symbolic link, allows the directory of its target as well. */
static int
allow_directory_of(struct landlock *landlock, const char *path, struct fault *fault)
{
	char directory[PATH_MAX], target[PATH_MAX];

	if (path == NULL)
		return 0;
	(void)snprintf(directory, sizeof(directory), "%s", path);
	if (landlock_allow_read(landlock, dirname(directory), fault) < 0)
		return -1;
	if (realpath(path, target) == NULL)
		return 0;
	return landlock_allow_read(landlock, dirname(target), fault);
}

static int
allow_reading(struct landlock *landlock, const char *const *paths, struct fault *fault)
{
	for (; *paths != NULL; paths++) {
		if (landlock_allow_read(landlock, *paths, fault) < 0)
			return -1;
	}
	return 0;
}

int
confinement_seal(const struct confinement_outputs *outputs, const struct command_line *line,
		 struct fault *fault)
{
	struct sandbox_limits limits = {
		.descriptors = DESCRIPTORS_MAX,
		.may_fork = true,
		.may_write_files = outputs->files || outputs->metrics,
	};
	const struct policy *policies[4] = { &policy_monitor };
	size_t count = 1;

	if (outputs->log != NULL)
		policies[count++] = outputs->log;
	if (outputs->metrics)
		policies[count++] = &policy_monitor_metrics;
	policies[count] = NULL;
	confinement_load_names();
	if (walls_survey(fault) < 0 || walls_raise(WALLS_MONITOR, fault) < 0)
		return -1;
	if (sandbox_limit(&limits, fault) < 0 || rehearsal_run(policies, line, fault) < 0)
		return -1;
	return sandbox_seal(policies, fault);
}

int
confinement_seal_resolver(struct fault *fault)
{
	const struct sandbox_limits limits = {
		.descriptors = RESOLVER_DESCRIPTORS_MAX,
		.memory = RESOLVER_MEMORY_MAX,
		.cpu = RESOLVER_CPU_MAX,
	};
	const struct policy *const policies[] = {
		&policy_resolver,
		daemons_resolve ? &policy_resolver_daemons : &policy_resolver_alone,
		NULL,
	};
	struct landlock landlock;

	/* without them a resolver is sealed all the same */
	if (walls_raise(WALLS_RESOLVER, fault) < 0)
		log_message(LOG_DEBUG, "%s", fault->text);
	if (sandbox_limit(&limits, fault) < 0 || landlock_open(&landlock, fault) < 0 ||
	    allow_reading(&landlock, name_sources, fault) < 0 ||
	    landlock_allow_connect(&landlock, DNS_PORT, fault) < 0 ||
	    landlock_seal(&landlock, fault) < 0)
		return -1;
	return sandbox_seal(policies, fault);
}

/* The ports that TCP may reach, where Landlock can restrict them. */
static struct {
	bool restricted;
	uint8_t bits[(UINT16_MAX + 1) / 8];
} ports;

static uint16_t
port_of(const struct endpoint *endpoint)
{
	return (uint16_t)strtoul(endpoint->port, NULL, 10);
}

/* Every file that the settings of an API name, and its ports. */
static int
allow_api(struct landlock *landlock, const struct api *api, struct fault *fault)
{
	const char *path;
	size_t i = 0;

	if (allow_directory_of(landlock, api_ca_file(api), fault) < 0)
		return -1;
	while (setting_next_file(api, &i, &path) != NULL) {
		if (allow_directory_of(landlock, path, fault) < 0)
			return -1;
	}
	for (i = 0; i < api->endpoints.count; i++) {
		uint16_t port = port_of(&api->endpoints.list[i]);

		if (landlock_allow_connect(landlock, port, fault) < 0)
			return -1;
		ports.bits[port / 8] |= (uint8_t)(1U << port % 8);
	}
	ports.restricted = landlock->abi >= LANDLOCK_ABI_PORTS;
	return 0;
}

int
confinement_reaches(const struct settings *settings, struct fault *fault)
{
	size_t i, j;

	for (i = 0; ports.restricted && i < settings_api_count(settings); i++) {
		const struct endpoints *endpoints = &settings_api(settings, i)->endpoints;

		for (j = 0; j < endpoints->count; j++) {
			uint16_t port = port_of(&endpoints->list[j]);

			if ((ports.bits[port / 8] >> port % 8 & 1) == 0)
				return fault_set(fault,
						 "%s: the sandbox does not allow port %u: it was "
						 "sealed for other endpoints",
						 endpoints->list[j].url, port);
		}
	}
	return 0;
}

/* The directories that are written to. */
static int
allow_outputs(struct landlock *landlock, const struct settings *settings, struct fault *fault)
{
	char path[PATH_MAX];

	if (log_sink_path(settings->log, path) &&
	    landlock_allow_write(landlock, dirname(path), fault) < 0)
		return -1;
	if (settings->metrics_file == NULL)
		return 0;
	(void)snprintf(path, sizeof(path), "%s", settings->metrics_file);
	return landlock_allow_rename(landlock, dirname(path), fault);
}

int
confinement_restrict(const struct settings *settings, const struct command_line *line,
		     struct fault *fault)
{
	char absent[WALLS_TEXT_MAX];
	struct landlock landlock;
	size_t i;

	if (landlock_open(&landlock, fault) < 0)
		return -1;
	if (landlock.abi == 0 && settings->landlock == LANDLOCK_REQUIRED)
		return fault_set(fault, "this kernel has no Landlock, which \"landlock\" requires");
	if (settings->walls == WALLS_REQUIRED && walls_list(false, absent) > 0)
		return fault_set(
			fault,
			"this kernel does not offer these walls, which \"walls\" requires: %s",
			absent);
	if (allow_reading(&landlock, readable, fault) < 0 ||
	    allow_directory_of(&landlock, line->file, fault) < 0 ||
	    landlock_allow_connect(&landlock, DNS_PORT, fault) < 0 ||
	    allow_outputs(&landlock, settings, fault) < 0)
		return -1;
	for (i = 0; i < settings_api_count(settings); i++) {
		if (allow_api(&landlock, settings_api(settings, i), fault) < 0)
			return -1;
	}
	return landlock_seal(&landlock, fault);
}
