// SPDX-License-Identifier: GPL-2.0
/* A file of declarations. libyaml reads it, and knows of each node where it is.
 * Every scalar is text, whatever it looks like.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "declared.h"
#include "refuse.h"

struct reader {
	const char *path;
	yaml_document_t doc;
	struct declarations *all;
};

#define AT "%s:%d: "

static int line_of(const yaml_node_t *node)
{
	return (int)node->start_mark.line + 1;
}

static const char *text_of(const yaml_node_t *node)
{
	const char *text = (const char *)node->data.scalar.value;

	/* One with a NUL in it would be read as another. */
	return strlen(text) == node->data.scalar.length ? text : "";
}

static int take_text(struct reader *r, const char *key, yaml_node_t *node,
		     char **to)
{
	if (node->type != YAML_SCALAR_NODE || !*text_of(node))
		return refuse(AT "'%s' takes a text", r->path, line_of(node),
			      key);
	*to = strdup(text_of(node));
	return *to ? EXIT_DONE : refuse("out of memory");
}

static int take_path(struct reader *r, const char *key, yaml_node_t *node,
		     char **to)
{
	int code = take_text(r, key, node, to);

	if (code || **to == '/')
		return code;
	return refuse(AT "'%s' takes a path that begins with '/', not '%s'",
		      r->path, line_of(node), key, *to);
}

static int take_name(struct reader *r, const char *key, yaml_node_t *node,
		     char **to)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	int code = take_text(r, key, node, to);

	if (code)
		return code;
	if (strlen(*to) <= DECLARED_NAME_MOST &&
	    strspn(*to, allowed) == strlen(*to))
		return EXIT_DONE;
	return refuse(AT "'%s' is not a name: it takes up to %d letters, digits, '_' and '-'",
		      r->path, line_of(node), *to, DECLARED_NAME_MOST);
}

static int list_add(struct reader *r, const char *key, yaml_node_t *node,
		    struct declared_list *list)
{
	size_t n = list->count + 1;
	char **texts = realloc(list->texts, n * sizeof(*texts));
	int *lines;

	if (!texts)
		return refuse("out of memory");
	list->texts = texts;
	lines = realloc(list->lines, n * sizeof(*lines));
	if (!lines)
		return refuse("out of memory");
	list->lines = lines;
	lines[list->count] = line_of(node);
	texts[list->count] = NULL;
	list->count = n;
	return take_text(r, key, node, &texts[n - 1]);
}

/* A text, or a list of them */
static int take_list(struct reader *r, const char *key, yaml_node_t *node,
		     struct declared_list *list)
{
	yaml_node_item_t *i;
	int code = EXIT_DONE;

	if (node->type == YAML_SCALAR_NODE)
		return list_add(r, key, node, list);
	if (node->type != YAML_SEQUENCE_NODE ||
	    node->data.sequence.items.start == node->data.sequence.items.top)
		return refuse(AT "'%s' takes a text or a list of texts",
			      r->path, line_of(node), key);
	for (i = node->data.sequence.items.start;
	     !code && i < node->data.sequence.items.top; i++)
		code = list_add(r, key,
				yaml_document_get_node(&r->doc, *i), list);
	return code;
}

static int take_directions(struct reader *r, const char *key,
			   yaml_node_t *node, struct declared *d)
{
	struct declared_list list = {};
	int code = take_list(r, key, node, &list);
	size_t i;
	int t;

	for (i = 0; !code && i < list.count; i++) {
		for (t = 0; t < POINT_TYPES; t++)
			if (!strcmp(list.texts[i], point_types[t].name))
				break;
		if (t < POINT_TYPES)
			d->types[t] = true;
		else
			code = refuse(AT "a direction is ingress or egress, or of a netkit pair primary or peer, not '%s'",
				      r->path, list.lines[i], list.texts[i]);
	}
	for (i = 0; i < list.count; i++)
		free(list.texts[i]);
	free(list.texts);
	free(list.lines);
	return code;
}

static int take_place(struct reader *r, const char *key, yaml_node_t *node,
		      bool *first)
{
	const char *text = node->type == YAML_SCALAR_NODE ? text_of(node) : "";

	*first = !strcmp(text, "first");
	if (*first || !strcmp(text, "last"))
		return EXIT_DONE;
	return refuse(AT "'%s' is first or last", r->path, line_of(node), key);
}

