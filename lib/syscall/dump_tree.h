/* SPDX-License-Identifier: Apache-2.0 */
/* A recording of one process tree: which processes belong to it, and what of the state they refer to. Processes carry
 * a mark (skr_group.trees) that those born later inherit, so that who loses its parent stays in. */
#ifndef SKR_DUMP_TREE_H
#define SKR_DUMP_TREE_H

#include "idtable.h"
#include "map.h"
#include "state.h"

typedef struct skr_dump_tree {
    skr_mem *mem;
    int64_t pid; /* of its root */
    uint32_t bit;
    skr_idtable ids;    /* users and groups that are referred to */
    skr_map containers; /* that its processes are in */
    skr_arena container_names;
} skr_dump_tree;

void skr_dump_tree_init(skr_dump_tree *t, skr_mem *mem, int64_t pid, uint32_t bit);
void skr_dump_tree_free(skr_dump_tree *t);

/* Marks the processes that are in it now, takes note of what they refer to. */
void skr_dump_tree_begin(skr_dump_tree *t, const skr_state *s);
static inline bool skr_dump_tree_has(const skr_dump_tree *t, const skr_thread *thread)
{
    return thread && thread->group && (thread->group->trees & t->bit);
}

/* Takes note of one. true: it is new. */
bool skr_dump_tree_refer_id(skr_dump_tree *t, bool group, uint32_t id);
bool skr_dump_tree_refer_container(skr_dump_tree *t, skr_str id);
/* Has note been taken of it? */
bool skr_dump_tree_refers_id(const skr_dump_tree *t, bool group, uint32_t id);
bool skr_dump_tree_refers_container(const skr_dump_tree *t, skr_str id);

#endif
