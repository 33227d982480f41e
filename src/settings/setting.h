/* SPDX-License-Identifier: ISC */
/*
 * One setting: how its text becomes a member of struct settings. The table is settings.def;
 * this is its interface for command line and file.
 */
#ifndef SETTING_H
#define SETTING_H

#include "base/must_use.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct api;
struct fault;
struct settings;
struct writer;

/*
 * What a JSON file must hold for a setting; on the command line all are text.
 */
enum setting_shape {
	SHAPE_STRING,
	SHAPE_NUMBER,
	SHAPE_STRINGS, /* a string, or a list of strings */
	SHAPE_OBJECT,  /* an object of strings, each given as NAME=VALUE */
};

struct setting;

/*
 * A kind of setting: the functions for a member of its type.
 */
struct setting_kind {
	enum setting_shape shape;
	/* Reads one value; a list grows by it. 0, or -1 with a phrase in *fault that follows the
	 * setting's name. */
	int (*take)(const struct setting *setting, const char *text, void *member,
		    struct fault *fault);
	/* Frees and empties the member. */
	void (*clear)(void *member);
	/* Copies a member to an empty one. 0, or -1 when there is no memory. */
	int (*copy)(void *to, const void *from);
	/* Writes the member as text. Nothing when it is empty. */
	void (*show)(const struct setting *setting, const void *member, struct writer *writer);
};

enum setting_scope {
	SCOPE_ALL, /* a member of struct settings */
	SCOPE_API, /* a member of struct api */
};

/*
 * A line of settings.def, which explains the columns.
 */
struct setting {
	const char *key;
	const char *argument; /* the name of its value in the help; for a choice the values */
	const char *standard; /* its default; or NULL */
	int64_t least, most;  /* of a time, in microseconds */
	bool holds_secret;    /* it names a file that holds a secret */
	const char *help;
	bool in_help; /* --help lists it; the manual lists all */
	const struct setting_kind *kind;
	enum setting_scope scope;
	size_t offset; /* of the member in its scope's structure */
};

extern const struct setting setting_table[];
extern const size_t setting_count;

/* The kinds, by their names in settings.def. */
extern const struct setting_kind setting_kind_url;
extern const struct setting_kind setting_kind_pin;
extern const struct setting_kind setting_kind_path;
extern const struct setting_kind setting_kind_path_name;
extern const struct setting_kind setting_kind_operations;
extern const struct setting_kind setting_kind_text;
extern const struct setting_kind setting_kind_log;
extern const struct setting_kind setting_kind_choice;
extern const struct setting_kind setting_kind_seconds;

/*
 * Where a setting is stored in the settings for all, or in those of one API.
 */
void *setting_member(const struct setting *setting, struct settings *settings);
void *setting_api_member(const struct setting *setting, struct api *api);

/*
 * The files that an API names, one after the other: the setting that names the next one, and its
 * path. *next is 0 at the beginning. NULL when there are no more.
 */
const struct setting *setting_next_file(const struct api *api, size_t *next, const char **path);

/*
 * The setting called `key`, or NULL with a line in *fault that suggests the most similar one.
 * Options have dashes where keys have underscores; both are accepted here.
 */
MUST_USE const struct setting *setting_find(const char *key, struct fault *fault);

#endif
