/* SPDX-License-Identifier: ISC */
#define _DEFAULT_SOURCE
#include "unit.h"

#include "base/fault.h"
#include "core/xmpp_server.h"
#include "operator/server_config.h"
#include "operator/shell_words.h"

#include <stdio.h>
#include <unistd.h>

static char folder[] = "/tmp/extauth-unit-XXXXXX";

static void
write_file(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* Reads a configuration with this text. */
static int
read_text(struct server_config *config, const char *name, const char *text, struct fault *fault)
{
	static char path[128];

	write_file(name, text);
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return server_config_read(config, path, fault);
}

static struct server_config
read_well(const char *name, const char *text)
{
	struct server_config config;
	struct fault fault = { "" };

	if (read_text(&config, name, text, &fault) < 0)
		fail_msg("%s", fault.text);
	return config;
}

static void
the_three_lines_are_understood(void **state)
{
	struct server_config config = read_well("a.yml", "hosts: [a.example, \"b.example\"]\n"
							 "auth_method: [external]\n"
							 "extauth_program: \"/p https://x\"\n"
							 "auth_use_cache: false\n");

	(void)state;
	assert_int_equal(config.server, SERVER_EJABBERD);
	assert_int_equal(config.count, 2);
	assert_string_equal(config.hosts[1].name, "b.example");
	assert_true(config.hosts[1].external);
	assert_string_equal(config.hosts[1].methods, "external");
	assert_string_equal(config.hosts[1].program, "/p https://x");
	assert_false(config.hosts[1].has_cache);
	assert_int_equal(config.hosts[1].exists_check, SERVER_OPTION_DEFAULT);
	assert_false(config.hosts[1].offers_scram || config.hosts[1].hides_plain ||
		     config.hosts[1].has_tokens || config.hosts[1].bans);
	server_config_free(&config);
}

static void
json_is_yaml(void **state)
{
	struct server_config config =
		read_well("a.yml", "{\"hosts\": [\"a\"],\n\t\"auth_method\": \"external\",\n"
				   " \"extauth_program\": \"/p\", \"use_cache\": false}");

	(void)state;
	assert_true(config.hosts[0].external);
	assert_string_equal(config.hosts[0].program, "/p");
	assert_false(config.hosts[0].has_cache);
	server_config_free(&config);
}

static void
a_host_can_have_its_own(void **state)
{
	struct server_config config = read_well("a.yml", "hosts: [a, b, c]\n"
							 "auth_method: internal\n"
							 "modules: {mod_fail2ban: {}}\n"
							 "host_config:\n"
							 "  b:\n"
							 "    auth_method: external\n"
							 "    extauth_program: /p\n"
							 "    modules: {}\n"
							 "append_host_config:\n"
							 "  c:\n"
							 "    auth_method: [external]\n"
							 "    modules: {mod_auth_fast: {}}\n");

	(void)state;
	assert_false(config.hosts[0].external);
	assert_true(config.hosts[0].bans);
	assert_true(config.hosts[1].external);
	assert_false(config.hosts[1].bans);
	assert_string_equal(config.hosts[1].methods, "external");
	assert_true(config.hosts[2].external);
	assert_true(config.hosts[2].bans && config.hosts[2].has_tokens);
	assert_string_equal(config.hosts[2].methods, "internal, external");
	server_config_free(&config);
}

static void
macros_anchors_and_included_files_count(void **state)
{
	struct server_config config;

	(void)state;
	write_file("more.yml", "extauth_program: PROGRAM\ndefine_macro: {PROGRAM: /p}\n");
	config = read_well("a.yml", "define_macro:\n  'METHOD': &m [external]\n"
				    "hosts: [a, b]\n"
				    "include_config_file: [more.yml]\n"
				    "auth_method: 'METHOD'\n"
				    "host_config: {b: {auth_method: *m}}\n");
	assert_true(config.hosts[0].external && config.hosts[1].external);
	assert_string_equal(config.hosts[0].program, "/p");
	server_config_free(&config);
}

static void
what_newest_ejabberd_can_do_against_us_is_seen(void **state)
{
	struct server_config config =
		read_well("a.yml", "hosts: [a, b]\n"
				   "auth_stored_password_types: [scram_sha256]\n"
				   "auth_password_types_hidden_in_sasl1: [plain]\n"
				   "auth_external_user_exists_check: false\n"
				   "host_config: {b: {disable_sasl_mechanisms: [SCRAM-SHA-1],\n"
				   "  auth_external_user_exists_check: true}}\n");

	(void)state;
	assert_true(config.hosts[0].offers_scram);
	assert_true(config.hosts[0].hides_plain);
	assert_int_equal(config.hosts[0].exists_check, SERVER_OPTION_OFF);
	assert_int_equal(config.hosts[1].exists_check, SERVER_OPTION_ON);
	assert_false(config.hosts[1].offers_scram);
	server_config_free(&config);
}

static void
what_is_no_configuration_is_said_with_its_place(void **state)
{
	static const struct {
		const char *name, *text, *said;
	} rows[] = {
		{ "a.yml", "hosts: [a\nauth_method: x\n", "a.yml:2: is not YAML" },
		{ "a.yml", "\thosts: [a]\n", "is not YAML" },
		{ "a.yml", "", "it has no \"hosts\"" },
		{ "a.yml", "- a\n- b\n", "it has no \"hosts\"" },
		{ "a.yml", "a: &a [*a]\nhosts: {}\n", "it has no \"hosts\"" },
		{ "a.yml", "hosts: [a]\ninclude_config_file: a.yml\n", "more than 32 files" },
		{ "a.yml", "hosts: [a]\ninclude_config_file: /nonexistent\n", "/nonexistent" },
		{ "a.toml", "[general]\nhosts = [\"a\n", "a.toml:2: " },
		{ "a.toml", "[general]\nhosts = [\"a\"\n", "an array is not closed" },
		{ "a.toml", "hosts\n", "a.toml:1: neither" },
		{ "a.toml", "[auth]\nexternal = {program = \"/p\"}\n", "[auth.external]" },
		{ "a.toml", "[auth.external]\nprogram = \"\"\"/p\"\"\"\n", "several lines" },
		{ "a.toml", "[general]\nloglevel = \"x\"\n", "it has no \"hosts\"" },
	};
	struct server_config config;
	struct fault fault;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(read_text(&config, rows[i].name, rows[i].text, &fault), -1);
		if (strstr(fault.text, rows[i].said) == NULL)
			fail_msg("\"%s\" is not in \"%s\"", rows[i].said, fault.text);
	}
}

