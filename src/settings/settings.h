/* SPDX-License-Identifier: ISC */
/*
 * Settings: from options and a JSON file to one checked structure that does not change afterwards.
 * Options override the file. An error is one line that names its place.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "base/log_level.h"
#include "base/must_use.h"
#include "base/view.h"
#include "core/xmpp_server.h"
#include "settings/api.h"

#include <stddef.h>
#include <stdint.h>

struct command_line;
struct endpoint;
struct fault;

#define SETTINGS_HOSTS_MAX 1000

/*
 * An entry of "hosts": the API of one XMPP host, or of all below a suffix.
 */
struct host {
	char *name; /* "example.org", or "*.example.org" */
	struct api api;
};

enum landlock_need {
	LANDLOCK_OPTIONAL,
	LANDLOCK_REQUIRED,
};

enum walls_need {
	WALLS_OPTIONAL,
	WALLS_REQUIRED,
};

struct settings {
	struct api api;	    /* of every host; or the defaults for the entries of hosts */
	struct host *hosts; /* NULL: all hosts have the same API */
	size_t host_count;
	enum xmpp_server server;
	int64_t deadline; /* microseconds, as all times here */
	int64_t connect_timeout;
	int64_t max_connection_age;
	char *user; /* to become when started as root */
	enum landlock_need landlock;
	enum walls_need walls;
	char *log; /* NULL: standard error; "syslog"; else an absolute path */
	enum log_level log_level;
	enum log_format log_format;
	enum log_users log_users;
	int64_t stats_interval; /* 0: never by itself */
	char *metrics_file;	/* NULL: none */
};

/*
 * Reads the file, if one was named, and applies the options over it. Returns
 * settings to be freed by settings_free(), or NULL with a line for the operator in *fault.
 */
MUST_USE struct settings *settings_load(const struct command_line *line, struct fault *fault);

/*
 * The number of APIs, which are numbered from 0: the entries of "hosts" when
 * there are any, else the one for all.
 */
size_t settings_api_count(const struct settings *settings);

/*
 * The API with this number, which is below settings_api_count().
 */
const struct api *settings_api(const struct settings *settings, size_t number);

/*
 * An endpoint of an API, by the numbers of both; NULL when there is none.
 */
const struct endpoint *settings_endpoint(const struct settings *settings, size_t api,
					 size_t endpoint);

/*
 * The number by which the worker requests a connection to an endpoint from the monitor, and the
 * endpoint that it stands for; NULL when there is none.
 */
uint32_t settings_endpoint_number(size_t api, size_t endpoint);
const struct endpoint *settings_numbered_endpoint(const struct settings *settings, uint32_t number);

/*
 * The number of the API for an XMPP host: that of its own entry, else of the
 * longest suffix; settings_api_count() when "hosts" lists neither.
 */
size_t settings_route(const struct settings *settings, struct view host);

/*
 * Which server probably starts the program when settings_load() fails: MongooseIM when its name is
 * given to --server or appears anywhere in the file, else ejabberd. Each server misreads the
 * other's "unavailable".
 */
enum xmpp_server settings_guess_server(int argc, char **argv);

/*
 * Frees settings and everything in them. NULL is allowed.
 */
void settings_free(struct settings *settings);

#endif
