/* SPDX-License-Identifier: Apache-2.0 */
/* Memory: one hook (saker_alloc), counted and capped. Every other allocation in the library goes through
 * this file or the arena on top of it. Running out is an ordinary result: NULL or false, never an abort. */
#ifndef SKR_MEM_H
#define SKR_MEM_H

#include "compat.h"

#include <saker/saker.h>

typedef struct skr_mem {
    saker_alloc hook;
    size_t used;  /* bytes now held            */
    size_t peak;  /* most ever held            */
    size_t limit; /* 0: none                   */
    bool failed;  /* something was refused     */
    bool limited; /* by the limit              */
} skr_mem;

/* `hook` may be NULL or have no function: malloc and free. */
void skr_mem_init(skr_mem *m, const saker_alloc *hook, size_t limit);

void *skr_alloc(skr_mem *m, size_t size);  /* size 0 gives a non-NULL pointer that must be freed with size 0 */
void *skr_zalloc(skr_mem *m, size_t size); /* zeroed */
void *skr_realloc(skr_mem *m, void *p, size_t old_size, size_t new_size); /* on failure `p` stays */
void skr_free(skr_mem *m, void *p, size_t size);                          /* NULL does nothing */

/* Gives what is free back to the system, where that is not done anyway: worth while after much was freed. */
void skr_mem_trim(const skr_mem *m);

/* a * b, a + b; false on overflow (then *r is untouched). */
bool skr_mul(size_t a, size_t b, size_t *r);
bool skr_add(size_t a, size_t b, size_t *r);

/* Grow an array of `item` bytes an element so that it can hold `need`: doubles *cap. */
bool skr_grow(skr_mem *m, void **v, size_t *cap, size_t need, size_t item);

/* Typed growable array: SKR_VEC(int) v = {0}; skr_vec_push(m, &v, 5). */
#define SKR_VEC(T)                                                                                                     \
    struct {                                                                                                           \
        T *v;                                                                                                          \
        size_t n;                                                                                                      \
        size_t cap;                                                                                                    \
    }
#define skr_vec_reserve(m, a, need)                                                                                    \
    ((need) <= (a)->cap || skr_grow((m), (void **)&(a)->v, &(a)->cap, (need), sizeof *(a)->v))
#define skr_vec_push(m, a, item) (skr_vec_reserve((m), (a), (a)->n + 1) ? ((a)->v[(a)->n++] = (item), true) : false)
#define skr_vec_free(m, a) (skr_free((m), (a)->v, (a)->cap * sizeof *(a)->v), (a)->v = NULL, (a)->n = 0, (a)->cap = 0)

/* ---- Arena: many small things freed at once ---- */

typedef struct skr_chunk skr_chunk;
typedef struct skr_arena {
    skr_mem *mem;
    skr_chunk *head;
    char *at, *end;
    char *fresh; /* `at` after a reset  */
    size_t held; /* bytes of all chunks */
} skr_arena;

void skr_arena_init(skr_arena *a, skr_mem *mem);
void skr_arena_free(skr_arena *a); /* everything; the arena can be used again */
/* Everything, but keeps one chunk for as much, up to a limit: nothing is allocated when it is used alike. */
void skr_arena_empty(skr_arena *a);
static inline void skr_arena_reset(skr_arena *a)
{
    if (a->at != a->fresh)
        skr_arena_empty(a);
}
void *skr_arena_alloc(skr_arena *a, size_t size);               /* zeroed, aligned for anything */
void *skr_arena_raw(skr_arena *a, size_t size, size_t align);   /* not zeroed                   */
void *skr_arena_array(skr_arena *a, size_t count, size_t item); /* zeroed, overflow-checked     */
char *skr_arena_dup(skr_arena *a, const void *p, size_t len);   /* a copy, with a NUL behind it */
char *skr_arena_printf(skr_arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
