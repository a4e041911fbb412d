/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that runs out: an allocation hook that refuses after a number of allocations. For tests. */
#ifndef FAILING_H
#define FAILING_H

#include "mem.h"

#include <stdlib.h>

typedef struct failing {
    size_t until; /* allocations that still succeed */
} failing;

static void *fail_later(void *ctx, void *p, size_t old_size, size_t new_size)
{
    failing *f = ctx;
    (void)old_size;
    if (new_size == 0) {
        free(p);
        return NULL;
    }
    if (f->until == 0)
        return NULL;
    f->until--;
    return realloc(p, new_size);
}

#endif
