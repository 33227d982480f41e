/* SPDX-License-Identifier: ISC */
#define _DEFAULT_SOURCE

#include "base/fault.h"
#include "operator/server_config.h"
#include "operator/yaml_file.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define FILES_MAX  32 /* the configuration and what it includes */
#define MACROS_MAX 8  /* one macro that stands for another, and so on */

/* A configuration: its file and those it includes. */
struct source {
	size_t count;
	struct yaml_file files[FILES_MAX];
};

/* A value, and the file whose tree it is in. NULL: there is none. */
struct value {
	struct yaml_file *file;
	const yaml_node_t *node;
};

/* Finds a member at the top of any of the files. */
static struct value
find_global(struct source *source, const char *key)
{
	size_t i;

	for (i = 0; i < source->count; i++) {
		struct yaml_file *file = &source->files[i];
		const yaml_node_t *node = yaml_file_member(file, yaml_file_root(file), key);

		if (node != NULL)
			return (struct value){ file, node };
	}
	return (struct value){ NULL, NULL };
}

/* Finds a member of a host's entry in `section`, host_config or append_host_config. */
static struct value
find_in_host(struct source *source, const char *section, const char *host, const char *key)
{
	size_t i;

	for (i = 0; i < source->count; i++) {
		struct yaml_file *file = &source->files[i];
		const yaml_node_t *node = yaml_file_member(file, yaml_file_root(file), section);

		node = yaml_file_member(file, yaml_file_member(file, node, host), key);
		if (node != NULL)
			return (struct value){ file, node };
	}
	return (struct value){ NULL, NULL };
}

/* What a macro with this name stands for. */
static struct value
find_macro(struct source *source, const char *name)
{
	size_t i;

	for (i = 0; i < source->count; i++) {
		struct yaml_file *file = &source->files[i];
		const yaml_node_t *macros =
			yaml_file_member(file, yaml_file_root(file), "define_macro");
		const yaml_node_t *node = yaml_file_member(file, macros, name);

		if (node != NULL)
			return (struct value){ file, node };
	}
	return (struct value){ NULL, NULL };
}

/* What a macro of define_macro stands for, or the value itself. Text in double
 * quotes is no macro to ejabberd. */
static struct value
resolve(struct source *source, struct value value)
{
	int i;

	for (i = 0; i < MACROS_MAX && value.node != NULL; i++) {
		struct value meant;

		if (value.node->type != YAML_SCALAR_NODE ||
		    value.node->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE)
			break;
		meant = find_macro(source, (const char *)value.node->data.scalar.value);
		if (meant.node == NULL)
			break;
		value = meant;
	}
	return value;
}

/* The value that counts for a host. */
static struct value
find(struct source *source, const char *host, const char *key)
{
	struct value value = find_in_host(source, "host_config", host, key);

	return resolve(source, value.node != NULL ? value : find_global(source, key));
}

/* What append_host_config adds to a list or mapping. */
static struct value
find_appended(struct source *source, const char *host, const char *key)
{
	return resolve(source, find_in_host(source, "append_host_config", host, key));
}

static bool
lists(struct value value, const char *word)
{
	const char *item;
	size_t i;

	for (i = 0; (item = yaml_file_item(value.file, value.node, i)) != NULL; i++) {
		if (strcasecmp(item, word) == 0)
			return true;
	}
	return false;
}

static bool
host_lists(struct source *source, const char *host, const char *key, const char *word)
{
	return lists(find(source, host, key), word) ||
	       lists(find_appended(source, host, key), word);
}

/* A value that is true unless it says otherwise; `absent` when it is not there. */
static bool
is_true(struct value value, bool absent)
{
	const char *text = yaml_file_item(value.file, value.node, 0);

	if (text == NULL)
		return absent;
	return strcasecmp(text, "false") != 0 && strcasecmp(text, "off") != 0 &&
	       strcasecmp(text, "no") != 0;
}

/* Appends the items of a list to a text, with commas between them. */
static void
append_items(char *text, size_t room, struct value value)
{
	const char *item;
	size_t i, length;

	for (i = 0; (item = yaml_file_item(value.file, value.node, i)) != NULL; i++) {
		length = strlen(text);
		(void)snprintf(text + length, room - length, "%s%s", length > 0 ? ", " : "", item);
	}
}