static void
a_mongooseim_is_understood(void **state)
{
	struct server_config config = read_well(
		"a.toml", "[general] # all of it\n"
			  "  hosts = [\n    \"a\", # one\n    'b', \"c\"]\n"
			  "  loglevel = \"warning\"\n"
			  "[[listen.c2s]]\n  port = 5222\n  tls.verify_mode = \"none\"\n"
			  "[auth.external]\n"
			  "  program = \"/p --server mongooseim \\\"x y\\\"\"\n  instances = 4\n"
			  "[[host_config]]\n  host = \"b\"\n"
			  "  [host_config.auth]\n    methods = [\"internal\"]\n"
			  "  [host_config.auth.internal]\n"
			  "[outgoing_pools.http]\n  x = {host = \"{[\", n = [1, 2]}\n"
			  "[[host_config]]\n  host = \"c\"\n"
			  "  auth.methods = [\"internal\", \"external\"]\n"
			  "  auth.external.program = '/q'\n");

	(void)state;
	assert_int_equal(config.server, SERVER_MONGOOSEIM);
	assert_int_equal(config.count, 3);
	assert_true(config.hosts[0].external);
	assert_string_equal(config.hosts[0].name, "a");
	assert_string_equal(config.hosts[0].program, "/p --server mongooseim \"x y\"");
	assert_string_equal(config.hosts[0].pool_size, "4");
	assert_string_equal(config.hosts[1].name, "b");
	assert_false(config.hosts[1].external);
	assert_string_equal(config.hosts[1].methods, "internal");
	assert_true(config.hosts[2].external);
	assert_string_equal(config.hosts[2].program, "/q");
	server_config_free(&config);
}

/* How sh(1) itself splits a command: each word between brackets. */
static void
ask_shell(const char *command, char *text, size_t room)
{
	char line[512];
	size_t size;
	FILE *shell;

	(void)snprintf(line, sizeof(line), "printf '[%%s]' %s", command);
	shell = popen(line, "r");
	assert_non_null(shell);
	size = fread(text, 1, room - 1, shell);
	text[size] = '\0';
	assert_int_equal(pclose(shell), 0);
}

static void
words_are_the_shell_s(void **state)
{
	static const char *const commands[] = {
		"/p https://x",
		"  /p\t--log  '/var/log/a b'  ",
		"/p \"a \\\"b\\\" c\" 'it'\\''s'",
		"/p a\\ b \"c\\d\" \"\\\\\" 'x\\y'",
		"/p --x='a b'c\"d e\" ''",
		"/p {a,b} a=b !x ^ %",
		"a",
	};
	char expected[512], text[512];
	struct shell_words words;
	struct fault fault;
	size_t i;
	int j;

	(void)state;
	for (i = 0; i < COUNT(commands); i++) {
		ask_shell(commands[i], expected, sizeof(expected));
		assert_int_equal(shell_words_split(&words, commands[i], &fault), 0);
		text[0] = '\0';
		for (j = 0; j < words.count; j++)
			(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "[%s]",
				       words.list[j]);
		assert_null(words.list[words.count]);
		assert_string_equal(text, expected);
		shell_words_free(&words);
	}
}

static void
more_than_words_is_not_guessed(void **state)
{
	static const char *const commands[] = { "",	    " ",      "/p 'a",	"/p \"a",
						"/p $HOME", "/p `x`", "/p; q",	"a | b",
						"a>b",	    "/p *",   "\"$x\"", "a & b" };
	struct shell_words words;
	struct fault fault;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(commands); i++)
		assert_int_equal(shell_words_split(&words, commands[i], &fault), -1);
}

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int
remove_folder(void **state)
{
	static const char *const names[] = { "a.yml", "a.toml", "more.yml" };
	char path[128];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)unlink(path);
	}
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_three_lines_are_understood),
		cmocka_unit_test(json_is_yaml),
		cmocka_unit_test(a_host_can_have_its_own),
		cmocka_unit_test(macros_anchors_and_included_files_count),
		cmocka_unit_test(what_newest_ejabberd_can_do_against_us_is_seen),
		cmocka_unit_test(what_is_no_configuration_is_said_with_its_place),
		cmocka_unit_test(a_mongooseim_is_understood),
		cmocka_unit_test(words_are_the_shell_s),
		cmocka_unit_test(more_than_words_is_not_guessed),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
