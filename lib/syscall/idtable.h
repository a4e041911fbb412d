/* SPDX-License-Identifier: Apache-2.0 */
/* Hash table from ids (threads, processes) to pointers: open addressing, seeded because ids come from captures. */
#ifndef SKR_IDTABLE_H
#define SKR_IDTABLE_H

#include "str.h"

typedef struct skr_id_slot {
    int64_t id;
    void *item; /* NULL: free */
} skr_id_slot;

typedef struct skr_idtable {
    skr_mem *mem;
    skr_id_slot *slots;
    size_t n, cap; /* cap: power of two, or 0 */
    uint64_t seed;
} skr_idtable;

void skr_idtable_init(skr_idtable *t, skr_mem *mem, uint64_t seed);
void skr_idtable_free(skr_idtable *t);
void *skr_idtable_get(const skr_idtable *t, int64_t id);
/* Adds or replaces. false: out of memory. */
bool skr_idtable_put(skr_idtable *t, int64_t id, void *item);
void skr_idtable_remove(skr_idtable *t, int64_t id);

#endif
