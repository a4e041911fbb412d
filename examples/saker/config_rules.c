/* SPDX-License-Identifier: Apache-2.0 */
/* The keys that are lists: rule files, what is switched on and off, what is added to outputs. */
#include "config.h"

#include <string.h>
#include <unistd.h>

static size_t length(const cnode *list)
{
    size_t n = 0;
    for (const cnode *i = list->first; i; i = i->next)
        n++;
    return n;
}

/* A list is expected; nothing is an empty one. NULL after it has said that it is something else. */
static const cnode *as_list(const cnode *n, const char *path, int *status)
{
    static const cnode empty = { .kind = CNODE_LIST };
    if (n->kind == CNODE_NULL || (n->kind == CNODE_SCALAR && n->text[0] == '\0'))
        return &empty;
    if (n->kind == CNODE_LIST)
        return n;
    *status = config_wrong(n, path, "a list");
    return NULL;
}

static const char *text_of(config *c, const cnode *n, const char *path, int *status)
{
    const char *text = config_text(c, n);
    if (!text)
        *status = config_wrong(n, path, "a text");
    return text;
}

static void stranger(const cnode *n, const char *path)
{
    cnode_say(n, "there is no key '%s' in an item of %s", n->key, path);
}

/* ---- rules_files ---------------------------------------------------------- */

/* Files that are not there are left out: a falco.yaml names some that may be. */
static void read_files(config *c, const cnode *n, int *status)
{
    const bool deprecated = strcmp(n->key, "rules_file") == 0;
    if (deprecated && cnode_get(c->tree.root, "rules_files")) {
        cnode_say(n, "there are both rules_files and the old rules_file");
        *status = CMD_USAGE;
        return;
    }
    const cnode one = { .kind = CNODE_LIST, .first = (cnode *)(uintptr_t)n }; /* a single name will do */
    const bool scalar = n->kind == CNODE_SCALAR && n->text[0];
    const cnode *list = scalar ? &one : as_list(n, n->key, status);
    if (!list)
        return;
    c->rules_files = ctree_alloc(&c->tree, (length(list) + 1) * sizeof(*c->rules_files));
    for (const cnode *i = list->first; i && c->rules_files; i = scalar ? NULL : i->next) {
        const char *path = text_of(c, i, n->key, status);
        if (path && access(path, F_OK) == 0)
            c->rules_files[c->rules_file_count++] = path;
    }
}

/* ---- rules ---------------------------------------------------------------- */

/* One of `enable` or `disable`: the rule pattern first, then the tag. */
static void read_switch(config *c, const cnode *n, int *status)
{
    const bool on = strcmp(n->key, "enable") == 0;
    const cnode *rule = cnode_get(n, "rule"), *tag = cnode_get(n, "tag");
    if (n->kind != CNODE_MAP || (!rule && !tag)) {
        cnode_say(n, "rules: %s needs `rule` or `tag`", n->key);
        *status = CMD_USAGE;
        return;
    }
    for (const cnode *i = n->first; i; i = i->next)
        if (i != rule && i != tag)
            stranger(i, "rules");
    const char *name = rule ? text_of(c, rule, "rule", status) : NULL;
    if (name)
        c->selections[c->selection_count++] = (selection){ SAKER_BY_NAME, name, on };
    name = tag ? text_of(c, tag, "tag", status) : NULL;
    if (name)
        c->selections[c->selection_count++] = (selection){ SAKER_BY_TAG, name, on };
}

static void read_rules(config *c, const cnode *n, int *status)
{
    const cnode *list = as_list(n, "rules", status);
    if (!list)
        return;
    c->selections = ctree_alloc(&c->tree, (4 * length(list) + 1) * sizeof(*c->selections));
    for (const cnode *item = list->first; item && c->selections; item = item->next) {
        const cnode *enable = cnode_get(item, "enable"), *disable = cnode_get(item, "disable");
        if (!enable && !disable) {
            cnode_say(item, "rules: an item needs `enable` or `disable`");
            *status = CMD_USAGE;
        }
        for (const cnode *i = item->kind == CNODE_MAP ? item->first : NULL; i; i = i->next) {
            if (i == enable || i == disable)
                read_switch(c, i, status);
            else
                stranger(i, "rules");
        }
    }
}

/* ---- append_output -------------------------------------------------------- */

