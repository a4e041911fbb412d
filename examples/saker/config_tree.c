/* SPDX-License-Identifier: Apache-2.0 */
#include "config_tree.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- Nodes ---------------------------------------------------------------- */

typedef struct cblock {
    struct cblock *next;
    max_align_t data[];
} cblock;

void *ctree_alloc(ctree *t, size_t size)
{
    cblock *b = calloc(1, sizeof(*b) + size);
    if (!b) {
        t->no_memory = true;
        return NULL;
    }
    b->next = t->blocks;
    t->blocks = b;
    return b->data;
}

char *ctree_text(ctree *t, const char *text, size_t len)
{
    char *copy = ctree_alloc(t, len + 1);
    if (copy)
        memcpy(copy, text, len);
    return copy;
}

bool ctree_init(ctree *t)
{
    *t = (ctree){ 0 };
    t->root = ctree_alloc(t, sizeof(*t->root));
    if (t->root)
        t->root->kind = CNODE_MAP;
    return t->root != NULL;
}

void ctree_free(ctree *t)
{
    for (cblock *b = t->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    *t = (ctree){ 0 };
}

cnode *ctree_add(ctree *t, cnode *parent, const char *key, const cnode *place)
{
    if (t->nodes >= CTREE_NODES)
        return NULL;
    cnode *n = ctree_alloc(t, sizeof(*n));
    if (!n)
        return NULL;
    t->nodes++;
    *n = (cnode){ .key = key, .origin = place->origin, .line = place->line, .column = place->column };
    if (parent && parent->last)
        parent->last->next = n;
    else if (parent)
        parent->first = n;
    if (parent)
        parent->last = n;
    return n;
}

cnode *cnode_get(const cnode *map, const char *key)
{
    for (cnode *n = map->kind == CNODE_MAP ? map->first : NULL; n; n = n->next)
        if (strcmp(n->key, key) == 0)
            return n;
    return NULL;
}

void cnode_say(const cnode *n, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (n->line)
        say("%s:%zu:%zu: %s", n->origin, n->line, n->column, text);
    else
        say("-o %s: %s", n->origin, text);
}

/* ---- -o KEY=VALUE --------------------------------------------------------- */

static void become(cnode *n, cnode_kind kind)
{
    if (n->kind == kind)
        return;
    n->kind = kind;
    n->first = n->last = NULL;
}

/* The item that "[3]" or "[]" behind a name means. `*path` is behind the bracket on return. */
static cnode *item(ctree *t, cnode *list, const char **path, const cnode *place)
{
    size_t index = 0, count = 0;
    const char *p = *path + 1;
    bool one_more = *p == ']';
    for (; isdigit((unsigned char)*p) && index < CTREE_NODES; p++)
        index = index * 10 + (size_t)(*p - '0');
    if (*p != ']')
        return NULL;
    *path = p + 1;
    become(list, CNODE_LIST);
    cnode *n = list->first;
    for (; n && (one_more || count < index); n = n->next)
        count++;
    if (n || (!one_more && count < index))
        return n;
    return ctree_add(t, list, NULL, place);
}

/* One step down: a name, and brackets behind it. */
static cnode *step(ctree *t, cnode *map, const char **path, const cnode *place)
{
    const size_t len = strcspn(*path, ".[=");
    char *name = ctree_text(t, *path, len);
    if (!name || len == 0)
        return NULL;
    *path += len;
    become(map, CNODE_MAP);
    cnode *n = cnode_get(map, name);
    if (!n)
        n = ctree_add(t, map, name, place);
    while (n && **path == '[')
        n = item(t, n, path, place);
    return n;
}

static cnode *walk(ctree *t, const char **path, const cnode *place)
{
    cnode *n = t->root;
    for (unsigned depth = 0; depth < CTREE_DEPTH; depth++) {
        n = step(t, n, path, place);
        if (!n || **path == '=')
            return n;
        if (**path != '.')
            return NULL;
        ++*path;
    }
    return NULL;
}

int ctree_set(ctree *t, const char *verb, const char *option)
{
    const cnode place = { .origin = option };
    const char *path = option;
    if (!strchr(option, '='))
        return usage_error(verb, "-o takes KEY=VALUE, not '%s'", option);
    cnode *n = walk(t, &path, &place);
    if (t->no_memory)
        return no_memory();
    if (!n)
        return usage_error(verb, "-o %s: that is no key; keys look like a.b, a[0] or a[].b", option);
    const char *value = path + 1;
    const size_t len = strlen(value);
    n->origin = option;
    n->line = n->column = 0;
    if (len > 1 && ((value[0] == '{' && value[len - 1] == '}') || (value[0] == '[' && value[len - 1] == ']'))) {
        cnode *read = NULL;
        const int status = ctree_read(t, option, true, value, len, &read);
        if (status == CMD_OK && read) {
            n->kind = read->kind;
            n->first = read->first;
            n->last = read->last;
        }
        return status;
    }
    become(n, CNODE_SCALAR);
    n->text = value;
    return CMD_OK;
}