static void
copy_text(char *text, size_t room, struct value value)
{
	const char *item = yaml_file_item(value.file, value.node, 0);

	(void)snprintf(text, room, "%s", item != NULL ? item : "");
}

/* True when SCRAM is offered on a host whose passwords only we know: the option of
 * ejabberd 25.03 is set, and no SCRAM mechanism is disabled. */
static bool
offers_scram(struct source *source, const char *host)
{
	struct value disabled = find(source, host, "disable_sasl_mechanisms");
	const char *item;
	size_t i;

	if (find(source, host, "auth_stored_password_types").node == NULL)
		return false;
	for (i = 0; (item = yaml_file_item(disabled.file, disabled.node, i)) != NULL; i++) {
		if (strncasecmp(item, "SCRAM", strlen("SCRAM")) == 0)
			return false;
	}
	return true;
}

static enum server_option
read_option(struct value option)
{
	if (option.node == NULL)
		return SERVER_OPTION_DEFAULT;
	return is_true(option, true) ? SERVER_OPTION_ON : SERVER_OPTION_OFF;
}

static void
read_host(struct source *source, struct server_host *host)
{
	const char *name = host->name;
	bool cache = is_true(find(source, name, "use_cache"), true);

	append_items(host->methods, sizeof(host->methods), find(source, name, "auth_method"));
	append_items(host->methods, sizeof(host->methods),
		     find_appended(source, name, "auth_method"));
	host->external = host_lists(source, name, "auth_method", "external");
	copy_text(host->program, sizeof(host->program), find(source, name, "extauth_program"));
	copy_text(host->pool_size, sizeof(host->pool_size),
		  find(source, name, "extauth_pool_size"));
	host->has_cache = is_true(find(source, name, "auth_use_cache"), cache);
	host->offers_scram = offers_scram(source, name);
	host->hides_plain =
		host_lists(source, name, "auth_password_types_hidden_in_sasl1", "plain");
	host->exists_check = read_option(find(source, name, "auth_external_user_exists_check"));
	host->has_tokens = host_lists(source, name, "modules", "mod_auth_fast");
	host->bans = host_lists(source, name, "modules", "mod_fail2ban");
}

static int
read_file(struct source *source, const char *path, struct fault *fault)
{
	if (source->count == FILES_MAX)
		return fault_set(fault, "%s: there are more than %d files", path, FILES_MAX);
	if (yaml_file_read(&source->files[source->count], path, SERVER_CONFIG_FILE_MAX, fault) < 0)
		return -1;
	source->count++;
	return 0;
}

/* Reads what the file with this number includes, which may include more. */
static int
read_included(struct source *source, size_t number, const char *path, struct fault *fault)
{
	struct yaml_file *file = &source->files[number];
	const yaml_node_t *list =
		yaml_file_member(file, yaml_file_root(file), "include_config_file");
	const char *item, *slash = strrchr(path, '/');
	char full[PATH_MAX];
	size_t i;

	for (i = 0; (item = yaml_file_item(file, list, i)) != NULL; i++) {
		int folder = item[0] == '/' || slash == NULL ? 0 : (int)(slash + 1 - path);

		(void)snprintf(full, sizeof(full), "%.*s%s", folder, path, item);
		if (read_file(source, full, fault) < 0)
			return -1;
	}
	return 0;
}

static int
read_hosts(struct source *source, struct server_config *config, struct fault *fault)
{
	struct value hosts = resolve(source, find_global(source, "hosts"));
	struct server_host *host;
	const char *name;
	size_t i;

	for (i = 0; (name = yaml_file_item(hosts.file, hosts.node, i)) != NULL; i++) {
		host = server_config_add(config, name);
		if (host == NULL)
			return fault_set(fault, "out of memory");
		read_host(source, host);
	}
	return 0;
}

int
ejabberd_yml_read(struct server_config *config, struct fault *fault)
{
	struct source source = { .count = 0 };
	int result = read_file(&source, config->path, fault);
	size_t i;

	for (i = 0; result == 0 && i < source.count; i++)
		result = read_included(&source, i, config->path, fault);
	if (result == 0)
		result = read_hosts(&source, config, fault);
	for (i = 0; i < source.count; i++)
		yaml_file_close(&source.files[i]);
	return result;
}