static void read_match(config *c, saker_append *e, const cnode *n, int *status)
{
    for (const cnode *i = n->kind == CNODE_MAP ? n->first : NULL; i; i = i->next) {
        if (strcmp(i->key, "source") == 0) {
            e->source = text_of(c, i, "source", status);
        } else if (strcmp(i->key, "rule") == 0) {
            e->rule = text_of(c, i, "rule", status);
        } else if (strcmp(i->key, "tags") == 0) {
            const cnode *list = as_list(i, "tags", status);
            const char **tags = list ? ctree_alloc(&c->tree, (length(list) + 1) * sizeof(*tags)) : NULL;
            for (const cnode *t = list ? list->first : NULL; t && tags; t = t->next)
                tags[e->tag_count++] = text_of(c, t, "tags", status);
            e->tags = tags;
        } else {
            stranger(i, "append_output");
        }
    }
}

/* Each item is a field, or a name (one, usually) with a format. */
static void read_fields(config *c, saker_append *e, const cnode *n, int *status)
{
    const cnode *list = as_list(n, "extra_fields", status);
    size_t pairs = 0;
    for (const cnode *i = list ? list->first : NULL; i; i = i->next)
        pairs += i->kind == CNODE_MAP ? length(i) : 1;
    const char **fields = list ? ctree_alloc(&c->tree, (2 * pairs + 1) * sizeof(*fields)) : NULL;
    for (const cnode *i = list ? list->first : NULL; i && fields; i = i->next) {
        if (i->kind != CNODE_MAP)
            fields[2 * e->field_count++] = text_of(c, i, "extra_fields", status);
        for (const cnode *f = i->kind == CNODE_MAP ? i->first : NULL; f; f = f->next) {
            fields[2 * e->field_count] = f->key;
            fields[2 * e->field_count++ + 1] = text_of(c, f, "extra_fields", status);
        }
    }
    e->fields = fields;
}

static void read_append(config *c, const cnode *n, int *status)
{
    const cnode *list = as_list(n, "append_output", status);
    if (!list)
        return;
    c->extra = ctree_alloc(&c->tree, (length(list) + 1) * sizeof(*c->extra));
    for (const cnode *item = list->first; item && c->extra; item = item->next) {
        saker_append e = { .size = sizeof(e) };
        if (item->kind != CNODE_MAP)
            *status = config_wrong(item, "append_output", "keys with values");
        for (const cnode *i = item->kind == CNODE_MAP ? item->first : NULL; i; i = i->next) {
            if (strcmp(i->key, "match") == 0)
                read_match(c, &e, i, status);
            else if (strcmp(i->key, "extra_output") == 0)
                e.output = text_of(c, i, "extra_output", status);
            else if (strcmp(i->key, "extra_fields") == 0)
                read_fields(c, &e, i, status);
            else if (strcmp(i->key, "suggested_output") != 0) /* of plugins: there are none */
                stranger(i, "append_output");
        }
        if (e.output || e.field_count)
            c->extra[c->extra_count++] = e;
    }
}

bool config_rules_key(config *c, const cnode *n, int *status)
{
    if (strcmp(n->key, "rules_files") == 0 || strcmp(n->key, "rules_file") == 0)
        read_files(c, n, status);
    else if (strcmp(n->key, "rules") == 0)
        read_rules(c, n, status);
    else if (strcmp(n->key, "append_output") == 0)
        read_append(c, n, status);
    else
        return false;
    return true;
}

/* ---- To the options about rules ------------------------------------------- */

int config_rows(const config *c)
{
    return (int)(c->rules_file_count + c->selection_count + c->extra_count);
}

int config_rules(const config *c, rule_args *a)
{
    for (size_t i = 0; i < c->rules_file_count; i++)
        a->files[a->file_count++] = c->rules_files[i];
    for (size_t i = 0; i < c->selection_count; i++)
        a->selections[a->selection_count++] = c->selections[i];
    for (size_t i = 0; i < c->extra_count; i++)
        a->extra[a->extra_count++] = c->extra[i];
    a->given_files = a->file_count;
    a->given_extra = a->extra_count;
    a->options.min_priority = priority_named(c->priority);
    a->all = c->rule_matching[0] == 'a' || c->rule_matching[0] == 'A';
    return CMD_OK;
}
