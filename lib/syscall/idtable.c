/* SPDX-License-Identifier: Apache-2.0 */
#include "idtable.h"

void skr_idtable_init(skr_idtable *t, skr_mem *mem, uint64_t seed)
{
    *t = (skr_idtable){ mem, NULL, 0, 0, seed };
}

void skr_idtable_free(skr_idtable *t)
{
    skr_free(t->mem, t->slots, t->cap * sizeof *t->slots);
    t->slots = NULL;
    t->n = t->cap = 0;
}

static size_t home(const skr_idtable *t, int64_t id)
{
    return skr_hash_u64((uint64_t)id ^ t->seed) & (t->cap - 1);
}

/* The slot of `id`, or the free one where it belongs: there always is one. */
static skr_id_slot *find(const skr_idtable *t, int64_t id)
{
    size_t i = home(t, id);
    while (t->slots[i].item && t->slots[i].id != id)
        i = (i + 1) & (t->cap - 1);
    return &t->slots[i];
}

void *skr_idtable_get(const skr_idtable *t, int64_t id)
{
    return t->n ? find(t, id)->item : NULL;
}

static bool grow(skr_idtable *t)
{
    skr_idtable old = *t;
    size_t cap = old.cap ? old.cap * 2 : 64, bytes;
    skr_id_slot *slots = skr_mul(cap, sizeof *slots, &bytes) ? skr_zalloc(t->mem, bytes) : NULL;
    if (!slots)
        return false;
    t->slots = slots;
    t->cap = cap;
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i].item)
            *find(t, old.slots[i].id) = old.slots[i];
    skr_free(t->mem, old.slots, old.cap * sizeof *old.slots);
    return true;
}

bool skr_idtable_put(skr_idtable *t, int64_t id, void *item)
{
    if ((t->n + 1) * 8 > t->cap * 5 && !grow(t) && t->n + 1 >= t->cap) /* without more room it only gets slower */
        return false;
    skr_id_slot *slot = find(t, id);
    if (!slot->item)
        t->n++;
    *slot = (skr_id_slot){ id, item };
    return true;
}

void skr_idtable_remove(skr_idtable *t, int64_t id)
{
    if (!t->n)
        return;
    size_t hole = (size_t)(find(t, id) - t->slots), mask = t->cap - 1;
    if (!t->slots[hole].item)
        return;
    t->n--;
    /* Close the gap: whatever could have stood in the hole moves there. */
    for (size_t i = (hole + 1) & mask; t->slots[i].item; i = (i + 1) & mask)
        if (((i - home(t, t->slots[i].id)) & mask) >= ((i - hole) & mask)) {
            t->slots[hole] = t->slots[i];
            hole = i;
        }
    t->slots[hole].item = NULL;
}
