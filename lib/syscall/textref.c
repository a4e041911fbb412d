/* SPDX-License-Identifier: Apache-2.0 */
#include "textref.h"

void skr_texts_init(skr_texts *x, skr_mem *mem, uint64_t seed)
{
    memset(x, 0, sizeof *x);
    x->mem = mem;
    x->seed = seed;
}

void skr_texts_free(skr_texts *x)
{
    for (size_t i = 0; i < SKR_TEXTS_RECENT; i++) {
        if (x->recent[i] && --x->recent[i]->refs == 0)
            skr_text_release(x, x->recent[i]);
        x->recent[i] = NULL;
    }
}

void skr_text_release(skr_texts *x, skr_text *t)
{
    skr_free(x->mem, t, sizeof *t + t->len);
}

static skr_text *text_new(skr_texts *x, skr_str bytes, uint32_t hash)
{
    size_t size;
    if (bytes.len > UINT32_MAX || !skr_add(bytes.len, sizeof(skr_text), &size))
        return NULL;
    skr_text *t = skr_alloc(x->mem, size);
    if (!t)
        return NULL;
    *t = (skr_text){ 1, (uint32_t)bytes.len, hash };
    memcpy(t->bytes, bytes.ptr, bytes.len);
    return t;
}

static skr_str view(const skr_text *t)
{
    return (skr_str){ t->bytes, t->len };
}

static skr_str make_short(skr_texts *x, skr_str bytes)
{
    uint64_t h = skr_hash(bytes.ptr, bytes.len, x->seed);
    skr_text **slot = &x->recent[(h >> 32) & (SKR_TEXTS_RECENT - 1)], *t = *slot;
    if (t && t->hash == (uint32_t)h && skr_str_eq(view(t), bytes)) {
        t->refs++;
        return view(t);
    }
    t = text_new(x, bytes, (uint32_t)h);
    if (!t) {
        x->nomem++;
        return SKR_STR("");
    }
    if (*slot && --(*slot)->refs == 0)
        skr_text_release(x, *slot);
    *slot = t;
    t->refs++;
    return view(t);
}

skr_str skr_text_make(skr_texts *x, skr_str bytes)
{
    if (!bytes.len)
        return SKR_STR("");
    if (bytes.len <= SKR_TEXTS_SHORT)
        return make_short(x, bytes);
    const skr_text *t = text_new(x, bytes, 0);
    if (t)
        return view(t);
    x->nomem++;
    return SKR_STR("");
}

void skr_text_set(skr_texts *x, skr_str *at, skr_str bytes)
{
    if (skr_str_eq(*at, bytes))
        return;
    skr_str text = skr_text_make(x, bytes);
    skr_text_drop(x, *at);
    *at = text;
}
