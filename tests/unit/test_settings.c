/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/log_level.h"
#include "core/operation.h"
#include "core/xmpp_server.h"
#include "settings/api.h"
#include "settings/command_line.h"
#include "settings/endpoint.h"
#include "settings/settings.h"
#include "settings/settings_file.h"

#include <stdio.h>

#define FILE_NAME "/etc/test.json"

/* Settings from a command line of up to five arguments. */
static struct settings *
load(const char *const arguments[5], struct fault *fault)
{
	char *argv[7] = { "extauth-https" };
	struct command_line line;
	int argc = 1;

	while (argc < 6 && arguments[argc - 1] != NULL) {
		argv[argc] = (char *)arguments[argc - 1];
		argc++;
	}
	if (command_line_read(&line, argc, argv, fault) < 0)
		return NULL;
	return settings_load(&line, fault);
}

static void
a_url_alone_is_a_complete_set_up(void **state)
{
	struct fault fault;
	struct settings *settings =
		load((const char *const[5]){ "https://auth.example.org/api/" }, &fault);

	(void)state;
	assert_non_null(settings);
	assert_int_equal(settings->api.endpoints.count, 1);
	assert_string_equal(settings->api.endpoints.list[0].url, "https://auth.example.org/api");
	assert_string_equal(settings->api.endpoints.list[0].path, "/api");
	assert_string_equal(settings->api.endpoints.list[0].host, "auth.example.org");
	assert_string_equal(settings->api.endpoints.list[0].port, "443");
	assert_false(settings->api.endpoints.list[0].is_address);
	assert_null(settings->api.ca_file);
	assert_int_equal(settings->server, SERVER_EJABBERD);
	assert_int_equal(settings->deadline, 20 * CLOCK_SECOND);
	settings_free(settings);
}

static void
the_deadline_suits_the_server_unless_it_is_given(void **state)
{
	struct fault fault;
	struct settings *settings;

	(void)state;
	settings = load((const char *const[5]){ "https://a", "--server", "mongooseim" }, &fault);
	assert_non_null(settings);
	assert_int_equal(settings->deadline, 8 * CLOCK_SECOND);
	settings_free(settings);
	settings = load((const char *const[5]){ "https://a", "--deadline=2.5" }, &fault);
	assert_non_null(settings);
	assert_int_equal(settings->deadline, 2500 * CLOCK_MILLISECOND);
	settings_free(settings);
}

static void
the_options_of_the_python_script_are_understood(void **state)
{
	struct fault fault;
	struct settings *settings = load(
		(const char *const[5]){ "-d", "-l", "/var/log/ejabberd", "https://a" }, &fault);

	(void)state;
	assert_non_null(settings);
	assert_int_equal(settings->log_level, LOG_DEBUG);
	assert_string_equal(settings->log, "/var/log/ejabberd");
	settings_free(settings);
	settings =
		load((const char *const[5]){ "--debug", "--log=/var/log/x", "https://a" }, &fault);
	assert_non_null(settings);
	assert_int_equal(settings->log_level, LOG_DEBUG);
	settings_free(settings);
}

static const struct {
	const char *url, *normal, *host, *port;
	bool is_address;
} urls[] = {
	{ "https://a.example", "https://a.example", "a.example", "443", false },
	{ "https://a.example/", "https://a.example", "a.example", "443", false },
	{ "https://a.example:8443//", "https://a.example:8443", "a.example", "8443", false },
	{ "HTTPS://a.example/x/y", "https://a.example/x/y", "a.example", "443", false },
	{ "https://A.Example.:8443/X", "https://a.example:8443/X", "a.example", "8443", false },
	{ "https://XN--Bcher-kva.Example", "https://xn--bcher-kva.example", "xn--bcher-kva.example",
	  "443", false },
	{ "https://192.0.2.7:1/x/", "https://192.0.2.7:1/x", "192.0.2.7", "1", true },
	{ "https://[2001:db8::1]:9/", "https://[2001:db8::1]:9", "2001:db8::1", "9", true },
};

