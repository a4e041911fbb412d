/* SPDX-License-Identifier: Apache-2.0 */
/* An allocator for tests: it counts, refuses what it is told to, and checks that a block comes back with the size that
 * it has. */
#ifndef POOL_H
#define POOL_H

#include <saker/saker.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { POOL_HEAD = 16 }; /* before each block: its size */

typedef struct pool {
    size_t requests;    /* so far, those refused too */
    size_t from, until; /* of those the ones refused, from 1: from <= n < until */
    size_t most;        /* bytes that may be held; 0: any */
    size_t held, peak;
    size_t wrong; /* blocks that came with another size */
} pool;

static bool pool_refuses(const pool *p, size_t old_size, size_t new_size)
{
    return (p->requests >= p->from && p->requests < p->until) || (p->most && p->held - old_size + new_size > p->most);
}

static void *pool_take(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    pool *p = ctx;
    char *block = ptr ? (char *)ptr - POOL_HEAD : NULL;
    p->wrong += block ? memcmp(block, &old_size, sizeof old_size) != 0 : old_size != 0;
    if (new_size == 0) {
        free(block);
        p->held -= old_size;
        return NULL;
    }
    p->requests++;
    if (pool_refuses(p, old_size, new_size) || !(block = realloc(block, POOL_HEAD + new_size)))
        return NULL;
    memcpy(block, &new_size, sizeof new_size);
    p->held = p->held - old_size + new_size;
    p->peak = p->held > p->peak ? p->held : p->peak;
    return block + POOL_HEAD;
}

static inline saker_alloc pool_alloc(pool *p)
{
    return (saker_alloc){ pool_take, p };
}

/* A pool that refuses the n-th request; 0: none. */
static inline pool pool_without(size_t n)
{
    return (pool){ .from = n, .until = n ? n + 1 : 0 };
}

/* A pool that refuses all but the first n requests. */
static inline pool pool_of(size_t n)
{
    return (pool){ .from = n + 1, .until = SIZE_MAX };
}

/* Did it refuse a request by its number? */
static inline bool pool_has_refused(const pool *p)
{
    return p->until && p->requests >= p->from;
}

/* Is everything given back, as it was? */
static inline bool pool_is_clean(const pool *p)
{
    return p->held == 0 && p->wrong == 0;
}

#endif
