/* SPDX-License-Identifier: ISC */
/*
 * Writes what follows from the table of settings: the JSON Schema of the settings
 * file, and the words that the completion for bash offers.
 *
 *	generate schema | completion
 */
#include "base/clock.h"
#include "core/request.h"
#include "settings/api.h"
#include "settings/pins.h"
#include "settings/settings.h"

#include <stdio.h>
#include <string.h>

/* A setting as the table has it, without what the program does with it. */
struct entry {
	const char *key, *kind, *scope, *argument, *help;
};

static const struct entry table[] = {
#define SETTING(key, kind, scope, member, place, argument, help) \
	{ #key, #kind, #scope, argument, help },
#include "settings/settings.def"
#undef SETTING
};

#define ENTRIES (sizeof(table) / sizeof(table[0]))

/* The limits of times, which settings.c checks. */
static const struct limits {
	const char *key;
	int64_t min, max;
} times[] = {
	{ "deadline", SETTINGS_DEADLINE_MIN, SETTINGS_DEADLINE_MAX },
	{ "connect_timeout", SETTINGS_DEADLINE_MIN, SETTINGS_DEADLINE_MAX },
	{ "max_connection_age", CLOCK_SECOND, SETTINGS_AGE_MAX },
	{ "stats_interval", 0, SETTINGS_AGE_MAX },
};

/* Patterns, and what becomes of one where a list may stand as well. They are
 * printf(3) formats that take the list's largest size. */
#define HTTPS "^[Hh][Tt][Tt][Pp][Ss]://"
#define HOST  "([A-Za-z0-9._~%%-]+|\\\\[[0-9A-Fa-f:.]+\\\\])(:(0*[1-9][0-9]*)?)?"
#define OPERATIONS \
	"[\"auth\", \"isuser\", \"setpass\", \"tryregister\", \"removeuser\", \"removeuser3\"]"
#define URL_PATH "(/[!-\\\"$->A-~]*)?$"
#define ITEM(pattern)                                                                \
	"\"anyOf\": [{\"type\": \"string\", \"pattern\": \"" pattern "\"},\n"        \
	"                {\"type\": \"array\", \"minItems\": 1, \"maxItems\": %d,\n" \
	"                 \"items\": {\"type\": \"string\", \"pattern\": \"" pattern "\"}}]"

static void
print_time(const char *key)
{
	size_t i;

	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (strcmp(key, times[i].key) == 0)
			printf("\"type\": \"number\", \"minimum\": %g, \"maximum\": %g",
			       (double)times[i].min / (double)CLOCK_SECOND,
			       (double)times[i].max / (double)CLOCK_SECOND);
	}
}

/* Prints "one|two" as "one"SEPARATOR"two". */
static void
print_words(const char *words, const char *quote, const char *separator)
{
	const char *at;

	printf("%s", quote);
	for (at = words; *at != '\0'; at++) {
		if (*at == '|')
			printf("%s%s%s", quote, separator, quote);
		else
			putchar(*at);
	}
	printf("%s", quote);
}

static void
print_kind(const struct entry *entry)
{
	if (strcmp(entry->kind, "url") == 0)
		printf(ITEM(HTTPS HOST URL_PATH), SETTINGS_ENDPOINTS_MAX);
	else if (strcmp(entry->kind, "pin") == 0)
		printf(ITEM("^sha256//[A-Za-z0-9+/]{43}=$"), SETTINGS_PINS_MAX);
	else if (strcmp(entry->kind, "operations") == 0)
		printf("\"anyOf\": [{\"enum\": " OPERATIONS "},\n"
		       "                {\"type\": \"array\", \"minItems\": 1, \"uniqueItems\": "
		       "true,\n"
		       "                 \"items\": {\"enum\": " OPERATIONS "}}]");
	else if (strcmp(entry->kind, "path") == 0)
		printf("\"type\": \"string\", \"pattern\": \"^/\"");
	else if (strcmp(entry->kind, "log") == 0)
		printf("\"type\": \"string\", \"pattern\": \"^(stderr$|syslog$|/)\"");
	else if (strcmp(entry->kind, "text") == 0)
		printf("\"type\": \"string\", \"minLength\": 1");
	else if (strcmp(entry->kind, "seconds") == 0)
		print_time(entry->key);
	else if (strcmp(entry->kind, "choice") == 0) {
		printf("\"enum\": [");
		print_words(entry->argument, "\"", ", ");
		printf("]");
	} else if (strcmp(entry->kind, "path_name") == 0)
		printf("\"type\": \"object\", \"propertyNames\": {\"enum\": " OPERATIONS "},\n"
		       "                \"additionalProperties\": {\"type\": \"string\", "
		       "\"maxLength\": %d,\n"
		       "                \"pattern\": "
		       "\"^(?!.*\\\\.\\\\.)[A-Za-z0-9._~%%-][A-Za-z0-9._~/%%-]*$\"}",
		       SETTINGS_PATH_MAX);
}

/* Every setting is defined once, because those of an API appear in two places. */
static void
print_definitions(void)
{
	size_t i;

	printf("  \"$defs\": {\n");
	for (i = 0; i < ENTRIES; i++) {
		printf("    \"%s\": {\"description\": \"%s\",\n                ", table[i].key,
		       table[i].help);
		print_kind(&table[i]);
		printf("}%s\n", i + 1 < ENTRIES ? "," : "");
	}
	printf("  },\n");
}