static void
a_url_is_taken_apart(void **state)
{
	struct fault fault;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(urls); i++) {
		struct settings *settings = load((const char *const[5]){ urls[i].url }, &fault);
		const struct endpoint *endpoint;

		if (settings == NULL)
			fail_msg("%s: %s", urls[i].url, fault.text);
		endpoint = &settings->api.endpoints.list[0];
		assert_string_equal(endpoint->url, urls[i].normal);
		assert_string_equal(endpoint->host, urls[i].host);
		assert_string_equal(endpoint->port, urls[i].port);
		assert_int_equal(endpoint->is_address, urls[i].is_address);
		settings_free(settings);
	}
}

static void
a_url_ends_at_1000_bytes(void **state)
{
	char url[SETTINGS_URL_MAX + 2] = "https://a/";
	struct settings *settings;
	struct fault fault;

	(void)state;
	memset(url + 10, 'x', SETTINGS_URL_MAX - 10);
	settings = load((const char *const[5]){ url }, &fault);
	assert_non_null(settings);
	settings_free(settings);
	url[SETTINGS_URL_MAX] = 'x';
	assert_null(load((const char *const[5]){ url }, &fault));
	assert_non_null(strstr(fault.text, "longer than 1000 bytes"));
}

static const struct {
	const char *arguments[5];
	const char *complaint; /* what the line must contain */
} wrong_lines[] = {
	{ { NULL }, "no URL" },
	{ { "http://a" }, "only https://" },
	{ { "HTTP://localhost/" }, "only https://" },
	{ { "ftp://a" }, "does not start with https://" },
	{ { "a.example" }, "does not start with https://" },
	{ { "https://" }, "not a valid URL" },
	{ { "https://a:99999/" }, "not a valid URL" },
	{ { "https://a:0/" }, "has port 0" },
	{ { "https://a:00/" }, "has port 0" },
	{ { "https://[fe80::1%25lo]/" }, "has a zone" },
	{ { "https://[fe80::1%lo]/" }, "has a zone" },
	{ { "https:///a" }, "no host after https://" },
	{ { "https://user:geheim@a/" }, "must not hold an @" },
	{ { "https:///user:geheim@a/" }, "must not hold an @" },
	{ { "https:/user:geheim@a/" }, "must not hold an @" },
	{ { "user:geheim@a" }, "must not hold an @" },
	{ { "http://user:ge/heim@a/" }, "must not hold an @" },
	{ { "https://a/?x=1" }, "query or fragment" },
	{ { "https://a/#x" }, "query or fragment" },
	{ { "https://b\xc3\xbc.example" }, "xn--" },
	{ { "https://a", "--bogus", "1" }, "not a setting" },
	{ { "https://a", "--sever", "ejabberd" }, "did you mean \"server\"" },
	{ { "https://a", "-x" }, "-x is not an option" },
	{ { "https://a", "--server" }, "needs a value" },
	{ { "https://a", "--server", "jabberd2" }, "none of ejabberd|mongooseim|prosody" },
	{ { "https://a", "--server=ejabberd", "--server=ejabberd" }, "second time" },
	{ { "https://a", "--deadline", "0" }, "0.1 to 28" },
	{ { "https://a", "--deadline", "28.1" }, "0.1 to 28" },
	{ { "https://a", "--deadline", "8s" }, "number of seconds" },
	{ { "https://a", "--deadline", "" }, "number of seconds" },
	{ { "https://a", "--deadline", "." }, "number of seconds" },
	{ { "https://a", "--deadline", "99999999999999999999" }, "number of seconds" },
	{ { "https://a", "--ca-file", "ca.pem" }, "absolute path" },
	{ { "https://a", "--log", "x.log" }, "absolute path" },
	{ { "https://a", "--log-level", "loud" }, "none of error|" },
	{ { "https://a", "--tls-min", "1.1" }, "none of 1.2|1.3" },
	{ { "https://a", "--pinned-keys", "sha256//short" }, "is not \"sha256//\"" },
	{ { "https://a", "--pinned-keys", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" },
	  "is not \"sha256//\"" },
	{ { "https://a", "--client-key", "/k" }, "need each other" },
	{ { "https://a", "--client-certificate", "/c" }, "need each other" },
	{ { "https://a", "--bearer-file=/b", "--basic-file=/b" }, "exclude each other" },
	{ { "https://a", "--tls-mim", "1.2" }, "did you mean \"tls_min\"?" },
	{ { "https://a", "--paths", "login" }, "is not OPERATION=PATH" },
	{ { "https://a", "--operations", "login" }, "is not one of the operations" },
	{ { "https://a", "--operations", "auth", "--operations", "auth" }, "the second time" },
	{ { "https://a", "--operations", "" }, "is not one of the operations" },
	{ { "https://a", "--paths", "login=x" }, "is not one of the operations" },
	{ { "https://a", "--paths", "auth=/x" }, "cannot be the path" },
	{ { "https://a", "--paths", "auth=a/../b" }, "cannot be the path" },
	{ { "https://a", "--paths", "auth=a?b" }, "cannot be the path" },
	{ { "https://a", "--hosts", "x" }, "not a setting" },
	{ { "-c" }, "name of a file" },
	{ { "-c", "x.json" }, "absolute path" },
	{ { "-c", "/nonexistent/x.json" }, "/nonexistent/x.json: cannot be opened" },
};

static void
a_wrong_line_is_named(void **state)
{
	struct fault fault;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(wrong_lines); i++) {
		if (load(wrong_lines[i].arguments, &fault) != NULL)
			fail_msg("row %zu is taken", i);
		if (strstr(fault.text, wrong_lines[i].complaint) == NULL)
			fail_msg("row %zu: %s", i, fault.text);
		assert_null(strstr(fault.text, "heim"));
	}
}

