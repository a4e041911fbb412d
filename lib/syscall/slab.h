/* SPDX-License-Identifier: Apache-2.0 */
/* Records of one size, cut from larger pieces and used again. The pieces are kept until skr_slab_free. */
#ifndef SKR_SLAB_H
#define SKR_SLAB_H

#include "mem.h"

typedef struct skr_slab_piece skr_slab_piece;
typedef struct skr_slab {
    skr_mem *mem;
    size_t item, per_piece;
    void *free; /* list through the first word of each unused record */
    skr_slab_piece *pieces;
} skr_slab;

void skr_slab_init(skr_slab *s, skr_mem *mem, size_t item, size_t per_piece);
void skr_slab_free(skr_slab *s); /* every record with it */
void *skr_slab_get(skr_slab *s); /* zeroed; NULL: out of memory */
void skr_slab_put(skr_slab *s, void *record);

#endif
