/* SPDX-License-Identifier: Apache-2.0 */
/* Hash map from byte strings to numbers: names to indexes, interned strings. Keys are borrowed: they must
 * live as long as the map. Seeded, so that hostile keys cannot be chosen to collide. */
#ifndef SKR_MAP_H
#define SKR_MAP_H

#include "str.h"

typedef struct skr_map_slot {
    const char *key; /* NULL: free */
    uint32_t len, hash, value;
} skr_map_slot;

typedef struct skr_map {
    skr_mem *mem;
    skr_map_slot *slots;
    size_t n, cap; /* cap: power of two or 0 */
    uint64_t seed;
} skr_map;

/* A seed for a table of its own, which whoever chooses the keys cannot know. */
uint64_t skr_map_seed(const void *of);
void skr_map_init(skr_map *m, skr_mem *mem);
void skr_map_free(skr_map *m);
/* SIZE_MAX if absent. */
size_t skr_map_get(const skr_map *m, skr_str key);
/* The same for a key that is looked up more than once. */
uint32_t skr_map_hash(const skr_map *m, skr_str key);
size_t skr_map_find(const skr_map *m, skr_str key, uint32_t hash);
/* Makes room for `n` keys altogether. false: out of memory. */
bool skr_map_reserve(skr_map *m, size_t n);
/* Values are below UINT32_MAX. */
/* Adds or replaces. false: out of memory. */
bool skr_map_put(skr_map *m, skr_str key, size_t value);
/* The value there is, or, if there is none, `value` which is added. SIZE_MAX: out of memory. */
size_t skr_map_add(skr_map *m, skr_str key, size_t value);

#endif
