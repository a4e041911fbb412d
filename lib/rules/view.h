/* SPDX-License-Identifier: Apache-2.0 */
/* The loader's diagnostics as the public API shows them: sorted by place, what is the same in many rules said once. */
#ifndef SKR_VIEW_H
#define SKR_VIEW_H

#include "loader.h"

typedef struct skr_view {
    skr_arena arena;
    struct { /* the line shown last: many may be said of a long one */
        const char *at, *copy;
        size_t from, chars; /* so many characters stand before byte `from` */
    } line;
    size_t shown, counted; /* bytes of all lines shown; bytes looked at for that */
    saker_diag *v;
    size_t n;
    size_t made_of; /* diagnostics of the loader then */
    uint32_t serial;
    bool made;
} skr_view;

void skr_view_init(skr_view *v, skr_mem *mem);
void skr_view_free(skr_view *v);
/* Brings it up to date; false: out of memory (then it is empty). */
bool skr_view_update(skr_view *v, const skr_loader *l);
/* Warnings that still hold. */
size_t skr_view_warnings(const skr_view *v);

#endif
