/* SPDX-License-Identifier: Apache-2.0 */
#include "strset.h"

#include <stdlib.h>

enum { LONGEST_PROBE = 16, MOST_SEEDS = 8, MOST_SIZES = 4 };

static int compare(const void *a, const void *b)
{
    return skr_str_cmp(*(const skr_str *)a, *(const skr_str *)b);
}

static size_t drop_repeated(skr_str *items, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (n == 0 || !skr_str_eq(items[n - 1], items[i]))
            items[n++] = items[i];
    return n;
}

static uint64_t content_hash(const skr_str *items, size_t count)
{
    uint64_t h = skr_hash_u64(count);
    for (size_t i = 0; i < count; i++)
        h = skr_hash(items[i].ptr, items[i].len, h);
    return h;
}

static uint32_t tag_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32);
}

/* Fills a table under one seed. false: some string would be looked for too long. */
static bool place(const skr_strset *s, uint32_t *slots, uint32_t *tags, uint64_t seed)
{
    memset(slots, 0, (s->mask + 1) * sizeof *slots);
    for (size_t i = 0; i < s->count; i++) {
        uint64_t hash = skr_hash(s->items[i].ptr, s->items[i].len, seed);
        size_t at = hash & s->mask, probes = 0;
        while (slots[at] && ++probes < LONGEST_PROBE)
            at = (at + 1) & s->mask;
        if (slots[at])
            return false;
        slots[at] = (uint32_t)i + 1;
        tags[at] = tag_of(hash);
    }
    return true;
}

/* Tries some seeds and then a larger table, so that a chosen set of strings cannot make long chains, nor an endless
 * search for a better table. Where chains stay long there is none: the strings are in order. */
static bool build_table(skr_strset *s, skr_arena *a)
{
    size_t size = 4;
    while (size < s->count * 2)
        size *= 2;
    for (unsigned tries = 0; tries < MOST_SIZES; size *= 2, tries++) {
        uint32_t *slots = skr_arena_array(a, size, 2 * sizeof *slots);
        if (!slots)
            return false;
        s->mask = size - 1;
        for (uint64_t seed = 1; seed <= MOST_SEEDS; seed++) {
            if (place(s, slots, slots + size, seed)) {
                s->slots = slots;
                s->tags = slots + size;
                s->seed = seed;
                return true;
            }
        }
    }
    return true;
}

static unsigned length_bit(size_t len)
{
    return len < 63 ? (unsigned)len : 63;
}

bool skr_strset_init(skr_strset *s, skr_arena *a, const skr_str *strings, size_t count)
{
    memset(s, 0, sizeof *s);
    skr_str *items = count < UINT32_MAX / 2 ? skr_arena_array(a, count ? count : 1, sizeof *items) : NULL;
    if (!items)
        return false;
    if (count) {
        memcpy(items, strings, count * sizeof *items);
        qsort(items, count, sizeof *items, compare);
    }
    s->items = items;
    s->count = drop_repeated(items, count);
    s->content = content_hash(s->items, s->count);
    for (size_t i = 0; i < s->count; i++) {
        unsigned char first = items[i].len ? (unsigned char)items[i].ptr[0] : 0;
        s->lengths |= UINT64_C(1) << length_bit(items[i].len);
        s->firsts[first >> 6] |= UINT64_C(1) << (first & 63);
    }
    return build_table(s, a);
}

static SKR_APART size_t search(const skr_strset *s, skr_str v)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const int c = skr_str_cmp(v, s->items[mid]);
        if (c == 0)
            return mid;
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return SIZE_MAX;
}

size_t skr_strset_find(const skr_strset *s, skr_str v)
{
    unsigned char first = v.len ? (unsigned char)v.ptr[0] : 0;
    if (!(s->lengths >> length_bit(v.len) & 1) || !(s->firsts[first >> 6] >> (first & 63) & 1))
        return SIZE_MAX;
    if (SKR_UNLIKELY(!s->slots))
        return search(s, v);
    uint64_t hash = skr_hash(v.ptr, v.len, s->seed);
    for (size_t at = hash & s->mask; s->slots[at]; at = (at + 1) & s->mask)
        if (s->tags[at] == tag_of(hash) && skr_str_eq(s->items[s->slots[at] - 1], v))
            return s->slots[at] - 1;
    return SIZE_MAX;
}

bool skr_strset_has(const skr_strset *s, skr_str v)
{
    return skr_strset_find(s, v) != SIZE_MAX;
}

bool skr_strset_eq(const skr_strset *a, const skr_strset *b)
{
    if (a->content != b->content || a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!skr_str_eq(a->items[i], b->items[i]))
            return false;
    return true;
}
