/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration as it was written: a small tree in which every node knows where it stands, for messages. Files are
 * read into it and `-o KEY=VALUE` changes it; config.c then takes values out of it. */
#ifndef SAKER_CONFIG_TREE_H
#define SAKER_CONFIG_TREE_H

#include "cmd.h"

typedef enum cnode_kind { CNODE_NULL, CNODE_SCALAR, CNODE_LIST, CNODE_MAP } cnode_kind;

typedef struct cnode cnode;
struct cnode {
    cnode_kind kind;
    const char *key;     /* in a mapping                                    */
    const char *text;    /* of a scalar                                      */
    const char *origin;  /* file, or the option that made it                  */
    size_t line, column; /* from 1; 0: it is from an option                   */
    cnode *first, *last; /* of a list or mapping */
    cnode *next;
};

enum { CTREE_NODES = 16384, CTREE_DEPTH = 16 };

typedef struct ctree {
    struct cblock *blocks;
    size_t nodes;
    cnode *root; /* a mapping */
    bool no_memory;
} ctree;

bool ctree_init(ctree *t);
void ctree_free(ctree *t);

/* Memory that lives as long as the tree; NULL sets t->no_memory. */
void *ctree_alloc(ctree *t, size_t size);
char *ctree_text(ctree *t, const char *text, size_t len);

/* A new node at the end of `parent`; NULL when there are too many or memory ran out. */
cnode *ctree_add(ctree *t, cnode *parent, const char *key, const cnode *place);
cnode *cnode_get(const cnode *map, const char *key);

/* Reads a YAML text: a file, or the value of an option. Says what is wrong. `*root` is NULL for an empty text. */
int ctree_read(ctree *t, const char *origin, bool option, const char *text, size_t len, cnode **root);

/* `-o a.b[0].c=VALUE`. [] stands for one more item. */
int ctree_set(ctree *t, const char *verb, const char *option);

/* Says something about a node: "FILE:LINE:COLUMN: ..." or "-o KEY=VALUE: ...". */
void cnode_say(const cnode *n, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
