/* SPDX-License-Identifier: ISC */

#include "base/fault.h"
#include "base/file.h"
#include "base/view.h"
#include "operator/server_config.h"
#include "operator/toml_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX 64 /* tables [[host_config]] that are read */

/* The authentication methods in the configuration, for all hosts or for one. */
struct entry {
	bool has_auth;	  /* any such table was found */
	bool has_methods; /* it lists methods, not only their options */
	struct server_host host;
};

struct reading {
	struct server_config *config;
	struct entry entries[ENTRIES_MAX + 1]; /* the first one is for all hosts */
};

static void
add_method(struct entry *entry, const char *method)
{
	size_t length = strlen(entry->host.methods);

	if (strcmp(method, "external") == 0)
		entry->host.external = true;
	(void)snprintf(entry->host.methods + length, sizeof(entry->host.methods) - length, "%s%s",
		       length > 0 ? ", " : "", method);
}

/* Takes "auth" or what is below it, where `key` is what follows "auth". */
static void
take_auth(struct entry *entry, const char *key, const char *value)
{
	struct server_host *host = &entry->host;

	entry->has_auth = true;
	if (strcmp(key, ".methods") == 0) {
		if (!entry->has_methods) {
			host->external = false;
			host->methods[0] = '\0';
		}
		entry->has_methods = true;
		add_method(entry, value);
	} else if (strcmp(key, ".external") == 0 && !entry->has_methods) {
		add_method(entry, "external");
	} else if (strcmp(key, ".external.program") == 0) {
		(void)snprintf(host->program, sizeof(host->program), "%s", value);
	} else if (strcmp(key, ".external.instances") == 0) {
		(void)snprintf(host->pool_size, sizeof(host->pool_size), "%s", value);
	}
}

static int
take(void *argument, const char *key, unsigned int number, const char *value, struct fault *fault)
{
	static const char prefix[] = "host_config.";
	struct reading *reading = argument;
	struct entry *entry = &reading->entries[0];

	if (number > ENTRIES_MAX)
		return fault_set(fault, "there are more than %d tables like this", ENTRIES_MAX);
	if (strncmp(key, prefix, strlen(prefix)) == 0) {
		entry = &reading->entries[number];
		key += strlen(prefix);
		if (strcmp(key, "host") == 0 || strcmp(key, "host_type") == 0)
			(void)snprintf(entry->host.name, sizeof(entry->host.name), "%s", value);
	}
	if (strncmp(key, "auth", strlen("auth")) == 0)
		take_auth(entry, key + strlen("auth"), value);
	if ((strcmp(key, "general.hosts") == 0 || strcmp(key, "general.host_types") == 0) &&
	    server_config_add(reading->config, value) == NULL)
		return fault_set(fault, "out of memory");
	return 0;
}

/* Applies to each host its own table, or else the one for all. */
static void
settle(struct reading *reading)
{
	size_t i, j;

	for (i = 0; i < reading->config->count; i++) {
		struct server_host *host = &reading->config->hosts[i];
		const struct entry *entry = &reading->entries[0];
		char name[SERVER_CONFIG_NAME_MAX];

		for (j = 1; j <= ENTRIES_MAX; j++) {
			if (reading->entries[j].has_auth &&
			    strcmp(reading->entries[j].host.name, host->name) == 0)
				entry = &reading->entries[j];
		}
		(void)memcpy(name, host->name, sizeof(name));
		*host = entry->host;
		(void)memcpy(host->name, name, sizeof(name));
	}
}

int
mongooseim_toml_read(struct server_config *config, struct fault *fault)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	struct toml_reader reader = { "host_config", take, reading };
	struct view content;
	int result;

	if (reading == NULL)
		return fault_set(fault, "out of memory");
	reading->config = config;
	result = file_read(config->path, SERVER_CONFIG_FILE_MAX, &content, fault);
	if (result == 0) {
		result = toml_file_read(&reader, config->path, content, fault);
		free((void *)content.data);
	}
	if (result == 0)
		settle(reading);
	free(reading);
	return result;
}
