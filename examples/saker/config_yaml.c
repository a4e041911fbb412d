/* SPDX-License-Identifier: Apache-2.0 */
/* YAML to nodes, with libyaml. Without that, everything can still be set with `-o`. */
#include "config_tree.h"

#include <string.h>

#if CMD_HAVE_YAML
#include <yaml.h>

typedef struct reader {
    ctree *tree;
    yaml_document_t doc;
    const char *origin;
    bool option; /* places are not shown */
    bool limit;
} reader;

static bool convert(reader *r, const yaml_node_t *from, cnode *to, unsigned depth);

static cnode place_of(const reader *r, const yaml_node_t *from)
{
    cnode n = { .origin = r->origin };
    if (!r->option) {
        n.line = from->start_mark.line + 1;
        n.column = from->start_mark.column + 1;
    }
    return n;
}

static cnode *add(reader *r, cnode *parent, const char *key, const yaml_node_t *from)
{
    const cnode place = place_of(r, from);
    cnode *n = ctree_add(r->tree, parent, key, &place);
    r->limit |= !n;
    return n;
}

static bool is_null(const yaml_node_t *n)
{
    const char *text = (const char *)n->data.scalar.value;
    return n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (text[0] == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
}

static bool convert_list(reader *r, const yaml_node_t *from, cnode *to, unsigned depth)
{
    for (yaml_node_item_t *i = from->data.sequence.items.start; i < from->data.sequence.items.top; i++) {
        const yaml_node_t *item = yaml_document_get_node(&r->doc, *i);
        cnode *n = add(r, to, NULL, item);
        if (!n || !convert(r, item, n, depth))
            return false;
    }
    return true;
}

static bool convert_pair(reader *r, const yaml_node_t *key, const yaml_node_t *value, cnode *to, unsigned depth)
{
    const cnode place = place_of(r, key);
    if (key->type != YAML_SCALAR_NODE) {
        cnode_say(&place, "a key must be a word");
        return false;
    }
    const char *name = ctree_text(r->tree, (const char *)key->data.scalar.value, key->data.scalar.length);
    if (name && cnode_get(to, name)) {
        cnode_say(&place, "the key '%s' is there twice", name);
        return false;
    }
    /* A value that is not there has no place; messages are about the key then. */
    const bool empty = value->type == YAML_SCALAR_NODE && value->data.scalar.length == 0;
    cnode *n = name ? add(r, to, name, empty ? key : value) : NULL;
    return n && convert(r, value, n, depth);
}

static bool convert_map(reader *r, const yaml_node_t *from, cnode *to, unsigned depth)
{
    for (yaml_node_pair_t *p = from->data.mapping.pairs.start; p < from->data.mapping.pairs.top; p++)
        if (!convert_pair(r, yaml_document_get_node(&r->doc, p->key), yaml_document_get_node(&r->doc, p->value), to,
                          depth))
            return false;
    return true;
}

/* Aliases are followed: nodes and depth are limited. */
static bool convert(reader *r, const yaml_node_t *from, cnode *to, unsigned depth)
{
    if (depth >= CTREE_DEPTH) {
        r->limit = true;
        return false;
    }
    switch (from->type) {
    case YAML_SEQUENCE_NODE:
        to->kind = CNODE_LIST;
        return convert_list(r, from, to, depth + 1);
    case YAML_MAPPING_NODE:
        to->kind = CNODE_MAP;
        return convert_map(r, from, to, depth + 1);
    default:
        to->kind = is_null(from) ? CNODE_NULL : CNODE_SCALAR;
        to->text = ctree_text(r->tree, (const char *)from->data.scalar.value, from->data.scalar.length);
        return to->text != NULL;
    }
}

static int say_error(const reader *r, const yaml_parser_t *p)
{
    const cnode place = { .origin = r->origin,
                          .line = r->option ? 0 : p->problem_mark.line + 1,
                          .column = p->problem_mark.column + 1 };
    if (p->error == YAML_MEMORY_ERROR)
        return no_memory();
    cnode_say(&place, "%s", p->problem ? p->problem : "this is not YAML");
    return CMD_USAGE;
}

static int read_document(reader *r, yaml_parser_t *p, cnode **root)
{
    if (!yaml_parser_load(p, &r->doc))
        return say_error(r, p);
    int status = CMD_OK;
    const yaml_node_t *top = yaml_document_get_root_node(&r->doc);
    if (top) {
        cnode *n = add(r, NULL, NULL, top);
        if (n && convert(r, top, n, 0))
            *root = n;
        else if (!r->tree->no_memory)
            status = CMD_USAGE;
    }
    if (status != CMD_OK && r->limit)
        say("%s: too much, or too deep", r->origin);
    yaml_document_delete(&r->doc);
    return r->tree->no_memory ? no_memory() : status;
}

int ctree_read(ctree *t, const char *origin, bool option, const char *text, size_t len, cnode **root)
{
    reader r = { .tree = t, .origin = origin, .option = option };
    yaml_parser_t parser;
    *root = NULL;
    if (!yaml_parser_initialize(&parser))
        return no_memory();
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    const int status = read_document(&r, &parser, root);
    yaml_parser_delete(&parser);
    return status;
}

#else

int ctree_read(ctree *t, const char *origin, bool option, const char *text, size_t len, cnode **root)
{
    (void)t;
    (void)text;
    (void)len;
    (void)option;
    *root = NULL;
    say("%s: this build does not read configurations, it was made without libyaml", origin);
    return CMD_USAGE;
}

#endif
