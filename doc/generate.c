/* SPDX-License-Identifier: ISC */
/*
 * Writes what follows from the table of settings: the JSON Schema of the settings
 * file, and the words that the completion for bash offers.
 *
 *	generate schema <doc/schema.json.in
 *	generate completion
 */
#include "core/request.h"
#include "settings/api.h"
#include "settings/bounds.h"
#include "settings/pins.h"
#include "settings/settings.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A setting as the table has it, without what the program does with it. */
struct entry {
	const char *key, *kind, *scope, *argument, *standard;
	int64_t least, most;
	const char *help;
};

static const struct entry table[] = {
#define FROM(least, most) least, most
#define ANY		  0, 0
#define SETTING(key, kind, scope, member, place, argument, standard, bounds, holds, help) \
	{ #key, #kind, #scope, argument, standard, bounds, help },
#include "settings/settings.def"
#undef SETTING
};

#define ENTRIES (sizeof(table) / sizeof(table[0]))

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
		printf("\"type\": \"number\", \"minimum\": %g, \"maximum\": %g",
		       (double)entry->least / (double)CLOCK_SECOND,
		       (double)entry->most / (double)CLOCK_SECOND);
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

static void
print_standard(const struct entry *entry)
{
	const char *quote = strcmp(entry->kind, "seconds") == 0 ? "" : "\"";

	if (entry->standard != NULL)
		printf(", \"default\": %s%s%s", quote, entry->standard, quote);
}

/* Every setting is defined once, because those of an API appear in two places. */
static void
print_definitions(void)
{
	size_t i;

	for (i = 0; i < ENTRIES; i++) {
		printf("    \"%s\": {\"description\": \"%s\",\n                ", table[i].key,
		       table[i].help);
		print_kind(&table[i]);
		print_standard(&table[i]);
		printf("}%s\n", i + 1 < ENTRIES ? "," : "");
	}
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

/* What stands for a name between two @ in schema.json.in. */
static void
print_part(const char *name)
{
	if (strcmp(name, "settings") == 0)
		print_references("    ", NULL);
	else if (strcmp(name, "settings of an API") == 0)
		print_references("          ", "API");
	else if (strcmp(name, "definitions") == 0)
		print_definitions();
	else if (strcmp(name, "most hosts") == 0)
		printf("%d", SETTINGS_HOSTS_MAX);
	else if (strcmp(name, "longest name") == 0)
		printf("%d", REQUEST_NAME_MAX + 2); /* and "*." */
}

/* Copies standard input, which has the half of the schema that does not depend on the
 * table, with the other half in its places. */
static void
print_schema(void)
{
	char name[32];
	int c;

	while ((c = getchar()) != EOF) {
		if (c == '@' && scanf("%31[a-zA-Z ]@", name) == 1)
			print_part(name);
		else
			putchar(c);
	}
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

enum part {
	CONTRACT,
	TLS,
	NETWORK,
	PARTS
};

static const struct cause {
	enum part part;
	const char *shown, *cure;
} causes[] = {
#define CAUSE(part, shown, words, cure) { part, shown, cure },
#include "operator/cause.def"
#undef CAUSE
};

/* True at a word that mdoc(7) would take for a macro, such as "No". */
static bool
is_macro(const char *start, const char *text)
{
	return isupper((unsigned char)*text) && (text == start || text[-1] == ' ') &&
	       strcspn(text, " ") <= 3;
}

/* Prints text as mdoc(7), as the rest of a macro's line or, with `breaks`, as lines of text:
 * then a sentence ends its line, and long lines are broken. */
static void
print_mdoc(const char *text, bool breaks)
{
	const char *start = text;
	int column = 0;

	for (; *text != '\0'; text++) {
		bool ends = strncmp(text, ". ", 2) == 0 || strncmp(text, "? ", 2) == 0;

		if (*text == '"' || (!breaks && is_macro(start, text)))
			printf("\\&");
		putchar(*text == ' ' && breaks && column > 60 ? '\n' : *text);
		column = *text == ' ' && column > 60 ? 0 : column + 1;
		if (ends && breaks) {
			putchar('\n');
			text++;
			column = 0;
		}
	}
}

static bool
is_question(const char *text)
{
	return text[strlen(text) - 1] == '?';
}

static void
print_causes(void)
{
	static const char *const headings[PARTS] = {
		[CONTRACT] = "Reasons: contract",
		[TLS] = "Reasons: TLS",
		[NETWORK] = "Reasons: network",
	};
	unsigned int part;
	size_t i;

	for (part = 0; part < PARTS; part++) {
		printf(".Ss %s\n.Bl -tag -width Ds\n", headings[part]);
		for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
			if (causes[i].part != (enum part)part)
				continue;
			printf(".It Li ");
			print_mdoc(causes[i].shown, false);
			printf("\n");
			putchar(toupper((unsigned char)causes[i].cure[0]));
			print_mdoc(causes[i].cure + 1, true);
			printf("%s\n", is_question(causes[i].cure) ? "" : ".");
		}
		printf(".El\n");
	}
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "schema") == 0)
		print_schema();
	else if (argc == 2 && strcmp(argv[1], "completion") == 0)
		print_completion();
	else if (argc == 2 && strcmp(argv[1], "causes") == 0)
		print_causes();
	else
		return 2;
	return fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : 1;
}
