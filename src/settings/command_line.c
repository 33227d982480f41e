/* SPDX-License-Identifier: ISC */
#include "settings/command_line.h"

#include "settings/setting.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Options that are not settings, and the number of their arguments. */
static const struct mode_option {
	const char *name;
	enum mode mode;
	int arguments;
} mode_options[] = {
	{ "--help", MODE_HELP, 0 },
	{ "--version", MODE_VERSION, 0 },
	{ "--print-policy", MODE_PRINT_POLICY, 0 },
	{ "--check", MODE_CHECK, 0 },
	{ "--syntax", MODE_SYNTAX, 0 },
	{ "--ask", MODE_ASK, 2 },
};

/* The options of the Python script of 2014, so that its line in ejabberd.yml can stay unchanged:
 * other names for options, one with its value. */
static const struct alias {
	const char *name;
	const char *key;
	const char *value; /* NULL: the next argument */
} aliases[] = {
	{ "-l", "log", NULL },
	{ "-d", "log_level", "debug" },
	{ "--debug", "log_level", "debug" },
};

#define FILE_OPTION   "-c"
#define JSON_OPTION   "--json"
#define QUIET_OPTION  "-q"
#define SERVER_OPTION "--server-config"

static const struct mode_option *
find_mode(const char *argument)
{
	size_t i;

	for (i = 0; i < sizeof(mode_options) / sizeof(mode_options[0]); i++) {
		if (strcmp(argument, mode_options[i].name) == 0)
			return &mode_options[i];
	}
	return NULL;
}

static int
read_mode(struct command_line *line, const struct mode_option *option, int next,
	  struct fault *fault)
{
	bool second = line->mode != MODE_SERVE;

	line->mode = option->mode;
	if (second)
		return fault_set(fault, "%s: only one mode can be given", option->name);
	if (next + option->arguments > line->argc)
		return fault_set(fault, "%s needs an operation and USER@HOST", option->name);
	if (option->mode == MODE_ASK) {
		line->ask_operation = line->argv[next];
		line->ask_account = line->argv[next + 1];
	}
	return 0;
}

/* Reads the absolute path of a file that follows an option. */
static int
read_file_name(const struct command_line *line, const char *option, int next, const char **name,
	       struct fault *fault)
{
	if (next == line->argc)
		return fault_set(fault, "%s needs the name of a file", option);
	if (*name != NULL)
		return fault_set(fault, "%s is given for the second time", option);
	*name = line->argv[next];
	if ((*name)[0] != '/' && (name != &line->server_config || strcmp(*name, "none") != 0))
		return fault_set(fault, "%s %s: is not an absolute path", option, *name);
	return 0;
}

/* Reads an option that is not a setting, with its arguments; *next is after it. False when it is
 * something else. */
static bool
read_own(struct command_line *line, const char *argument, int *next, int *result,
	 struct fault *fault)
{
	const struct mode_option *option = find_mode(argument);

	if (option != NULL) {
		*result = read_mode(line, option, *next, fault);
		*next += option->arguments;
	} else if (strcmp(argument, FILE_OPTION) == 0) {
		*result = read_file_name(line, argument, (*next)++, &line->file, fault);
		line->has_settings = true;
	} else if (strcmp(argument, SERVER_OPTION) == 0) {
		*result = read_file_name(line, argument, (*next)++, &line->server_config, fault);
	} else if (strcmp(argument, JSON_OPTION) == 0) {
		line->as_json = true;
	} else if (strcmp(argument, QUIET_OPTION) == 0) {
		line->quiet = true;
	} else {
		return false;
	}
	return true;
}

int
command_line_read(struct command_line *line, int argc, char **argv, struct fault *fault)
{
	int next = 1, result = 0;

	*line = (struct command_line){ .mode = MODE_SERVE, .argc = argc, .argv = argv };
	while (next < argc && result == 0) {
		const char *argument = argv[next++];

		if (!read_own(line, argument, &next, &result, fault))
			line->has_settings = true;
	}
	return result;
}

static const struct alias *
find_alias(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		if (strcmp(name, aliases[i].name) == 0)
			return &aliases[i];
	}
	return NULL;
}

/* Splits the argument before *next: which setting, and its value. A value that is an argument of
 * its own moves *next. */
