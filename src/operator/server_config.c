/* SPDX-License-Identifier: ISC */
#include "operator/server_config.h"

#include "core/xmpp_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROWTH 16 /* hosts */

struct server_host *
server_config_add(struct server_config *config, const char *name)
{
	struct server_host *host, *grown;

	if (config->count % GROWTH == 0) {
		grown = realloc(config->hosts, (config->count + GROWTH) * sizeof(*grown));
		if (grown == NULL)
			return NULL;
		config->hosts = grown;
	}
	host = &config->hosts[config->count++];
	*host = (struct server_host){ .external = false };
	(void)snprintf(host->name, sizeof(host->name), "%s", name);
	return host;
}

static bool
ends_in(const char *text, const char *end)
{
	size_t length = strlen(text), size = strlen(end);

	return length >= size && strcmp(text + length - size, end) == 0;
}

int
server_config_read(struct server_config *config, const char *path, struct fault *fault)
{
	bool toml = ends_in(path, ".toml");
	int result;

	*config =
		(struct server_config){ toml ? SERVER_MONGOOSEIM : SERVER_EJABBERD, path, 0, NULL };
	result = toml ? mongooseim_toml_read(config, fault) : ejabberd_yml_read(config, fault);
	if (result == 0 && config->count == 0)
		result = fault_set(fault, "%s: it has no \"hosts\"", path);
	if (result < 0)
		server_config_free(config);
	return result;
}

void
server_config_free(struct server_config *config)
{
	free(config->hosts);
	config->hosts = NULL;
	config->count = 0;
}
