/* SPDX-License-Identifier: Apache-2.0 */
#include "zmem.h"

#include <string.h>

/* zlib frees without a size: it stands in front. */
typedef union block_head {
    size_t size;
    max_align_t align;
} block_head;

static void *z_alloc(void *ctx, unsigned items, unsigned size)
{
    size_t bytes;
    if (!skr_mul(items, size, &bytes) || !skr_add(bytes, sizeof(block_head), &bytes))
        return NULL;
    block_head *h = skr_zalloc(ctx, bytes); /* zeroed: zlib's match finder looks at bytes not yet written */
    if (!h)
        return NULL;
    h->size = bytes;
    return h + 1;
}

static void z_free(void *ctx, void *p)
{
    if (p)
        skr_free(ctx, (block_head *)p - 1, ((block_head *)p - 1)->size);
}

void skr_zmem_use(z_stream *z, skr_mem *mem)
{
    memset(z, 0, sizeof *z);
    z->zalloc = z_alloc;
    z->zfree = z_free;
    z->opaque = mem;
}