static const struct {
	struct view text;
	const char *complaint; /* exactly; NULL: it is valid */
} files[] = {
	{ VIEW("{}"), NULL },
	{ VIEW("{\"url\":\"https://a\"}"), NULL },
	{ VIEW("{\"url\":[\"https://a\",\"https://b\"],\"deadline\":2.5}"), NULL },
	{ VIEW("{\"\\u0075rl\":\"https://a\"}"), NULL },
	{ VIEW(""), FILE_NAME ":1: is not valid JSON" },
	{ VIEW("[]"), FILE_NAME ":1: is not valid JSON" },
	{ VIEW("{\n\"url\": \"https://a\",\n}"), FILE_NAME ":3: is not valid JSON" },
	{ VIEW("{\n\n// no\n}"), FILE_NAME ":3: is not valid JSON" },
	{ VIEW("{}\n\nx"), FILE_NAME ":3: is not valid JSON" },
	{ VIEW("{\"url\":\"\xff\"}"), FILE_NAME ":1: is not UTF-8" },
	{ VIEW("{\n \"deadlin\": 1}"),
	  FILE_NAME ":2: \"deadlin\" is not a setting; did you mean \"deadline\"?" },
	{ VIEW("{\"a\\n\\u001bb\":1}"), FILE_NAME ":1: \"a??b\" is not a setting" },
	{ VIEW("{\n\n \"zzz\": 1}"), FILE_NAME ":3: \"zzz\" is not a setting" },
	{ VIEW("{\"ca-file\":\"/x\"}"), FILE_NAME ":1: \"ca-file\": keys are written with _" },
	{ VIEW("{\"deadline\":1,\n\"deadline\":2}"),
	  FILE_NAME ":2: \"deadline\" is given for the" },
	{ VIEW("{\"deadline\":\"8\"}"), FILE_NAME ":1: \"deadline\" must be a number" },
	{ VIEW("{\"deadline\":-1}"), FILE_NAME ":1: \"deadline\" \"-1.000000\" is not a number" },
	{ VIEW("{\"server\":1}"), FILE_NAME ":1: \"server\" must be a string" },
	{ VIEW("{\"server\":null}"), FILE_NAME ":1: \"server\" must be a string" },
	{ VIEW("{\"url\":[]}"), FILE_NAME ":1: \"url\" must not be an empty list" },
	{ VIEW("{\"url\":[\"https://a\",1]}"), FILE_NAME ":1: \"url\" must be a string" },
	{ VIEW("{\"url\":{}}"), FILE_NAME ":1: \"url\" must be a string" },
	{ VIEW("{\"ca_file\":\"/x\\u0000y\"}"), FILE_NAME ":1: no value can hold" },
	{ VIEW("{\"paths\":{\"auth\":\"a/b\",\"isuser\":\"c\"}}"), NULL },
	{ VIEW("{\"operations\":[\"auth\",\"isuser\"]}"), NULL },
	{ VIEW("{\"operations\":\"auth\"}"), NULL },
	{ VIEW("{\"operations\":[]}"), FILE_NAME ":1: \"operations\" must not be an empty list" },
	{ VIEW("{\"operations\":[\"auth\",\"login\"]}"),
	  FILE_NAME ":1: \"operations\" \"login\" is not one of the operations" },
	{ VIEW("{\"paths\":\"auth=a\"}"), FILE_NAME ":1: \"paths\" must be an object" },
	{ VIEW("{\"paths\":{\"auth\":1}}"),
	  FILE_NAME ":1: \"paths\" must be an object of strings" },
	{ VIEW("{\"paths\":{\"x\":\"a\"}}"),
	  FILE_NAME ":1: \"paths\" \"x\" is not one of the operations" },
	{ VIEW("{\"hosts\":{\"a.example\":{\"url\":\"https://a\"},\n"
	       "\"*.b.example\":{\"bearer_file\":\"/t\",\"url\":\"https://b\"}}}"),
	  NULL },
	{ VIEW("{\"hosts\":{}}"), FILE_NAME ":1: \"hosts\" must be an object" },
	{ VIEW("{\"hosts\":[]}"), FILE_NAME ":1: \"hosts\" must be an object" },
	{ VIEW("{\n\"hosts\":{\n\"a\":{},\n\"a\":{}}}"),
	  FILE_NAME ":4: \"a\" is given for the second time" },
	{ VIEW("{\"hosts\":{\n\"a\":{},\n\"A.\":{}}}"),
	  FILE_NAME ":3: \"A.\" is \"a\" for the second" },
	{ VIEW("{\"hosts\":{\"a\":1}}"), FILE_NAME ":1: \"a\" must be an object of settings" },
	{ VIEW("{\"hosts\":{\"a@b\":{}}}"), FILE_NAME ":1: \"a@b\" is neither a host" },
	{ VIEW("{\"hosts\":{\"*\":{}}}"), FILE_NAME ":1: \"*\" is neither a host" },
	{ VIEW("{\"hosts\":{\"*.\":{}}}"), FILE_NAME ":1: \"*.\" is neither a host" },
	{ VIEW("{\"hosts\":{\n\"a\":{\n\"server\":\"ejabberd\"}}}"),
	  FILE_NAME ":3: \"server\" is the same for all hosts" },
	{ VIEW("{\"hosts\":{\n\"a\":{\n\"hosts\":{}}}}"), FILE_NAME ":3: \"hosts\" is not a" },
	{ VIEW("{\"hosts\":{\n\"a\":{\n\n\"url\":7}}}"), FILE_NAME ":4: \"url\" must be a string" },
};

