/* SPDX-License-Identifier: Apache-2.0 */
#include "dump_tree.h"

void skr_dump_tree_init(skr_dump_tree *t, skr_mem *mem, int64_t pid, uint32_t bit)
{
    memset(t, 0, sizeof *t);
    t->mem = mem;
    t->pid = pid;
    t->bit = bit;
    skr_idtable_init(&t->ids, mem, (uint64_t)(uintptr_t)t * 0x9E3779B97F4A7C15u);
    skr_map_init(&t->containers, mem);
    skr_arena_init(&t->container_names, mem);
}

void skr_dump_tree_free(skr_dump_tree *t)
{
    skr_idtable_free(&t->ids);
    skr_map_free(&t->containers);
    skr_arena_free(&t->container_names);
}

/* ---- What its processes refer to ---- */

static int64_t id_key(bool group, uint32_t id)
{
    return (int64_t)((uint64_t)id | (uint64_t)group << 32);
}

bool skr_dump_tree_refers_id(const skr_dump_tree *t, bool group, uint32_t id)
{
    return skr_idtable_get(&t->ids, id_key(group, id)) != NULL;
}

bool skr_dump_tree_refer_id(skr_dump_tree *t, bool group, uint32_t id)
{
    if (skr_dump_tree_refers_id(t, group, id))
        return false;
    skr_idtable_put(&t->ids, id_key(group, id), t); /* without memory it is new once more */
    return true;
}

bool skr_dump_tree_refers_container(const skr_dump_tree *t, skr_str id)
{
    return skr_map_get(&t->containers, id) != SIZE_MAX;
}

bool skr_dump_tree_refer_container(skr_dump_tree *t, skr_str id)
{
    if (!id.len || skr_dump_tree_refers_container(t, id))
        return false;
    skr_str name = skr_str_dup(&t->container_names, id);
    if (name.ptr)
        skr_map_put(&t->containers, name, 1);
    return true;
}

/* ---- Who belongs to it at the beginning ---- */

typedef struct marking {
    skr_dump_tree *tree;
    const skr_state *state;
} marking;

static bool clear(void *ctx, const skr_thread *t)
{
    const marking *m = ctx;
    if (t->group) {
        t->group->trees &= ~m->tree->bit;
        t->group->passed = false;
    }
    return true;
}

/* Goes up until it is known. Every process is passed once, however long the lines are: who was passed and is not
 * marked is not of the tree. */
static bool descends(const marking *m, const skr_thread *t)
{
    for (; t && t->group && !t->group->passed; t = skr_thread_parent(m->state, t)) {
        t->group->passed = true;
        if (t->pid == m->tree->pid)
            return true;
    }
    return skr_dump_tree_has(m->tree, t);
}

static bool mark(void *ctx, const skr_thread *t)
{
    const marking *m = ctx;
    if (!descends(m, t))
        return true;
    for (const skr_thread *p = t; !skr_dump_tree_has(m->tree, p); p = skr_thread_parent(m->state, p)) {
        p->group->trees |= m->tree->bit;
        if (p->pid == m->tree->pid)
            break;
    }
    skr_dump_tree_refer_id(m->tree, false, t->uid);
    skr_dump_tree_refer_id(m->tree, false, t->loginuid);
    skr_dump_tree_refer_id(m->tree, true, t->gid);
    skr_dump_tree_refer_container(m->tree, t->container_id);
    return true;
}

void skr_dump_tree_begin(skr_dump_tree *t, const skr_state *s)
{
    marking m = { t, s };
    skr_state_each_thread(s, clear, &m);
    skr_state_each_thread(s, mark, &m);
}
