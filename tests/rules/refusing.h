/* SPDX-License-Identifier: Apache-2.0 */
/* An allocator that refuses one request, and knows what is left behind. For tests. */
#ifndef REFUSING_H
#define REFUSING_H

#include <stddef.h>
#include <stdlib.h>

typedef struct refusing {
    size_t calls, refused, held; /* requests so far, which one is refused (0: none), bytes that are in use */
} refusing;

static void *refuse_one(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    refusing *p = ctx;
    void *block = NULL;
    if (new_size == 0)
        free(ptr);
    else if (++p->calls == p->refused || !(block = realloc(ptr, new_size)))
        return NULL;
    p->held = p->held - old_size + new_size;
    return block;
}

#endif
