/* SPDX-License-Identifier: Apache-2.0 */
#include "map.h"

#include <time.h>

uint64_t skr_map_seed(const void *of)
{
    return skr_hash_u64((uint64_t)(uintptr_t)of ^ ((uint64_t)clock() << 32) ^ (uint64_t)time(NULL));
}

void skr_map_init(skr_map *m, skr_mem *mem)
{
    memset(m, 0, sizeof *m);
    m->mem = mem;
    m->seed = skr_map_seed(m);
}

void skr_map_free(skr_map *m)
{
    skr_free(m->mem, m->slots, m->cap * sizeof *m->slots);
    m->slots = NULL;
    m->n = m->cap = 0;
}

/* The slot of the key, or the free one where it belongs. The table always has free slots. */
static skr_map_slot *find(const skr_map *m, const char *key, size_t len, uint32_t hash)
{
    for (size_t i = hash & (m->cap - 1);; i = (i + 1) & (m->cap - 1)) {
        skr_map_slot *s = &m->slots[i];
        if (!s->key || (s->hash == hash && s->len == len && (len == 0 || memcmp(s->key, key, len) == 0)))
            return s;
    }
}

/* `cap`: a greater power of two. */
static bool grow(skr_map *m, size_t cap)
{
    skr_map old = *m;
    size_t bytes;
    skr_map_slot *slots = skr_mul(cap, sizeof *slots, &bytes) ? skr_zalloc(m->mem, bytes) : NULL;
    if (!slots)
        return false;
    m->slots = slots;
    m->cap = cap;
    for (size_t i = 0; i < old.cap; i++) {
        const skr_map_slot *from = &old.slots[i];
        size_t to = from->hash & (m->cap - 1);
        while (from->key && m->slots[to].key) /* no two are equal */
            to = (to + 1) & (m->cap - 1);
        if (from->key)
            m->slots[to] = *from;
    }
    skr_free(m->mem, old.slots, old.cap * sizeof *old.slots);
    return true;
}

/* Three of four slots are used at most. */
bool skr_map_reserve(skr_map *m, size_t n)
{
    size_t cap = m->cap ? m->cap : 16;
    while (n > cap / 4 * 3)
        if (!skr_mul(cap, 2, &cap))
            return false;
    return cap == m->cap || grow(m, cap);
}

uint32_t skr_map_hash(const skr_map *m, skr_str key)
{
    return (uint32_t)skr_hash(key.ptr, key.len, m->seed);
}

size_t skr_map_find(const skr_map *m, skr_str key, uint32_t hash)
{
    if (!m->n)
        return SIZE_MAX;
    const skr_map_slot *s = find(m, key.ptr, key.len, hash);
    return s->key ? s->value : SIZE_MAX;
}

size_t skr_map_get(const skr_map *m, skr_str key)
{
    return m->n ? skr_map_find(m, key, skr_map_hash(m, key)) : SIZE_MAX;
}

static skr_map_slot *slot_for(skr_map *m, skr_str key, size_t value)
{
    if (key.len > UINT32_MAX || value > UINT32_MAX || !skr_map_reserve(m, m->n + 1))
        return NULL;
    if (!key.ptr)
        key.ptr = "";
    const uint32_t hash = skr_map_hash(m, key);
    skr_map_slot *s = find(m, key.ptr, key.len, hash);
    if (!s->key) {
        *s = (skr_map_slot){ key.ptr, (uint32_t)key.len, hash, UINT32_MAX };
        m->n++;
    }
    return s;
}

bool skr_map_put(skr_map *m, skr_str key, size_t value)
{
    skr_map_slot *s = slot_for(m, key, value);
    if (s)
        s->value = (uint32_t)value;
    return s != NULL;
}

size_t skr_map_add(skr_map *m, skr_str key, size_t value)
{
    skr_map_slot *s = slot_for(m, key, value);
    if (!s)
        return SIZE_MAX;
    if (s->value == UINT32_MAX)
        s->value = (uint32_t)value;
    return s->value;
}