/* Applies a whole file as settings_load() does. */
static int
apply_file(struct view text, struct settings *settings, struct fault *fault)
{
	struct settings_file file;
	int result = settings_file_parse(&file, FILE_NAME, text, fault);

	if (result == 0)
		result = settings_file_apply(&file, settings, fault);
	if (result == 0)
		result = settings_file_apply_hosts(&file, settings, fault);
	settings_file_close(&file);
	return result;
}

static void
a_file_is_read_by_the_letter_and_faults_have_a_line(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(files); i++) {
		struct settings *settings = calloc(1, sizeof(*settings));
		struct fault fault = { "" };
		struct view text = exact_copy(files[i].text);
		int result;

		assert_non_null(settings);
		result = apply_file(text, settings, &fault);
		if (files[i].complaint == NULL ? result != 0
					       : strncmp(fault.text, files[i].complaint,
							 strlen(files[i].complaint)) != 0)
			fail_msg("row %zu: %s", i, fault.text);
		assert_int_equal(result, files[i].complaint == NULL ? 0 : -1);
		settings_free(settings);
		free((void *)text.data);
	}
}

static void
an_entry_of_hosts_inherits_and_overrides(void **state)
{
	struct settings *settings = calloc(1, sizeof(*settings));
	struct fault fault = { "" };
	struct view text = VIEW("{\"url\":[\"https://a\",\"https://b\"],\"ca_file\":\"/ca\","
				"\"tls_min\":\"1.3\",\"paths\":{\"auth\":\"x\"},\"hosts\":{"
				"\"one\":{\"url\":\"https://c\"},\"two\":{\"tls_min\":\"1.2\"}}}");

	(void)state;
	assert_non_null(settings);
	assert_int_equal(apply_file(text, settings, &fault), 0);
	assert_int_equal(settings_api_count(settings), 2);
	assert_int_equal(settings_api(settings, 0)->endpoints.count, 1);
	assert_string_equal(settings_api(settings, 0)->endpoints.list[0].url, "https://c");
	assert_string_equal(settings_api(settings, 0)->ca_file, "/ca");
	assert_int_equal(settings_api(settings, 0)->tls_min, TLS_1_3);
	assert_int_equal(settings_api(settings, 1)->endpoints.count, 2);
	assert_int_equal(settings_api(settings, 1)->tls_min, TLS_1_2);
	assert_string_equal(api_path(settings_api(settings, 1), OPERATION_AUTH), "x");
	assert_string_equal(api_path(settings_api(settings, 1), OPERATION_ISUSER), "exists");
	settings_free(settings);
}

