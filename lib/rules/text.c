/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

const char skr_glue[] = "";

enum { MAX_NESTING = 4 }; /* of texts in texts: a list in a condition, and what odd names make of that */

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

/* ---- Writing ---- */

static bool goes_on(const skr_textb *b, const skr_seg *s)
{
    const skr_seg *last = b->segs.n ? &b->segs.v[b->segs.n - 1] : NULL;
    if (!last || last->src != s->src || last->of != s->of)
        return false;
    return s->of == skr_glue ? last->from == s->from : last->from + (s->text - last->text) == s->from;
}

static void put_bytes(skr_textb *b, skr_str bytes)
{
    skr_buf_str(&b->buf, bytes);
    if (b->buf.failed || b->buf.len > SKR_YAML_MAX)
        b->failed = true;
}

static void put(skr_textb *b, skr_str bytes, skr_seg s)
{
    if (!bytes.len)
        return;
    if (!goes_on(b, &s) && !skr_vec_push(b->mem, &b->segs, s))
        b->failed = true;
    put_bytes(b, bytes);
}

void skr_textb_part(skr_textb *b, skr_part p)
{
    put(b, skr_part_text(p), (skr_seg){ (uint32_t)b->buf.len, p.from, p.src, p.scalar });
}

void skr_textb_glue(skr_textb *b, const char *s, skr_place at)
{
    put(b, skr_str_of(s), (skr_seg){ (uint32_t)b->buf.len, at.at, at.src, skr_glue });
}

void skr_textb_pad(skr_textb *b, const char *s)
{
    put_bytes(b, skr_str_of(s));
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
    if (t->list) {
        put(b, skr_str_cut(t->base.text, from, to), (skr_seg){ (uint32_t)b->buf.len, (uint32_t)from, NULL, t });
        return;
    }
    for (size_t i = seg_at(t, from); i < t->seg_count && t->segs[i].text < to; i++) {
        skr_seg s = t->segs[i];
        size_t start = s.text > from ? s.text : from;
        size_t end = i + 1 < t->seg_count && t->segs[i + 1].text < to ? t->segs[i + 1].text : to;
        if (s.of != skr_glue)
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

/* Where the text stands already, if it is one stretch of a source or scalar; NULL: it has to be copied. */
static const char *standing_text(const skr_textb *b)
{
    const skr_seg *s = b->segs.v;
    if (b->segs.n != 1 || !s->src || s->of == skr_glue || s->text)
        return NULL;
    skr_str all = s->of ? ((const skr_scalar *)s->of)->text : s->src->text;
    bool whole = s->from <= all.len && b->buf.len <= all.len - s->from;
    return whole && memcmp(all.ptr + s->from, b->buf.ptr, b->buf.len) == 0 ? all.ptr + s->from : NULL;
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
    t->base.text = (skr_str){ standing_text(b), b->buf.len };
    if (!t->base.text.ptr)
        t->base.text = skr_str_dup(a, (skr_str){ b->buf.ptr ? b->buf.ptr : "", b->buf.len });
    if (!t->base.text.ptr)
        return NULL;
    t->base.item = item.ptr; /* names have a NUL behind them */
    t->base.is_macro = is_macro;
    t->base.map = t;
    return t;
}

/* ---- Places ---- */

static skr_place scalar_place(const skr_seg *s, const skr_scalar *v, size_t i)
{
    size_t end = v->text.len;
    while (end && strchr(" \t\r\n", v->text.ptr[end - 1]) && v->text.ptr[end - 1])
        end--;
    if (end && i >= end) /* the end: behind the last word, wherever the next line would start */
        return (skr_place){ s->src, skr_scalar_at(v, end - 1) + 1 };
    return (skr_place){ s->src, skr_scalar_at(v, i) };
}

skr_place skr_ctext_place(const skr_ctext *t, size_t idx)
{
    for (int depth = 0; t->seg_count && depth < MAX_NESTING; depth++) {
        const skr_seg *s = &t->segs[seg_at(t, idx)];
        size_t i = s->from + (idx > s->text && s->of != skr_glue ? idx - s->text : 0);
        if (s->of == skr_glue)
            return (skr_place){ s->src, s->from };
        if (s->src && s->of)
            return scalar_place(s, s->of, i);
        if (s->src)
            return (skr_place){ s->src, (uint32_t)(i < s->src->text.len ? i : s->src->text.len) };
        t = s->of;
        idx = i;
    }
    return (skr_place){ NULL, 0 };
}

uint32_t skr_ctext_list(const skr_ctext *t, size_t idx)
{
    const skr_seg *s = t->seg_count ? &t->segs[seg_at(t, idx)] : NULL;
    return s && !s->src && s->of && s->of != skr_glue ? ((const skr_ctext *)s->of)->list : 0;
}

/* Between what stands before and what was put in there were blanks and the name. */
skr_span skr_ctext_name(const skr_ctext *t, size_t idx, skr_str name)
{
    const size_t i = t->seg_count ? seg_at(t, idx) : 0;
    skr_span span = { NULL, 0, 0 };
    if (!i || t->segs[i - 1].of == skr_glue || !t->segs[i - 1].src)
        return span;
    const skr_seg *s = &t->segs[i - 1];
    const skr_scalar *v = s->of;
    const skr_str text = v ? v->text : s->src->text;
    size_t at = s->from + (t->segs[i].text - s->text);
    while (at < text.len && memchr(" \t\r\n", text.ptr[at], 4))
        at++;
    if (!skr_str_starts(skr_str_cut(text, at < text.len ? at : text.len, text.len), name))
        return span;
    span.src = s->src;
    span.at = v ? skr_scalar_at(v, at) : (uint32_t)at;
    span.end = (v ? skr_scalar_at(v, at + name.len - 1) : (uint32_t)(at + name.len - 1)) + 1;
    return span;
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
