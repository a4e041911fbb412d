/* SPDX-License-Identifier: Apache-2.0 */
/* What extractors write to. Inside lang and api. */
#ifndef SKR_OUT_H
#define SKR_OUT_H

#include "prog.h"

#include <assert.h>
#include <stddef.h>

/* Values of one slot on one event. */
typedef struct skr_held {
    uint32_t epoch; /* of the event that it belongs to */
    uint32_t count;
    uint32_t first; /* index into the eval's values, when count > 1 */
    bool present;
    saker_value one;
} skr_held;

struct saker_out {
    skr_mem *mem;
    skr_arena *arena; /* computed text, for the event */
    const saker_event *event;
    int32_t utc_offset;
    bool failed; /* memory ran out for this slot */
    /* of the slot at hand */
    skr_held *held;
    skr_form form;
    SKR_VEC(saker_value) values;
};

/* Does a value of kind `store` belong to a field of kind `want`? */
static inline bool skr_out_fits(uint8_t want, uint8_t store)
{
    return want == store || want == SAKER_DYN;
}

/* One more value where there is one already. */
void skr_out_next(saker_out *out, const saker_value *v);

/* The first value of the slot at hand, to be set. */
static inline saker_value *skr_out_first(skr_held *h, uint8_t type)
{
    memset(&h->one, 0, offsetof(saker_value, as)); /* one store */
    h->one.type = type;
    h->count = 1;
    h->present = true;
    return &h->one;
}

static inline void skr_out_add(saker_out *out, const saker_value *v)
{
    if (SKR_UNLIKELY(out->held->count))
        skr_out_next(out, v);
    else
        *skr_out_first(out->held, v->type) = *v;
}

/* A number of the kind that is asked for. */
static inline void skr_out_number(saker_out *out, uint8_t store, uint64_t v)
{
    if (SKR_UNLIKELY(out->held->count))
        skr_out_next(out, &(saker_value){ .type = store, .as.u = v });
    else
        skr_out_first(out->held, store)->as.u = v;
}

static inline void skr_out_bool(saker_out *out, bool v)
{
    if (SKR_UNLIKELY(out->held->count))
        skr_out_next(out, &(saker_value){ .type = SAKER_BOOL, .as.b = v });
    else
        skr_out_first(out->held, SAKER_BOOL)->as.b = v;
}

static inline void skr_out_uint(saker_out *out, uint64_t v)
{
    uint8_t store = out->form.store;
    if (store == SAKER_DYN)
        store = SAKER_UINT;
    if (store == SAKER_UINT || store == SAKER_TIME || store == SAKER_SPAN)
        skr_out_number(out, store, v);
}

/* Text or bytes, as the slot wants; `type` for a slot that takes any. Text ends at a NUL. */
static inline void skr_out_text(saker_out *out, const char *s, size_t len, uint8_t type)
{
    uint8_t store = out->form.store == SAKER_DYN ? type : out->form.store;
    skr_held *h = out->held;
    if ((store != SAKER_STR && store != SAKER_BYTES) || len > UINT32_MAX)
        return;
    assert(!out->form.whole || !len || !memchr(s, '\0', len));
    if (store == SAKER_STR && len && !out->form.whole) {
        const char *nul = memchr(s, '\0', len);
        if (nul)
            len = (size_t)(nul - s);
    }
    if (!len)
        s = "";
    if (SKR_UNLIKELY(h->count)) {
        skr_out_next(out, &(saker_value){ .type = store, .len = (uint32_t)len, .as.s = s });
        return;
    }
    saker_value *v = skr_out_first(h, store);
    v->len = (uint32_t)len;
    v->as.s = s;
}

#endif
