/* SPDX-License-Identifier: ISC */
/*
 * A YAML file as a tree, read by libyaml. Only this file and ejabberd_yml.c use that
 * library; no process that serves calls it.
 */
#ifndef YAML_FILE_H
#define YAML_FILE_H

#include "base/fault.h"
#include "base/must_use.h"

#include <stddef.h>
#include <yaml.h>

struct yaml_file {
	yaml_document_t tree; /* the first document of the file */
};

/*
 * Reads a file of at most `max` bytes. Returns 0 with a tree to be freed by
 * yaml_file_close(); or -1 with "PATH:LINE: what is wrong" in *fault.
 */
MUST_USE int yaml_file_read(struct yaml_file *file, const char *path, size_t max,
			    struct fault *fault);

void yaml_file_close(struct yaml_file *file);

/*
 * The first node of the document; NULL when the file is empty.
 */
yaml_node_t *yaml_file_root(struct yaml_file *file);

/*
 * The value of `key` in a mapping, the first one if there are several. NULL when there is none, or
 * `node` is NULL or not a mapping.
 */
yaml_node_t *yaml_file_member(struct yaml_file *file, const yaml_node_t *node, const char *key);

/*
 * The text of item `index` of a node: the node itself if it is a scalar, an element of a sequence,
 * or a key of a mapping. NULL after the last, and for an item that is not text.
 */
const char *yaml_file_item(struct yaml_file *file, const yaml_node_t *node, size_t index);

#endif
