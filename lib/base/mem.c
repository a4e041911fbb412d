/* SPDX-License-Identifier: Apache-2.0 */
#include "mem.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

static void *default_alloc(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    (void)ctx;
    (void)old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, new_size);
}

void skr_mem_init(skr_mem *m, const saker_alloc *hook, size_t limit)
{
    memset(m, 0, sizeof *m);
    if (hook && hook->fn)
        m->hook = *hook;
    else
        m->hook.fn = default_alloc;
    m->limit = limit;
}

void skr_mem_trim(const skr_mem *m)
{
#ifdef __GLIBC__
    if (m->hook.fn == default_alloc)
        malloc_trim(0);
#else
    (void)m;
#endif
}

bool skr_mul(size_t a, size_t b, size_t *r)
{
    if (b && a > SIZE_MAX / b)
        return false;
    *r = a * b;
    return true;
}

bool skr_add(size_t a, size_t b, size_t *r)
{
    if (a > SIZE_MAX - b)
        return false;
    *r = a + b;
    return true;
}

/* The hook reads a new size of 0 as "free", so nothing is ever asked for with less than one byte. */
static size_t at_least_one(size_t size)
{
    return size ? size : 1;
}

void *skr_realloc(skr_mem *m, void *p, size_t old_size, size_t new_size)
{
    size_t old = p ? at_least_one(old_size) : 0;
    size_t now = at_least_one(new_size);
    const bool over = now > old && m->limit && (m->used > m->limit || now - old > m->limit - m->used);
    void *q = over ? NULL : m->hook.fn(m->hook.ctx, p, old, now);
    if (!q) {
        m->limited |= over;
        m->failed = true;
        return NULL;
    }
    m->used = m->used - old + now;
    if (m->used > m->peak)
        m->peak = m->used;
    return q;
}

void *skr_alloc(skr_mem *m, size_t size)
{
    return skr_realloc(m, NULL, 0, size);
}

void *skr_zalloc(skr_mem *m, size_t size)
{
    void *p = skr_alloc(m, size);
    if (p)
        memset(p, 0, at_least_one(size));
    return p;
}

void skr_free(skr_mem *m, void *p, size_t size)
{
    if (!p)
        return;
    m->used -= at_least_one(size);
    m->hook.fn(m->hook.ctx, p, at_least_one(size), 0);
}

bool skr_grow(skr_mem *m, void **v, size_t *cap, size_t need, size_t item)
{
    if (need <= *cap)
        return true;
    size_t want = *cap ? *cap : 8, bytes;
    while (want < need) {
        if (!skr_mul(want, 2, &want))
            return false;
    }
    if (!skr_mul(want, item, &bytes))
        return false;
    void *p = skr_realloc(m, *v, *cap * item, bytes);
    if (!p)
        return false;
    *v = p;
    *cap = want;
    return true;
}

/* ---- Arena ---- */

/* Chunks grow with the arena, but not as fast: little is left over in the last one, and small ones come from memory
 * that others have given back. */
enum {
    FIRST_CHUNK = 1024,
    MIDDLE_CHUNK = 1 << 16,
    LARGEST_CHUNK = 1 << 20,
    MOST_KEPT = 16 << 20,
    PARTS = 8,
    ALIGNMENT = _Alignof(max_align_t)
};

struct skr_chunk {
    skr_chunk *next;
    size_t size; /* of the whole chunk, this header included */
};

static char *chunk_start(skr_chunk *c)
{
    size_t header = (sizeof *c + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    return (char *)c + header;
}

void skr_arena_init(skr_arena *a, skr_mem *mem)
{
    memset(a, 0, sizeof *a);
    a->mem = mem;
}

static void free_chunks(skr_arena *a, skr_chunk *c)
{
    while (c) {
        skr_chunk *next = c->next;
        skr_free(a->mem, c, c->size);
        c = next;
    }
}

void skr_arena_free(skr_arena *a)
{
    free_chunks(a, a->head);
    a->head = NULL;
    a->at = a->end = a->fresh = NULL;
    a->held = 0;
}

/* What took several chunks is given one that it fits into; what took very much is not expected to again. */
void skr_arena_empty(skr_arena *a)
{
    if (!a->head)
        return;
    if (a->head->next || a->held > MOST_KEPT) {
        const size_t size = a->held < MOST_KEPT ? a->held : MOST_KEPT;
        skr_arena_free(a);
        skr_chunk *c = skr_alloc(a->mem, size);
        if (!c)
            return; /* the next to ask for memory will see */
        *c = (skr_chunk){ NULL, size };
        a->head = c;
        a->held = size;
    }
    a->at = a->fresh = chunk_start(a->head);
    a->end = (char *)a->head + a->head->size;
}

static bool new_chunk(skr_arena *a, size_t need)
{
    size_t size = FIRST_CHUNK, least;
    while (size < MIDDLE_CHUNK && size < a->held)
        size *= 2;
    while (size < LARGEST_CHUNK && size < a->held / PARTS)
        size *= 2;
    if (!skr_add(need, sizeof(skr_chunk) + 2 * ALIGNMENT, &least))
        return false;
    if (size < least)
        size = least;
    skr_chunk *c = skr_alloc(a->mem, size);
    if (!c)
        return false;
    c->size = size;
    c->next = a->head;
    a->head = c;
    a->held += size;
    a->at = chunk_start(c);
    a->end = (char *)c + size;
    return true;
}

void *skr_arena_raw(skr_arena *a, size_t size, size_t align)
{
    for (int tries = 0; tries < 2; tries++) {
        const size_t left = (size_t)(a->end - a->at), pad = (size_t)(-(uintptr_t)a->at & (align - 1));
        if (size < left && pad < left - size) {
            char *p = a->at + pad;
            a->at = p + size;
            return p;
        }
        if (!new_chunk(a, size))
            return NULL;
    }
    return NULL;
}

void *skr_arena_alloc(skr_arena *a, size_t size)
{
    void *p = skr_arena_raw(a, size, ALIGNMENT);
    if (p)
        memset(p, 0, size);
    return p;
}

void *skr_arena_array(skr_arena *a, size_t count, size_t item)
{
    size_t bytes;
    return skr_mul(count, item, &bytes) ? skr_arena_alloc(a, bytes) : NULL;
}

char *skr_arena_dup(skr_arena *a, const void *p, size_t len)
{
    size_t bytes;
    if (!skr_add(len, 1, &bytes))
        return NULL;
    char *q = skr_arena_raw(a, bytes, 1);
    if (!q)
        return NULL;
    if (len)
        memcpy(q, p, len);
    q[len] = '\0';
    return q;
}

char *skr_arena_printf(skr_arena *a, const char *format, ...)
{
    va_list ap, again;
    va_start(ap, format);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    char *p = n < 0 ? NULL : skr_arena_raw(a, (size_t)n + 1, 1);
    if (p)
        vsnprintf(p, (size_t)n + 1, format, again);
    va_end(again);
    return p;
}
