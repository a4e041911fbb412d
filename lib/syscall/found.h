/* SPDX-License-Identifier: Apache-2.0 */
/* Where something was found in a thing that does not change: rules ask the same again on each event. Of more than there
 * is room for, the oldest is forgotten. */
#ifndef SKR_FOUND_H
#define SKR_FOUND_H

#include "str.h"

typedef struct skr_found {
    uint32_t place; /* 0: it was not searched for yet; else what the searcher makes of it */
    char side;      /* of the thing that it was searched in, as the searcher names it; 0: not in use */
    char what[59];
} skr_found;

typedef struct skr_finds {
    uint32_t room, next;
    skr_found v[];
} skr_finds;

static inline size_t skr_finds_size(uint32_t room)
{
    return sizeof(skr_finds) + room * sizeof(skr_found);
}

/* What is known of it, or where that is to be noted; NULL: nothing is noted (no `f`, or it is too long). */
static inline skr_found *skr_finds_get(skr_finds *f, skr_str what, char side)
{
    if (!f || what.len >= sizeof f->v->what)
        return NULL;
    for (skr_found *at = f->v; at < f->v + f->room; at++)
        if (at->side == side && skr_str_is(what, at->what))
            return at;
    skr_found *at = &f->v[f->next++ % f->room];
    at->place = 0;
    at->side = side;
    memcpy(at->what, what.ptr, what.len);
    at->what[what.len] = 0;
    return at;
}

#endif