static void
a_server_finds_its_own_entry_or_its_longest_suffix(void **state)
{
	static const struct {
		struct view host;
		size_t route;
	} rows[] = {
		{ VIEW("example.org"), 0 },
		{ VIEW("a.example.org"), 1 },
		{ VIEW("b.a.example.org"), 2 },
		{ VIEW("c.b.a.example.org"), 2 },
		{ VIEW("b.example.org"), 1 },
		{ VIEW("exact.a.example.org"), 3 },
		{ VIEW("xexample.org"), 7 },
		{ VIEW(".example.org"), 7 },
		{ VIEW("org"), 7 },
		{ VIEW("example.org."), 0 },
		{ VIEW("EXAMPLE.org"), 0 },
		{ VIEW("xn--bcher-kva.example"), 5 },
		{ VIEW("b\xC3\xBC"
		       "cher.example."),
		  5 },
		{ VIEW("a.xn--e1aybc.xn--p1ai"), 6 },
		{ VIEW("other.example"), 7 },
	};
	struct settings *settings = calloc(1, sizeof(*settings));
	struct fault fault = { "" };
	size_t i;

	(void)state;
	assert_non_null(settings);
	assert_int_equal(apply_file(VIEW("{\"hosts\":{\"example.org\":{},\"*.example.org\":{},"
					 "\"*.a.example.org\":{},\"Exact.a.example.org.\":{},"
					 "\"neither\":{},\"XN--Bcher-kva.Example\":{},"
					 "\"*.\xD1\x82\xD0\xB5\xD1\x81\xD1\x82.xn--p1ai\":{}}}"),
				    settings, &fault),
			 0);
	for (i = 0; i < COUNT(rows); i++) {
		if (settings_route(settings, rows[i].host) != rows[i].route)
			fail_msg("row %zu", i);
	}
	settings_free(settings);
}

static void
the_server_is_guessed_when_settings_cannot_be_read(void **state)
{
	char *ejabberd[] = { "extauth-https", "--bogus" };
	char *mongooseim[] = { "extauth-https", "--bogus", "--server=mongooseim" };
	char *apart[] = { "extauth-https", "--server", "mongooseim", "http://x" };

	(void)state;
	assert_int_equal(settings_guess_server(2, ejabberd), SERVER_EJABBERD);
	assert_int_equal(settings_guess_server(3, mongooseim), SERVER_MONGOOSEIM);
	assert_int_equal(settings_guess_server(4, apart), SERVER_MONGOOSEIM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_url_alone_is_a_complete_set_up),
		cmocka_unit_test(the_deadline_suits_the_server_unless_it_is_given),
		cmocka_unit_test(the_options_of_the_python_script_are_understood),
		cmocka_unit_test(a_url_is_taken_apart),
		cmocka_unit_test(a_url_ends_at_1000_bytes),
		cmocka_unit_test(a_wrong_line_is_named),
		cmocka_unit_test(a_file_is_read_by_the_letter_and_faults_have_a_line),
		cmocka_unit_test(an_entry_of_hosts_inherits_and_overrides),
		cmocka_unit_test(a_server_finds_its_own_entry_or_its_longest_suffix),
		cmocka_unit_test(the_server_is_guessed_when_settings_cannot_be_read),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
