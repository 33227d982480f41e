/* SPDX-License-Identifier: ISC */
#include "operator/yaml_file.h"

#include "base/file.h"
#include "base/view.h"

#include <stdlib.h>
#include <string.h>

static int
parse(yaml_parser_t *parser, struct yaml_file *file, const char *path, struct fault *fault)
{
	if (yaml_parser_load(parser, &file->tree) == 1)
		return 0;
	return fault_set(fault, "%s:%zu: is not YAML: %s", path, parser->problem_mark.line + 1,
			 parser->problem != NULL ? parser->problem : "out of memory");
}

int
yaml_file_read(struct yaml_file *file, const char *path, size_t max, struct fault *fault)
{
	yaml_parser_t parser;
	struct view content;
	int result;

	if (file_read(path, max, &content, fault) < 0)
		return -1;
	if (yaml_parser_initialize(&parser) == 1) {
		yaml_parser_set_input_string(&parser, content.data, content.size);
		result = parse(&parser, file, path, fault);
		yaml_parser_delete(&parser);
	} else {
		result = fault_set(fault, "%s: out of memory", path);
	}
	free((void *)content.data);
	return result;
}

void
yaml_file_close(struct yaml_file *file)
{
	yaml_document_delete(&file->tree);
}

yaml_node_t *
yaml_file_root(struct yaml_file *file)
{
	return yaml_document_get_root_node(&file->tree);
}

static const char *
text_of(struct yaml_file *file, int number)
{
	const yaml_node_t *node = yaml_document_get_node(&file->tree, number);

	if (node == NULL || node->type != YAML_SCALAR_NODE)
		return NULL;
	return (const char *)node->data.scalar.value;
}

yaml_node_t *
yaml_file_member(struct yaml_file *file, const yaml_node_t *node, const char *key)
{
	const yaml_node_pair_t *pair;

	if (node == NULL || node->type != YAML_MAPPING_NODE)
		return NULL;
	for (pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
		const char *name = text_of(file, pair->key);

		if (name != NULL && strcmp(name, key) == 0)
			return yaml_document_get_node(&file->tree, pair->value);
	}
	return NULL;
}

const char *
yaml_file_item(struct yaml_file *file, const yaml_node_t *node, size_t index)
{
	if (node == NULL)
		return NULL;
	switch (node->type) {
	case YAML_NO_NODE:
		break;
	case YAML_SCALAR_NODE:
		return index == 0 ? (const char *)node->data.scalar.value : NULL;
	case YAML_SEQUENCE_NODE:
		if (node->data.sequence.items.start + index < node->data.sequence.items.top)
			return text_of(file, node->data.sequence.items.start[index]);
		break;
	case YAML_MAPPING_NODE:
		if (node->data.mapping.pairs.start + index < node->data.mapping.pairs.top)
			return text_of(file, node->data.mapping.pairs.start[index].key);
		break;
	}
	return NULL;
}
