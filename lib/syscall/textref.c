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

/* Behind a text that is not short lies the address of what was found in it. */
static size_t size_of(size_t len)
{
    return sizeof(skr_text) + len + (len > SKR_TEXTS_SHORT ? sizeof(skr_finds *) : 0);
}

static skr_finds *finds_of(const skr_text *t)
{
    skr_finds *f = NULL;
    if (t->len > SKR_TEXTS_SHORT)
        memcpy(&f, t->bytes + t->len, sizeof f);
    return f;
}

void skr_text_release(skr_texts *x, skr_text *t)
{
    skr_finds *f = finds_of(t);
    if (f)
        skr_free(x->mem, f, skr_finds_size(f->room));
    skr_free(x->mem, t, size_of(t->len));
}

skr_finds *skr_text_finds(skr_texts *x, skr_str s)
{
    enum { ROOM = 16 };
    if (s.len <= SKR_TEXTS_SHORT)
        return NULL;
    skr_text *t = skr_text_block(s);
    skr_finds *f = finds_of(t);
    if (f || !(f = skr_alloc(x->mem, skr_finds_size(ROOM))))
        return f;
    memset(f, 0, skr_finds_size(ROOM));
    f->room = ROOM;
    memcpy(t->bytes + t->len, &f, sizeof f);
    return f;
}

static skr_text *text_new(skr_texts *x, skr_str bytes, uint32_t hash)
{
    if (bytes.len > UINT32_MAX - 64)
        return NULL;
    const size_t size = size_of(bytes.len);
    skr_text *t = skr_alloc(x->mem, size);
    if (!t)
        return NULL;
    *t = (skr_text){ 1, (uint32_t)bytes.len, hash };
    memcpy(t->bytes, bytes.ptr, bytes.len);
    memset(t->bytes + bytes.len, 0, size - sizeof *t - bytes.len);
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