static const char * const keys[] = {
	"name", "object", "program", "section", "pinned", "devices",
	"directions", "before", "after", "place",
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

static int take(struct reader *r, size_t key, yaml_node_t *node,
		struct declared *d)
{
	switch (key) {
	case 0: return take_name(r, keys[key], node, &d->name);
	case 1: return take_path(r, keys[key], node, &d->object);
	case 2: return take_text(r, keys[key], node, &d->program);
	case 3: return take_text(r, keys[key], node, &d->section);
	case 4: return take_path(r, keys[key], node, &d->pinned);
	case 5: return take_list(r, keys[key], node, &d->devices);
	case 6: return take_directions(r, keys[key], node, d);
	case 7: return take_list(r, keys[key], node, &d->before);
	case 8: return take_list(r, keys[key], node, &d->after);
	default: return take_place(r, keys[key], node, &d->first);
	}
}

static int check(const struct reader *r, const struct declared *d,
		 const bool *seen)
{
	const char *what = NULL;

	if (!seen[0])
		what = "an attachment needs a 'name'";
	else if (seen[1] == seen[4])
		what = "an attachment needs either 'object', a file, or 'pinned', a path in bpffs";
	else if (seen[4] && (seen[2] || seen[3]))
		what = "'program' and 'section' choose from an 'object'; a pinned program is one already";
	else if (seen[2] && seen[3])
		what = "'program' and 'section' cannot both choose; keep one";
	else if (!seen[5])
		what = "an attachment needs 'devices', names or patterns";
	else if (!seen[6])
		what = "an attachment needs 'directions', such as ingress";
	return what ? refuse(AT "%s", r->path, d->line, what) : EXIT_DONE;
}

static int take_attachment(struct reader *r, yaml_node_t *node)
{
	struct declarations *all = r->all;
	bool seen[KEYS] = {};
	struct declared *d;
	yaml_node_pair_t *p;
	int code = EXIT_DONE;

	if (node->type != YAML_MAPPING_NODE)
		return refuse(AT "an attachment is written as keys with values, beginning with 'name:'",
			      r->path, line_of(node));
	d = realloc(all->all, (all->count + 1) * sizeof(*d));
	if (!d)
		return refuse("out of memory");
	all->all = d;
	d += all->count++;
	memset(d, 0, sizeof(*d));
	d->line = line_of(node);
	d->file = strdup(r->path);
	if (!d->file)
		return refuse("out of memory");
	for (p = node->data.mapping.pairs.start;
	     !code && p < node->data.mapping.pairs.top; p++) {
		yaml_node_t *key = yaml_document_get_node(&r->doc, p->key);
		const char *text = key->type == YAML_SCALAR_NODE ?
				   text_of(key) : "";
		size_t k = 0;

		while (k < KEYS && strcmp(text, keys[k]))
			k++;
		if (k == KEYS)
			return refuse(AT "there is no key '%s' in an attachment; there are name, object, program, section, pinned, devices, directions, before, after, place",
				      r->path, line_of(key), text);
		if (seen[k])
			return refuse(AT "'%s' stands there twice", r->path,
				      line_of(key), text);
		seen[k] = true;
		code = take(r, k, yaml_document_get_node(&r->doc, p->value), d);
	}
	return code ? code : check(r, d, seen);
}

static int take_root(struct reader *r)
{
	yaml_node_t *root = yaml_document_get_root_node(&r->doc), *node = NULL;
	yaml_node_pair_t *p;
	yaml_node_item_t *i;
	int code = EXIT_DONE;

	if (root && root->type == YAML_MAPPING_NODE)
		for (p = root->data.mapping.pairs.start;
		     p < root->data.mapping.pairs.top; p++) {
			yaml_node_t *key = yaml_document_get_node(&r->doc,
								  p->key);

			if (key->type != YAML_SCALAR_NODE || node ||
			    strcmp(text_of(key), "attachments"))
				return refuse(AT "a file has one key, 'attachments'",
					      r->path, line_of(key));
			node = yaml_document_get_node(&r->doc, p->value);
		}
	if (!node || node->type != YAML_SEQUENCE_NODE)
		return refuse(AT "a file has one key, 'attachments', with a list; 'attachments: []' declares none",
			      r->path, node ? line_of(node) : 1);
	for (i = node->data.sequence.items.start;
	     !code && i < node->data.sequence.items.top; i++)
		code = take_attachment(r, yaml_document_get_node(&r->doc, *i));
	return code;
}

static int refuse_yaml(const struct reader *r, const yaml_parser_t *parser)
{
	refuse_errno(EINVAL);
	return refuse(AT "this is not YAML: %s", r->path,
		      (int)parser->problem_mark.line + 1,
		      parser->problem ? parser->problem : "out of memory");
}

static int take_document(struct reader *r, yaml_parser_t *parser)
{
	yaml_document_t more;
	int code;

	if (!yaml_parser_load(parser, &r->doc))
		return refuse_yaml(r, parser);
	refuse_errno(EINVAL);
	code = take_root(r);
	yaml_document_delete(&r->doc);
	if (code)
		return code;
	if (!yaml_parser_load(parser, &more))
		return refuse_yaml(r, parser);
	if (yaml_document_get_root_node(&more))
		code = refuse(AT "a second document begins here; a file has one",
			      r->path, (int)more.start_mark.line + 1);
	yaml_document_delete(&more);
	return code;
}

int declared_parse(struct declarations *all, const char *path)
{
	struct reader r = { .path = path, .all = all };
	yaml_parser_t parser;
	FILE *f = fopen(path, "re");
	int code;

	if (!f) {
		refuse_errno(errno);
		return refuse("%s cannot be read: %s", path, strerror(errno));
	}
	if (yaml_parser_initialize(&parser)) {
		yaml_parser_set_input_file(&parser, f);
		code = take_document(&r, &parser);
		yaml_parser_delete(&parser);
	} else {
		code = refuse("out of memory");
	}
	fclose(f);
	return code;
}
