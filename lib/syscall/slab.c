/* SPDX-License-Identifier: Apache-2.0 */
#include "slab.h"

#include <string.h>

/* The address sanitizer sees stale pointers only if records are really freed. */
#if defined(__SANITIZE_ADDRESS__)
#define ONE_BY_ONE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ONE_BY_ONE 1
#endif
#endif
#ifndef ONE_BY_ONE
#define ONE_BY_ONE 0
#endif

struct skr_slab_piece {
    skr_slab_piece *next;
    max_align_t records[];
};

void skr_slab_init(skr_slab *s, skr_mem *mem, size_t item, size_t per_piece)
{
    size_t align = sizeof(max_align_t);
    *s = (skr_slab){ mem, (item + align - 1) / align * align, ONE_BY_ONE ? 1 : per_piece, NULL, NULL };
}

void skr_slab_free(skr_slab *s)
{
    for (skr_slab_piece *p = s->pieces, *next; p; p = next) {
        next = p->next;
        skr_free(s->mem, p, sizeof *p + s->item * s->per_piece);
    }
    s->pieces = NULL;
    s->free = NULL;
}

static bool add_piece(skr_slab *s)
{
    skr_slab_piece *p = skr_alloc(s->mem, sizeof *p + s->item * s->per_piece);
    if (!p)
        return false;
    p->next = s->pieces;
    s->pieces = p;
    for (size_t i = s->per_piece; i-- > 0;) {
        void **record = (void **)((char *)p->records + i * s->item);
        *record = s->free;
        s->free = record;
    }
    return true;
}

void *skr_slab_get(skr_slab *s)
{
    if (ONE_BY_ONE)
        return skr_zalloc(s->mem, s->item);
    if (!s->free && !add_piece(s))
        return NULL;
    void *record = s->free;
    s->free = *(void **)record;
    return memset(record, 0, s->item);
}

void skr_slab_put(skr_slab *s, void *record)
{
    if (ONE_BY_ONE) {
        skr_free(s->mem, record, s->item);
        return;
    }
    *(void **)record = s->free;
    s->free = record;
}
