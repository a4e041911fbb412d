/* SPDX-License-Identifier: Apache-2.0 */
/* Asking an index about the event at hand. Inside lang only. */
#ifndef SKR_INDEX_RUN_H
#define SKR_INDEX_RUN_H

#include "eval.h"
#include "index.h"

typedef struct skr_finding {
    saker_eval *ev;
    const skr_index *ix;
    const skr_leaf *leaf;
    uint32_t count;     /* of ev->candidates */
    uint32_t sub_count; /* of ev->subs       */
} skr_finding;

/* Entries that are worth a full look, in order, into ev->candidates. */
void skr_index_find(saker_eval *ev, const skr_index *ix, uint32_t *count);

#endif
