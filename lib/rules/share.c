/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that conditions share. A list's name in a condition stands for its items as text (substitute.c). Where it is
 * one element of `in (...)` or the like, and each item is one literal, the text is needed by nobody: a gap is left in
 * it, and the tree refers to the items, which are read and looked at once. What a text would be with its lists in is
 * made only when something is to be said of a place in it. */
#include "loader.h"

#include "lex.h"

enum {
    MAX_NAMED = 64,      /* items of one list that are names of lists */
    MAX_RUNS = 16,       /* stretches of a list; one of more is put into texts */
    MAX_SHOWN = 64 << 20 /* bytes of texts put together for places in them, in all */
};

enum { UNKNOWN, YES, NO };

/* ---- Items ---- */

bool skr_next_item(skr_item_walk *w, skr_part *p)
{
    const skr_list *x = w->list;
    if (!x->runs.n) {
        if (w->at >= x->items.n)
            return false;
        *p = x->items.v[w->at++];
        return true;
    }
    while (w->run < x->runs.n) {
        const skr_run *r = &x->runs.v[w->run];
        const skr_parts *items = &w->l->lists.v[r->list].items;
        if (w->at < r->count && r->from + w->at < items->n) {
            *p = items->v[r->from + w->at++];
            return true;
        }
        w->run++;
        w->at = 0;
    }
    return false;
}

/* ---- Items as literals ---- */

/* What the text means where it is an element of a list; false: it is not one literal. */
static bool read_literal(skr_arena *a, skr_str text, skr_str *means)
{
    skr_lexer lex;
    skr_lex_init(&lex, a, text);
    skr_lex_blank(&lex);
    if (skr_lex_quoted(&lex) ? lex.fault != SKR_ESCAPE_FINE : !skr_lex_bare(&lex))
        return false;
    *means = lex.last;
    skr_lex_blank(&lex);
    return skr_lex_at_end(&lex);
}

static bool has_byte(skr_str s, const char *set)
{
    for (; *set; set++)
        if (memchr(s.ptr, *set, s.len))
            return true;
    return false;
}

/* Is the name of a list among the words of the text? *whole: it is the text. */
static size_t find_name(const skr_loader *l, skr_str text, bool *whole)
{
    skr_str word;
    for (size_t at = 0; skr_next_word(text, &at, &word);) {
        size_t list = skr_map_get(&l->list_names, word);
        *whole = word.len == text.len;
        if (list != SIZE_MAX)
            return list;
    }
    return SIZE_MAX;
}

/* One item; false: it cannot be shared (or there is no memory). */
static bool share_item(skr_loader *l, skr_list *x, size_t i, skr_str *means)
{
    skr_str s = skr_part_text(x->items.v[i]);
    bool whole = false, padded = s.len && memchr(s.ptr, ' ', s.len) && s.ptr[0] != '"' && s.ptr[0] != '\'';
    if (has_byte(s, "\n\r"))
        return false;
    if (padded) {
        skr_textb *b = &l->scratch;
        skr_textb_clear(b);
        skr_put_item(b, x->items.v[i]);
        skr_str text = skr_str_dup(&l->trees, (skr_str){ b->buf.ptr, b->buf.len });
        if (b->failed || !text.ptr)
            return skr_loader_lost(l);
        return find_name(l, text, &whole) == SIZE_MAX && read_literal(&l->trees, text, means);
    }
    size_t list = find_name(l, s, &whole);
    if (list != SIZE_MAX) {
        skr_run named = { (uint32_t)list, (uint32_t)i, 1 };
        if (!whole || x->sharing.named.n >= MAX_NAMED)
            return false;
        if (!skr_vec_push(l->mem, &x->sharing.named, named))
            return skr_loader_lost(l);
    }
    return read_literal(&l->trees, s, means);
}

static bool share_own(skr_loader *l, skr_list *x)
{
    skr_sharing *g = &x->sharing;
    if (g->own != UNKNOWN)
        return g->own == YES;
    skr_str *texts = skr_arena_raw(&l->trees, x->items.n * sizeof *texts, _Alignof(skr_str));
    if (!texts)
        return skr_loader_lost(l);
    g->texts = texts;
    g->own = YES;
    for (size_t i = 0; i < x->items.n && g->own == YES; i++)
        if (!share_item(l, x, i, &texts[i]))
            g->own = NO;
    if (l->trees.mem->failed)
        return skr_loader_lost(l);
    return g->own == YES;
}

/* ---- Lists ---- */

/* Names of lists defined later than `x` would be replaced. */
static bool can_share_run(skr_loader *l, const skr_list *x, const skr_run *r)
{
    skr_list *from = &l->lists.v[r->list];
    if (r->from > from->items.n || r->count > from->items.n - r->from || !share_own(l, from))
        return false;
    for (size_t i = 0; i < from->sharing.named.n; i++) {
        const skr_run *m = &from->sharing.named.v[i];
        if (m->from >= r->from && m->from - r->from < r->count && l->lists.v[m->list].head.index > x->head.index)
            return false;
    }
    return true;
}

/* A list that is whole in another is the same there. */
static skr_shared *new_shared(skr_loader *l, const skr_run *r)
{
    skr_list *from = &l->lists.v[r->list];
    const bool whole = r->count == from->items.n;
    if (whole && from->sharing.whole)
        return from->sharing.whole;
    skr_shared *s = skr_arena_alloc(&l->trees, sizeof *s);
    if (!s) {
        skr_loader_lost(l);
        return NULL;
    }
    *s = (skr_shared){ .count = r->count, .list = r->list, .first = r->from, .arena = &l->trees };
    s->texts = from->sharing.texts + r->from;
    if (whole)
        from->sharing.whole = s;
    return s;
}

