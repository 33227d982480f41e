/* SPDX-License-Identifier: ISC */
/*
 * The configuration of the XMPP server on this machine: for each of its hosts, whether and how an
 * external program is used, and what else affects logins. Only --check reads it; a process that
 * serves never does.
 */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include "base/fault.h"
#include "base/must_use.h"
#include "core/xmpp_server.h"

#include <stdbool.h>
#include <stddef.h>

#define SERVER_CONFIG_FILE_MAX ((size_t)4 * 1024 * 1024) /* bytes of one file */
#define SERVER_CONFIG_NAME_MAX 256			 /* bytes of a host's name with its NUL */
#define SERVER_CONFIG_TEXT_MAX 4096			 /* bytes of a command with its NUL */

/*
 * An option whose default depends on the server's version.
 */
enum server_option {
	SERVER_OPTION_DEFAULT, /* not given */
	SERVER_OPTION_OFF,
	SERVER_OPTION_ON,
};

/*
 * One XMPP host, as configured.
 */
struct server_host {
	char name[SERVER_CONFIG_NAME_MAX];
	char methods[SERVER_CONFIG_NAME_MAX];	/* of authentication; "": none given */
	char program[SERVER_CONFIG_TEXT_MAX];	/* the command for sh(1); "": none given */
	char pool_size[SERVER_CONFIG_NAME_MAX]; /* "": not given */
	bool external;				/* the external program is among the methods */
	bool has_cache;				/* the server caches passwords */
	bool offers_scram; /* auth_stored_password_types is set, so SCRAM is offered */
	bool hides_plain;  /* auth_password_types_hidden_in_sasl1 lists plain */
	bool has_tokens;   /* mod_auth_fast */
	bool bans;	   /* mod_fail2ban */
	enum server_option exists_check; /* auth_external_user_exists_check */
};

struct server_config {
	enum xmpp_server server;
	const char *path;
	size_t count;
	struct server_host *hosts;
};

/*
 * Reads the configuration of an ejabberd (YAML, with what it includes), or of a
 * MongooseIM (TOML) when the name of `path`, which must outlive the result, ends
 * in ".toml". Returns 0 with a result to be freed by server_config_free(), or -1
 * with "PATH: why" in *fault.
 */
MUST_USE int server_config_read(struct server_config *config, const char *path,
				struct fault *fault);

/*
 * Adds a host with this name and nothing else. NULL: there is no memory.
 */
struct server_host *server_config_add(struct server_config *config, const char *name);

void server_config_free(struct server_config *config);

/*
 * The two kinds of file, for server_config_read().
 */
MUST_USE int ejabberd_yml_read(struct server_config *config, struct fault *fault);
MUST_USE int mongooseim_toml_read(struct server_config *config, struct fault *fault);

#endif