static const struct setting *
read_argument(const struct command_line *line, int *next, const char **value, struct fault *fault)
{
	const char *argument = line->argv[*next - 1];
	const struct setting *setting;
	const struct alias *alias;
	char name[64];

	if (argument[0] != '-') {
		*value = argument;
		return setting_find("url", fault);
	}
	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(argument, "="), argument);
	alias = find_alias(name);
	if (alias == NULL && strncmp(name, "--", 2) != 0) {
		(void)fault_set(fault, "%s is not an option; --help lists them", name);
		return NULL;
	}
	setting = setting_find(alias != NULL ? alias->key : name + 2, fault);
	*value = strchr(argument, '=');
	if (*value != NULL)
		(*value)++;
	else if (alias != NULL && alias->value != NULL)
		*value = alias->value;
	else if (setting != NULL && *next < line->argc)
		*value = line->argv[(*next)++];
	return setting;
}

static bool
is_list(const struct setting *setting)
{
	return setting->kind->shape == SHAPE_STRINGS || setting->kind->shape == SHAPE_OBJECT;
}

/* Applies the argument before *next. `given` notes which options came before. */
static int
apply_argument(const struct command_line *line, int *next, bool given[], struct settings *settings,
	       struct fault *fault)
{
	const char *value = NULL;
	const struct setting *setting = read_argument(line, next, &value, fault);
	bool *repeated;
	void *member;

	if (setting == NULL)
		return -1;
	if (value == NULL)
		return fault_set(fault, "--%s needs a value: %s", setting->key, setting->argument);
	repeated = &given[setting - setting_table];
	member = setting_member(setting, settings);
	if (*repeated && !is_list(setting))
		return fault_set(fault, "--%s is given for the second time", setting->key);
	if (!*repeated)
		setting->kind->clear(member); /* what the file said */
	*repeated = true;
	if (setting->kind->take(setting, value, member, fault) < 0)
		return fault_set(fault, "--%s: %s", setting->key, fault->text);
	return 0;
}

int
command_line_apply(const struct command_line *line, struct settings *settings, struct fault *fault)
{
	bool *given = calloc(setting_count, sizeof(*given));
	const struct mode_option *option;
	int next = 1, result = 0;

	if (given == NULL)
		return fault_set(fault, "out of memory");
	while (next < line->argc && result == 0) {
		const char *argument = line->argv[next++];

		option = find_mode(argument);
		if (option != NULL)
			next += option->arguments;
		else if (strcmp(argument, FILE_OPTION) == 0 || strcmp(argument, SERVER_OPTION) == 0)
			next++;
		else if (strcmp(argument, JSON_OPTION) != 0 && strcmp(argument, QUIET_OPTION) != 0)
			result = apply_argument(line, &next, given, settings, fault);
	}
	free(given);
	return result;
}

static void
print_option(const struct setting *setting)
{
	char option[80], *at;

	(void)snprintf(option, sizeof(option), "--%s %s", setting->key,
		       setting->kind == &setting_kind_choice ? "WORD" : setting->argument);
	for (at = option; *at != '\0' && *at != ' '; at++) {
		if (*at == '_')
			*at = '-';
	}
	printf("  %-30s%s", option, setting->help);
	if (setting->standard != NULL)
		printf(" (%s)", setting->standard);
	putchar('\n');
}

void
command_line_help(void)
{
	size_t i;

	puts("Usage: extauth-https [-c FILE] [OPTIONS] [URL...]\n"
	     "\n"
	     "Answers the authentication requests of an XMPP server from a JSON API over TLS.\n"
	     "Name it as extauth_program; it reads requests on standard input.\n"
	     "\n"
	     "  -c FILE                       read settings from this JSON file; options win\n"
	     "  --check [--json] [-q]         check everything, connect, report problems\n"
	     "    [--server-config FILE]      this ejabberd.yml or mongooseim.toml, or none\n"
	     "  --syntax                      check the settings, and nothing else\n"
	     "  --ask OPERATION USER@HOST     send the API one request, as the server does\n"
	     "  --print-policy                print what the sandboxes allow, and why\n"
	     "  --help, --version             print this, or the versions");
	for (i = 0; i < setting_count; i++) {
		if (setting_table[i].in_help)
			print_option(&setting_table[i]);
	}
	puts("\n"
	     "More in extauth-https(8) and, key by key, in extauth-https.json(5).");
}