static const skr_ctext *new_gap(skr_loader *l, uint32_t list)
{
    skr_ctext *t = skr_arena_alloc(&l->trees, sizeof *t);
    if (!t) {
        skr_loader_lost(l);
        return NULL;
    }
    t->base.text = SKR_STR(SKR_GAP);
    t->base.map = t;
    t->list = list + 1;
    t->gap = true;
    return t;
}

static bool share_all(skr_loader *l, skr_list *x)
{
    skr_sharing *g = &x->sharing;
    const uint32_t self = (uint32_t)(x - l->lists.v);
    const skr_run whole = { self, 0, (uint32_t)x->items.n }, *runs = x->runs.n ? x->runs.v : &whole;
    const size_t n = x->runs.n ? x->runs.n : 1;
    if (!x->flat_count || x->head.broken || n > MAX_RUNS)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!can_share_run(l, x, &runs[i]))
            return false;
    g->runs = skr_arena_array(&l->trees, n, sizeof(skr_shared *));
    g->gap = new_gap(l, self);
    if (!g->runs || !g->gap)
        return skr_loader_lost(l);
    for (size_t i = 0; i < n; i++)
        if (!(g->runs[i] = new_shared(l, &runs[i])))
            return false;
    g->run_count = (uint32_t)n;
    return true;
}

bool skr_list_share(skr_loader *l, skr_list *x)
{
    skr_sharing *g = &x->sharing;
    if (g->all == UNKNOWN)
        g->all = share_all(l, x) ? YES : NO;
    return g->all == YES;
}

void skr_list_forget(skr_loader *l, skr_list *x)
{
    skr_vec_free(l->mem, &x->sharing.named);
    memset(&x->sharing, 0, sizeof x->sharing);
}

/* ---- Texts in full ---- */

/* The item's text; where it begins if it is the one looked for. */
static void show_run(const skr_loader *l, skr_textb *b, const skr_shared *r, const skr_issue *at, bool *first,
                     size_t *begins)
{
    const skr_part *items = l->lists.v[r->list].items.v + r->first;
    for (uint32_t i = 0; i < r->count && !b->failed; i++) {
        if (!*first)
            skr_textb_pad(b, ", ");
        *first = false;
        if (at && at->shared == r && at->shared_item == i)
            *begins = b->buf.len;
        skr_str s = skr_part_text(items[i]);
        bool quote = s.len && memchr(s.ptr, ' ', s.len) && s.ptr[0] != '"' && s.ptr[0] != '\'';
        if (quote)
            skr_textb_pad(b, "\"");
        skr_buf_str(&b->buf, s);
        if (quote)
            skr_textb_pad(b, "\"");
    }
}

static void show_gap(const skr_loader *l, skr_textb *b, const skr_gap *g, const skr_issue *at, size_t *begins)
{
    bool first = true;
    skr_textb_pad(b, " ");
    for (uint32_t i = 0; i < g->count; i++)
        show_run(l, b, g->runs[i], at, &first, begins);
    skr_textb_pad(b, " ");
}

/* The text with its lists in, in b->buf; *pos, which is in the text as it is, becomes the place there. */
static void show_text(const skr_loader *l, skr_textb *b, const skr_text *t, const skr_issue *at, skr_pos *pos)
{
    const uint32_t idx = pos->idx;
    const skr_str text = t->text;
    size_t done = 0;
    skr_textb_clear(b);
    for (uint32_t i = 0; i < t->gap_count; i++) {
        const skr_gap *g = &t->gaps[i];
        skr_buf_add(&b->buf, text.ptr + done, g->idx - done);
        const size_t before = b->buf.len;
        size_t begins = before;
        show_gap(l, b, g, g->idx == idx ? at : NULL, &begins);
        done = g->idx + 1;
        size_t more = g->idx < idx ? b->buf.len - before - 1 : g->idx == idx ? begins - before : 0;
        pos->idx += (uint32_t)more;
        if (idx >= g->idx && !has_byte(skr_str_cut(text, g->idx, idx < text.len ? idx : text.len), "\n\r"))
            pos->col += (uint32_t)more;
    }
    skr_buf_add(&b->buf, text.ptr + done, text.len - done);
}

skr_context skr_context_full(skr_loader *l, const skr_context *c, const skr_ctext *text, const skr_ctext *origin,
                             const skr_issue *at)
{
    skr_pos pos = at->pos, none = { 0, 1, 1 };
    const bool gaps = text->base.gap_count || origin->base.gap_count;
    if (!gaps || l->shown_bytes > MAX_SHOWN)
        return skr_context_text(c, text->base.text, pos);
    show_text(l, &l->shown, &origin->base, at, pos.line ? &pos : &none);
    if (origin != text)
        show_text(l, &l->shown, &text->base, NULL, &none);
    l->shown_bytes += l->shown.buf.len;
    if (l->shown.failed || l->shown.buf.failed) {
        skr_loader_lost(l);
        return skr_context_text(c, text->base.text, at->pos);
    }
    return skr_context_text(c, (skr_str){ l->shown.buf.ptr ? l->shown.buf.ptr : "", l->shown.buf.len }, pos);
}
