/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

void skr_textb_init(skr_textb *b, skr_mem *mem)
{
    memset(b, 0, sizeof *b);
    b->mem = mem;
    skr_buf_init(&b->buf, mem);
}

void skr_textb_free(skr_textb *b)
{
    skr_buf_free(&b->buf);
    skr_vec_free(b->mem, &b->segs);
}

void skr_textb_clear(skr_textb *b)
{
    skr_buf_clear(&b->buf);
    b->segs.n = 0;
    b->failed = false;
}

static bool goes_on(const skr_textb *b, const skr_seg *s)
{
    const skr_seg *last = b->segs.n ? &b->segs.v[b->segs.n - 1] : NULL;
    if (!last || last->src != s->src || last->scalar != s->scalar || last->list != s->list)
        return false;
    return s->scalar ? last->from + (s->text - last->text) == s->from : last->from == s->from;
}

static void put(skr_textb *b, skr_str bytes, skr_seg s)
{
    if (!bytes.len)
        return;
    if (!goes_on(b, &s) && !skr_vec_push(b->mem, &b->segs, s))
        b->failed = true;
    skr_buf_str(&b->buf, bytes);
    if (b->buf.failed || b->buf.len > SKR_YAML_MAX)
        b->failed = true;
}

void skr_textb_part(skr_textb *b, skr_part p)
{
    put(b, skr_part_text(p), (skr_seg){ (uint32_t)b->buf.len, p.from, p.src, p.scalar, b->list });
}

void skr_textb_glue(skr_textb *b, const char *s, skr_place at)
{
    put(b, skr_str_of(s), (skr_seg){ (uint32_t)b->buf.len, at.at, at.src, NULL, b->list });
}

/* Index of the segment that byte `idx` lies in. */
static size_t seg_at(const skr_ctext *t, size_t idx)
{
    size_t lo = 0, hi = t->seg_count;
    while (hi - lo > 1) {
        size_t mid = (lo + hi) / 2;
        if (t->segs[mid].text <= idx)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

void skr_textb_copy(skr_textb *b, const skr_ctext *t, size_t from, size_t to)
{
    if (from >= to)
        return;
    for (size_t i = seg_at(t, from); i < t->seg_count && t->segs[i].text < to; i++) {
        skr_seg s = t->segs[i];
        size_t start = s.text > from ? s.text : from;
        size_t end = i + 1 < t->seg_count && t->segs[i + 1].text < to ? t->segs[i + 1].text : to;
        if (s.scalar)
            s.from += (uint32_t)(start - s.text);
        s.text = (uint32_t)b->buf.len;
        put(b, skr_str_cut(t->base.text, start, end), s);
    }
}

void skr_textb_cut(skr_textb *b, size_t len)
{
    b->buf.len = len;
    while (b->segs.n && b->segs.v[b->segs.n - 1].text >= len)
        b->segs.n--;
}

skr_ctext *skr_textb_done(skr_textb *b, skr_arena *a, skr_str item, bool is_macro)
{
    skr_ctext *t = skr_arena_alloc(a, sizeof *t);
    skr_seg *segs = skr_arena_raw(a, b->segs.n * sizeof *segs, _Alignof(skr_seg));
    if (!t || !segs || b->failed)
        return NULL;
    if (b->segs.n)
        memcpy(segs, b->segs.v, b->segs.n * sizeof *segs);
    t->segs = segs;
    t->seg_count = b->segs.n;
    const skr_scalar *only = b->segs.n == 1 ? segs[0].scalar : NULL;
    t->base.text = only ? skr_str_cut(only->text, segs[0].from, segs[0].from + b->buf.len)
                        : skr_str_dup(a, (skr_str){ b->buf.ptr ? b->buf.ptr : "", b->buf.len });
    if (!t->base.text.ptr)
        return NULL;
    t->base.item = item.ptr; /* names have a NUL behind them */
    t->base.is_macro = is_macro;
    t->base.map = t;
    return t;
}

skr_place skr_ctext_place(const skr_ctext *t, size_t idx)
{
    if (!t->seg_count)
        return (skr_place){ NULL, 0 };
    const skr_seg *s = &t->segs[seg_at(t, idx)];
    if (!s->scalar)
        return (skr_place){ s->src, s->from };
    size_t i = s->from + (idx - s->text);
    if (i && i >= s->scalar->text.len) /* the end: behind the last byte, wherever the next line would start */
        return (skr_place){ s->src, skr_scalar_at(s->scalar, s->scalar->text.len - 1) + 1 };
    return (skr_place){ s->src, skr_scalar_at(s->scalar, i) };
}

uint32_t skr_ctext_list(const skr_ctext *t, size_t idx)
{
    return t->seg_count ? t->segs[seg_at(t, idx)].list : 0;
}

skr_span skr_ctext_span(const skr_ctext *t, size_t idx, size_t len)
{
    skr_place from = skr_ctext_place(t, idx);
    skr_span span = { from.src, from.at, from.at + 1 };
    if (len > 1 && from.src) {
        skr_place last = skr_ctext_place(t, idx + len - 1);
        if (last.src == from.src && last.at >= from.at && seg_at(t, idx) == seg_at(t, idx + len - 1))
            span.end = last.at + 1;
    }
    return span;
}