static void
print_references(const char *indentation, const char *scope)
{
	const char *separator = "";
	size_t i;

	for (i = 0; i < ENTRIES; i++) {
		if (scope != NULL && strcmp(table[i].scope, scope) != 0)
			continue;
		printf("%s%s\"%s\": {\"$ref\": \"#/$defs/%s\"}", separator, indentation,
		       table[i].key, table[i].key);
		separator = ",\n";
	}
}

static void
print_hosts(void)
{
	printf(",\n    \"hosts\": {\n"
	       "      \"description\": \"settings of single XMPP hosts, or of all below a "
	       "suffix\",\n"
	       "      \"type\": \"object\", \"minProperties\": 1, \"maxProperties\": %d,\n"
	       "      \"propertyNames\": {\"pattern\": "
	       "\"^([*]\\\\.)?[^*@/ \\\"]+$\", \"maxLength\": %d},\n"
	       "      \"additionalProperties\": {\n"
	       "        \"type\": \"object\", \"additionalProperties\": false,\n"
	       "        \"properties\": {\n",
	       SETTINGS_HOSTS_MAX, REQUEST_NAME_MAX + 2);
	print_references("          ", "API");
	printf("\n        }\n      }\n    }\n");
}

#define EACH_HOST(schema) "{\"properties\": {\"hosts\": {\"additionalProperties\": " schema "}}}"
#define PAIR                                                \
	"{\"dependentRequired\": {\"client_certificate\": " \
	"[\"client_key\"], \"client_key\": [\"client_certificate\"]}}"
#define NEITHER(a, b) \
	"{\"not\": {\"anyOf\": [{\"required\": [\"" a "\"]}, {\"required\": [\"" b "\"]}]}}"
#define MISSING(has, lacks) \
	"{\"required\": [\"hosts\", \"" has "\"], \"not\": {\"required\": [\"" lacks "\"]}}"
#define ALONE(a, b, c)                                                                \
	"    {\"if\": {\"required\": [\"" a                                           \
	"\"]},\n     \"then\": {\"allOf\": [" NEITHER(b, c) ",\n       " EACH_HOST(   \
		NEITHER(b, c)) "]}},\n    " EACH_HOST("{\"if\": {\"required\": [\"" a \
						      "\"]}, \"then\": " NEITHER(b, c) "}")

/* What no setting can tell alone. An entry of hosts inherits what stands outside. */
static const char
	rules[] = "  \"allOf\": [\n"
		  "    {\"if\": {\"required\": [\"hosts\"]},\n"
		  "     \"then\": {\"anyOf\": [{\"required\": [\"url\"]},\n"
		  "       " EACH_HOST(
			  "{\"required\": [\"url\"]}") "]},\n"
						       "     \"else\": {\"allOf\": [{\"required\": "
						       "[\"url\"]}, " PAIR "]}},\n"
						       "    {\"if\": " MISSING(
							       "client_certificate", "client_key") ",\n"
												   "     \"then\": " EACH_HOST("{\"required\": [\"client_key\"]}") "},\n"
																				   "    {\"if\": " MISSING("client_key",
																							   "client_certificate") ",\n"
																										 "     \"then\": " EACH_HOST("{\"required\": [\"client_certificate\"]}") "},\n"
																																			 "    {\"if\": " NEITHER("client_certificate", "client_key") ",\n"
																																										     "     \"then\": " EACH_HOST(
																																											     PAIR) "},\n" ALONE("bearer_file", "basic_file", "hmac_key_file") ",\n" ALONE("basic_file",
																																																					  "bearer_file", "hmac_key_file") ",\n" ALONE("hmac_key_file",
																																																										      "bearer_file",
																																																										      "basic_file") "\n"
																																																												    "  ]\n";

static void
print_schema(void)
{
	printf("{\n"
	       "  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
	       "  \"title\": \"Settings of extauth-https\",\n"
	       "  \"description\": \"A settings file that is complete in itself; "
	       "extauth-https.json(5) explains it\",\n"
	       "  \"type\": \"object\", \"additionalProperties\": false,\n"
	       "  \"properties\": {\n");
	print_references("    ", NULL);
	print_hosts();
	printf("  },\n");
	print_definitions();
	fputs(rules, stdout);
	printf("}\n");
}

/* The option's name for a key. */
static void
print_option(const char *key)
{
	printf("--");
	for (; *key != '\0'; key++)
		putchar(*key == '_' ? '-' : *key);
}

static void
print_completion(void)
{
	size_t i;

	printf("_extauth_https_settings=\"");
	for (i = 0; i < ENTRIES; i++) {
		printf("%s", i > 0 ? " " : "");
		print_option(table[i].key);
	}
	printf("\"\n\n"
	       "_extauth_https_value() {\n"
	       "\tcase $1 in\n");
	for (i = 0; i < ENTRIES; i++) {
		const char *kind = table[i].kind;

		printf("\t");
		print_option(table[i].key);
		if (strcmp(kind, "choice") == 0) {
			printf(") echo words ");
			print_words(table[i].argument, "", " ");
			printf(" ;;\n");
		} else if (strcmp(kind, "path") == 0) {
			printf(") echo files ;;\n");
		} else {
			printf(") echo %s ;;\n", kind);
		}
	}
	printf("\tesac\n}\n");
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "schema") == 0)
		print_schema();
	else if (argc == 2 && strcmp(argv[1], "completion") == 0)
		print_completion();
	else
		return 2;
	return fflush(stdout) == 0 ? 0 : 1;
}
