/* SPDX-License-Identifier: Apache-2.0 */
/* Lists are put into conditions as text (rules.md 6): for each list, in order, every occurrence of its name between two
 * delimiters is replaced by its items. Here only lists whose names do occur are looked at, in the same order, and the
 * text is a chain of chunks until all is done, so that the work is proportional to the result. */
#include "loader.h"

enum {
    MAX_ODD = 1024,         /* lists whose names have blanks and the like inside */
    LEAST_COST = 8,         /* bytes that an item costs, however short it is */
    WARNING_COST = 128,     /* ... and a warning about one */
    ODD_COST = 512,         /* bytes that looking for one costs beside the text */
    MAX_BYTES = 256 << 20,  /* of one condition, substituted */
    SPARE_BYTES = 16 << 20, /* of lists put into all conditions */
    BYTES_PER_BYTE = 8,     /* and for each byte of the files that many more */
    DEFAULT_NODES = 1 << 20,
    NONE = 0xffffffff
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

const bool skr_list_delimiters[256] = {
    [' '] = true, ['\t'] = true, ['\n'] = true, ['\r'] = true, ['('] = true, [')'] = true, [','] = true, ['='] = true,
};

static size_t max_items(const skr_loader *l)
{
    return l->options->max_nodes ? l->options->max_nodes : DEFAULT_NODES;
}

/* ---- Flattening ---- */

static void fail_large(skr_loader *l, const skr_head *h, const char *what)
{
    skr_diag d = { .code = SKR_D_TOO_LARGE, .severity = SAKER_DIAG_ERROR, .span = h->span, .item = h->name };
    d.message = skr_say(&l->diags, "%s '%.*s' is too large with its lists expanded", what, SKR_S(h->name));
    d.hint = "the limit is max_nodes of the options";
    d.falco = "the expanded condition is too large";
    skr_context c = skr_head_context(h);
    d.context = &c;
    skr_loader_report(l, &d);
}

/* The list that an item names and that is visible to `x`; SIZE_MAX: none. */
static size_t named_list(const skr_loader *l, const skr_list *x, skr_part item)
{
    size_t i = skr_map_get(&l->list_names, skr_part_text(item));
    return i != SIZE_MAX && l->lists.v[i].head.index < x->head.visibility ? i : SIZE_MAX;
}

static bool add_run(skr_loader *l, skr_list *x, size_t list, size_t from, size_t to)
{
    skr_run r = { (uint32_t)list, (uint32_t)from, (uint32_t)(to - from) };
    return from == to || skr_vec_push(l->mem, &x->runs, r) ? true : skr_loader_lost(l);
}

/* Names of lists among the items -> stretches of items. */
static bool flatten(skr_loader *l, skr_list *x)
{
    const size_t self = (size_t)(x - l->lists.v);
    size_t from = 0;
    x->runs.n = x->nested.n = 0;
    x->flat_count = x->items.n;
    x->head.broken = false;
    for (size_t i = 0; i < x->items.n; i++) {
        size_t k = named_list(l, x, x->items.v[i]);
        if (k == SIZE_MAX)
            continue;
        x->flat_count += l->lists.v[k].items.n - 1;
        if (x->flat_count > max_items(l)) {
            fail_large(l, &x->head, "list");
            x->head.broken = true;
            x->runs.n = x->nested.n = 0;
            x->flat_count = x->items.n;
            return true;
        }
        if (!add_run(l, x, self, from, i) || !add_run(l, x, k, 0, l->lists.v[k].items.n) ||
            !skr_vec_push(l->mem, &x->nested, (uint32_t)k))
            return skr_loader_lost(l);
        from = i + 1;
    }
    return !x->nested.n || add_run(l, x, self, from, x->items.n);
}

/* ---- Odd names: they are found by their first word ---- */

static skr_str first_word(skr_str name)
{
    size_t from = 0, to;
    while (from < name.len && skr_is_list_delimiter(name.ptr[from]))
        from++;
    for (to = from; to < name.len && !skr_is_list_delimiter(name.ptr[to]);)
        to++;
    return skr_str_cut(name, from, to);
}

static bool has_delimiter(skr_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (skr_is_list_delimiter(s.ptr[i]))
            return true;
    return false;
}

static bool index_odd(skr_loader *l, size_t i)
{
    skr_list *x = &l->lists.v[i];
    x->odd = has_delimiter(x->head.name);
    x->next_odd = 0;
    skr_str word = first_word(x->head.name);
    if (!x->odd || !word.len)
        return true;
    if (++l->odd_lists > MAX_ODD) {
        if (l->odd_lists == MAX_ODD + 1)
            fail_large(l, &x->head, "the number of lists with blanks in their names, with");
        return true;
    }
    size_t first = skr_map_get(&l->odd_words, word);
    x->next_odd = first == SIZE_MAX ? 0 : first;
    return skr_map_put(&l->odd_words, word, i + 1) ? true : skr_loader_lost(l);
}

/* The words of all items: what a list of another file might be called. */
static bool remember_words(skr_loader *l, skr_list *x)
{
    x->words.n = 0;
    for (size_t i = 0; i < x->items.n; i++)
        if (!skr_put_words(l, skr_part_text(x->items.v[i]), &x->words))
            return false;
    skr_vec_fit(l->mem, &x->words);
    return true;
}

static bool index_odd_names(skr_loader *l)
{
    skr_map_free(&l->odd_words);
    l->odd_lists = 0;
    for (size_t i = 0; i < l->lists.n; i++)
        if (!index_odd(l, i))
            return false;
    return true;
}

bool skr_lists_prepare(skr_loader *l, bool all)
{
    l->spliced = 0;
    for (size_t i = 0; i < l->lists.n; i++) {
        skr_list *x = &l->lists.v[i];
        if (all || x->changed) {
            x->joined = NULL;
            skr_list_forget(l, x);
        }
        if (x->changed && (!flatten(l, x) || !remember_words(l, x)))
            return false;
    }
    return index_odd_names(l);
}

/* ---- The text of a list ---- */

void skr_put_item(skr_textb *b, skr_part p)
{
    skr_str s = skr_part_text(p);
    bool quote = s.len && memchr(s.ptr, ' ', s.len) && s.ptr[0] != '"' && s.ptr[0] != '\'';
    if (quote)
        skr_textb_pad(b, "\"");
    skr_textb_part(b, p);
    if (quote)
        skr_textb_pad(b, "\"");
}

/* " a, b, c " */
static const skr_ctext *joined(skr_loader *l, skr_list *x)
{
    if (x->joined)
        return x->joined;
    skr_textb b;
    skr_textb_init(&b, l->mem);
    skr_item_walk w = { .l = l, .list = x };
    bool first = true;
    skr_textb_pad(&b, " ");
    for (skr_part p; !b.failed && skr_next_item(&w, &p); first = false) {
        if (!first)
            skr_textb_pad(&b, ", ");
        skr_put_item(&b, p);
    }
    skr_textb_pad(&b, " ");
    x->joined = skr_textb_done(&b, &l->trees, x->head.name, false);
    skr_textb_free(&b);
    if (x->joined)
        x->joined->list = (uint32_t)(x - l->lists.v) + 1;
    else
        skr_loader_lost(l);
    return x->joined;
}

/* ---- Chunks ---- */

typedef struct chunk {
    const skr_ctext *text;
    uint32_t from, to;
    uint32_t list; /* index of the list whose name this is; NONE: text */
    uint32_t prev, next;
    uint32_t same; /* the next chunk of this list */
} chunk;

typedef struct subst {
    skr_loader *l;
    const skr_head *head;
    skr_unit *unit;
    bool is_macro, lint;
    bool share;             /* lists may be left out */
    SKR_VEC(skr_gap) gaps;  /* those that were, when the text is put together */
    SKR_VEC(chunk) chunks;  /* [0] is the ring's anchor */
    SKR_VEC(uint32_t) heap; /* lists to come, least index on top */
    size_t bytes, items;
    bool failed;
} subst;

static char byte_of(const chunk *c, uint32_t i)
{
    return c->text->base.text.ptr[i];
}

/* A chunk before `at` (an index). NONE: out of memory. */
static uint32_t add_chunk(subst *s, uint32_t at, const skr_ctext *t, size_t from, size_t to, uint32_t list)
{
    uint32_t n = (uint32_t)s->chunks.n, prev = s->chunks.n ? s->chunks.v[at].prev : 0;
    chunk c = { t, (uint32_t)from, (uint32_t)to, list, prev, at, NONE };
    if (!skr_vec_push(s->l->mem, &s->chunks, c)) {
        s->failed = true;
        return NONE;
    }
    s->chunks.v[prev].next = n;
    s->chunks.v[at].prev = n;
    return n;
}

static void unlink_chunk(subst *s, uint32_t i)
{
    chunk *c = &s->chunks.v[i];
    s->chunks.v[c->prev].next = c->next;
    s->chunks.v[c->next].prev = c->prev;
}

/* ---- The lists to come ---- */

static void heap_push(subst *s, uint32_t list)
{
    if (!skr_vec_push(s->l->mem, &s->heap, list)) {
        s->failed = true;
        return;
    }
    uint32_t *v = s->heap.v;
    for (size_t i = s->heap.n - 1; i > 0 && v[(i - 1) / 2] > v[i]; i = (i - 1) / 2) {
        uint32_t swap = v[i];
        v[i] = v[(i - 1) / 2];
        v[(i - 1) / 2] = swap;
    }
}

static uint32_t heap_pop(subst *s)
{
    uint32_t *v = s->heap.v, top = v[0];
    size_t n = --s->heap.n;
    v[0] = v[n];
    for (size_t i = 0;;) {
        size_t k = 2 * i + 1;
        if (k + 1 < n && v[k + 1] < v[k])
            k++;
        if (k >= n || v[k] >= v[i])
            return top;
        uint32_t swap = v[i];
        v[i] = v[k];
        v[k] = swap;
        i = k;
    }
}

static void enqueue(subst *s, uint32_t list)
{
    skr_list *x = &s->l->lists.v[list];
    if (x->queued == s->l->subst_serial)
        return;
    x->use = (skr_span){ NULL, 0, 0 };
    x->queued = s->l->subst_serial;
    x->first_chunk = x->last_chunk = NONE;
    heap_push(s, list);
}

static void add_occurrence(subst *s, uint32_t list, uint32_t at, const skr_ctext *t, size_t from, size_t to)
{
    enqueue(s, list);
    uint32_t n = add_chunk(s, at, t, from, to, list);
    if (s->failed)
        return;
    skr_list *x = &s->l->lists.v[list];
    if (!x->use.src)
        x->use = skr_ctext_span(t, from, to - from);
    if (x->last_chunk == NONE)
        x->first_chunk = n;
    else
        s->chunks.v[x->last_chunk].same = n;
    x->last_chunk = n;
}

/* ---- Scanning for names ---- */

static void warn_quoted(subst *s, const skr_list *x, const skr_ctext *t, size_t from, size_t to)
{
    skr_loader *l = s->l;
    skr_diag d = { .code = SKR_D_LIST_IN_QUOTES, .severity = SAKER_DIAG_WARNING, .item = s->head->name };
    d.span = skr_ctext_span(t, from, to - from);
    d.message =
        skr_say(&l->diags, "the name of list '%.*s' is replaced by its items, inside quotes, too", SKR_S(x->head.name));
    d.hint = "rename the list if the word is meant as text";
    l->spliced += WARNING_COST;
    skr_loader_report(l, &d);
}

static void warn_nested(subst *s, const skr_list *outer, const skr_list *x, skr_span span)
{
    skr_loader *l = s->l;
    skr_diag d = { .code = SKR_D_NESTED_LIST, .severity = SAKER_DIAG_WARNING, .item = outer->head.name };
    d.span = span;
    d.message = skr_say(&l->diags, "'%.*s' stays a plain text here: lists in lists are replaced one level deep",
                        SKR_S(x->head.name));
    d.hint = skr_say(&l->diags, "define list '%.*s' after '%.*s', or write its items out", SKR_S(x->head.name),
                     SKR_S(outer->head.name));
    l->spliced += WARNING_COST;
    skr_loader_report(l, &d);
}

/* Quotes as the grammar sees them: a backslash before a quote keeps the text open. */
static char quote_after(char open, skr_str t, size_t i)
{
    char c = t.ptr[i];
    if (!open)
        return c == '"' || c == '\'' ? c : '\0';
    return c == open && !(i && t.ptr[i - 1] == '\\') ? '\0' : open;
}

/* A word that is the name of a list (or begins an odd one's). `outer`: the list whose text this is; NULL: the
 * condition. */
static uint32_t meet_word(subst *s, const skr_list *outer, const skr_ctext *t, size_t from, size_t to)
{
    skr_loader *l = s->l;
    skr_str word = skr_str_cut(t->base.text, from, to);
    const uint32_t hash = skr_hash_word(l, word);
    if (!outer && !skr_vec_push(l->mem, &s->unit->words, hash))
        s->failed = true;
    for (size_t i = l->odd_lists ? skr_map_get(&l->odd_words, word) : SIZE_MAX; i != SIZE_MAX && i > 0;
         i = l->lists.v[i - 1].next_odd)
        if (!outer || l->lists.v[i - 1].head.index > outer->head.index)
            enqueue(s, (uint32_t)i - 1);
    size_t i = skr_map_find(&l->list_names, word, hash);
    if (i == SIZE_MAX || l->lists.v[i].odd)
        return NONE;
    if (outer && l->lists.v[i].head.index <= outer->head.index) {
        if (s->lint)
            warn_nested(s, outer, &l->lists.v[i], skr_ctext_span(t, from, to - from));
        return NONE;
    }
    return (uint32_t)i;
}

/* Splits a text into chunks before `at`, its names of lists apart. */
static void scan(subst *s, uint32_t at, const skr_list *outer, const skr_ctext *t)
{
    skr_str text = t->base.text;
    size_t done = 0;
    char quote = '\0';
    for (size_t i = 0; i < text.len && !s->failed;) {
        if (skr_is_list_delimiter(text.ptr[i])) {
            i++;
            continue;
        }
        size_t from = i;
        char before = quote;
        for (; i < text.len && !skr_is_list_delimiter(text.ptr[i]); i++)
            if (quote || text.ptr[i] == '"' || text.ptr[i] == '\'')
                quote = quote_after(quote, text, i);
        uint32_t list = meet_word(s, outer, t, from, i);
        if (list == NONE)
            continue;
        if (before && !outer && s->lint)
            warn_quoted(s, &s->l->lists.v[list], t, from, i);
        if (from > done)
            add_chunk(s, at, t, done, from, NONE);
        add_occurrence(s, list, at, t, from, i);
        done = i;
    }
    if (done < text.len)
        add_chunk(s, at, t, done, text.len, NONE);
}

/* ---- Replacing ---- */

/* Cuts blanks (or one comma) off what stands before or behind chunk `i`. */
static void trim_before(subst *s, uint32_t i)
{
    for (;;) {
        chunk *p = &s->chunks.v[s->chunks.v[i].prev];
        if (p == s->chunks.v)
            return;
        while (p->to > p->from && is_blank(byte_of(p, p->to - 1)))
            p->to--;
        if (p->to > p->from)
            return;
        unlink_chunk(s, s->chunks.v[i].prev);
    }
}

static void trim_behind(subst *s, uint32_t i)
{
    for (;;) {
        chunk *p = &s->chunks.v[s->chunks.v[i].next];
        if (p == s->chunks.v)
            return;
        while (p->to > p->from && is_blank(byte_of(p, p->from)))
            p->from++;
        if (p->to > p->from)
            return;
        unlink_chunk(s, s->chunks.v[i].next);
    }
}

static void trim_comma(subst *s, uint32_t i)
{
    chunk *p = &s->chunks.v[s->chunks.v[i].prev], *n = &s->chunks.v[s->chunks.v[i].next];
    if (p != s->chunks.v && byte_of(p, p->to - 1) == ',')
        p->to--;
    else if (n != s->chunks.v && byte_of(n, n->from) == ',')
        n->from++;
    if (p != s->chunks.v && p->from == p->to)
        unlink_chunk(s, s->chunks.v[i].prev);
    if (n != s->chunks.v && n->from == n->to)
        unlink_chunk(s, s->chunks.v[i].next);
}

bool skr_lists_are_many(const skr_loader *l)
{
    return l->spliced > SPARE_BYTES + BYTES_PER_BYTE * l->read;
}

/* Counts what a list adds; false: too much. */
static bool charge(subst *s, const skr_list *x, const skr_ctext *t)
{
    s->bytes += t->base.text.len;
    s->items += x->flat_count;
    const size_t least = t->gap ? 0 : x->flat_count * LEAST_COST;
    s->l->spliced += t->base.text.len > least ? t->base.text.len : least;
    if (s->items <= max_items(s->l) && s->bytes <= MAX_BYTES && !skr_lists_are_many(s->l))
        return true;
    fail_large(s->l, s->head, s->is_macro ? "macro" : "rule");
    s->failed = true;
    return false;
}

/* Is it alone between '(' or ',' and ',' or ')'? */
static bool is_element(const subst *s, uint32_t i)
{
    const chunk *p = &s->chunks.v[s->chunks.v[i].prev], *n = &s->chunks.v[s->chunks.v[i].next];
    if (p == s->chunks.v || n == s->chunks.v)
        return false;
    char before = byte_of(p, p->to - 1), behind = byte_of(n, n->from);
    return (before == '(' || before == ',') && (behind == ')' || behind == ',');
}

/* What scan() would say of the list's text. */
static void warn_named(subst *s, const skr_list *x)
{
    const skr_loader *l = s->l;
    for (uint32_t i = 0; s->lint && i < x->sharing.run_count; i++) {
        const skr_shared *r = x->sharing.runs[i];
        const skr_sharing *own = &l->lists.v[r->list].sharing;
        for (size_t k = 0; k < own->named.n; k++) {
            const skr_run *m = &own->named.v[k];
            if (m->from >= r->first && m->from - r->first < r->count)
                warn_nested(s, x, &l->lists.v[m->list], skr_part_span(l->lists.v[r->list].items.v[m->from]));
        }
    }
}

static void replace(subst *s, uint32_t i, skr_list *x)
{
    trim_before(s, i);
    trim_behind(s, i);
    if (!x->flat_count)
        trim_comma(s, i);
    const bool gap = s->share && is_element(s, i) && skr_list_share(s->l, x);
    const skr_ctext *t = gap ? x->sharing.gap : joined(s->l, x);
    if (!t || skr_loader_nomem(s->l)) {
        s->failed = true;
        return;
    }
    if (!charge(s, x, t))
        return;
    uint32_t behind = s->chunks.v[i].next;
    unlink_chunk(s, i);
    if (gap) {
        add_chunk(s, behind, t, 0, t->base.text.len, NONE);
        warn_named(s, x);
    } else {
        scan(s, behind, x, t);
    }
}

/* ---- Odd names: the text is put together and searched ---- */

static skr_ctext *finish_scratch(subst *s)
{
    skr_ctext *t = skr_textb_done(&s->l->scratch, &s->l->trees, s->head->name, s->is_macro);
    skr_gap *gaps = skr_arena_array(&s->l->trees, s->gaps.n, sizeof *gaps);
    if (!t || (!gaps && s->gaps.n)) {
        s->failed = !skr_loader_lost(s->l);
        return NULL;
    }
    if (s->gaps.n) {
        memcpy(gaps, s->gaps.v, s->gaps.n * sizeof *gaps);
        t->base.gaps = gaps;
        t->base.gap_count = (uint32_t)s->gaps.n;
    }
    return t;
}

static skr_ctext *gather(subst *s)
{
    skr_textb *b = &s->l->scratch;
    skr_textb_clear(b);
    s->gaps.n = 0;
    for (uint32_t i = s->chunks.v[0].next; i != 0; i = s->chunks.v[i].next) {
        const chunk *c = &s->chunks.v[i];
        const skr_sharing *gap = c->text->gap ? &s->l->lists.v[c->text->list - 1].sharing : NULL;
        skr_gap g = { (uint32_t)b->buf.len, gap ? gap->run_count : 0, gap ? gap->runs : NULL };
        if (gap && !skr_vec_push(s->l->mem, &s->gaps, g))
            b->failed = true;
        skr_textb_copy(b, c->text, c->from, c->to);
    }
    return finish_scratch(s);
}

/* Only names of lists behind `x` are looked for from now on; what is queued stays queued. */
static void rescan(subst *s, const skr_list *x, const skr_ctext *t)
{
    skr_str text = t->base.text;
    size_t done = 0;
    skr_str word;
    for (size_t i = 0; !s->failed && skr_next_word(text, &i, &word);) {
        size_t start = i - word.len;
        size_t list = skr_map_get(&s->l->list_names, word);
        if (list == SIZE_MAX || s->l->lists.v[list].odd || s->l->lists.v[list].head.index <= x->head.index)
            continue;
        if (start > done)
            add_chunk(s, 0, t, done, start, NONE);
        add_occurrence(s, (uint32_t)list, 0, t, start, i);
        done = i;
    }
    if (done < text.len)
        add_chunk(s, 0, t, done, text.len, NONE);
}

/* Is there an occurrence of `name` at or behind `from`? */
static bool find_name(skr_str text, skr_str name, size_t from, size_t *at)
{
    while (from <= text.len && skr_str_find(skr_str_cut(text, from, text.len), name, at)) {
        *at += from;
        size_t end = *at + name.len;
        if ((!*at || skr_is_list_delimiter(text.ptr[*at - 1])) &&
            (end >= text.len || skr_is_list_delimiter(text.ptr[end])))
            return true;
        from = *at + 1;
    }
    return false;
}

static char last_byte(const skr_textb *b)
{
    return b->buf.len ? b->buf.ptr[b->buf.len - 1] : '\0';
}

static void replace_odd(subst *s, skr_list *x)
{
    skr_loader *l = s->l;
    skr_textb *b = &l->scratch;
    const skr_ctext *t = gather(s), *items = t ? joined(l, x) : NULL;
    if (!items) {
        s->failed = true;
        return;
    }
    skr_str text = t->base.text;
    size_t done = 0, at;
    l->spliced += text.len + ODD_COST; /* it is made anew for each such list */
    if (skr_lists_are_many(l)) {
        fail_large(l, s->head, s->is_macro ? "macro" : "rule");
        s->failed = true;
        return;
    }
    skr_textb_clear(b);
    while (!s->failed && find_name(text, x->head.name, done, &at)) {
        skr_textb_copy(b, t, done, at);
        done = at + x->head.name.len;
        while (is_blank(last_byte(b)))
            skr_textb_cut(b, b->buf.len - 1);
        while (done < text.len && is_blank(text.ptr[done]))
            done++;
        if (!x->flat_count && last_byte(b) == ',')
            skr_textb_cut(b, b->buf.len - 1);
        else if (!x->flat_count && done < text.len && text.ptr[done] == ',')
            done++;
        if (!charge(s, x, items))
            return;
        skr_textb_copy(b, items, 0, items->base.text.len);
    }
    skr_textb_copy(b, t, done, text.len);
    t = finish_scratch(s);
    for (size_t i = 0; i < s->heap.n; i++) /* their chunks are made anew */
        l->lists.v[s->heap.v[i]].first_chunk = l->lists.v[s->heap.v[i]].last_chunk = NONE;
    s->chunks.v[0].next = s->chunks.v[0].prev = 0;
    if (t)
        rescan(s, x, t);
}

/* ---- One condition ---- */

static void run(subst *s)
{
    while (s->heap.n && !s->failed) {
        uint32_t list = heap_pop(s);
        skr_list *x = &s->l->lists.v[list];
        size_t before = s->items;
        bool any = x->first_chunk != NONE;
        if (x->odd)
            replace_odd(s, x);
        any = any || s->items > before;
        for (uint32_t i = x->first_chunk; i != NONE && !s->failed;) {
            uint32_t next = s->chunks.v[i].same;
            replace(s, i, x);
            i = next;
        }
        if (any) {
            if (!skr_vec_push(s->l->mem, &s->unit->lists, ((skr_list_use){ list, x->use })))
                s->failed = true;
        }
    }
}

skr_ctext *skr_lists_substitute(skr_loader *l, skr_textb *b, const skr_head *head, bool is_macro, skr_unit *unit,
                                bool gaps)
{
    subst s = { .l = l, .head = head, .unit = unit, .is_macro = is_macro, .lint = gaps };
    skr_ctext *result = NULL, given = { .segs = b->segs.v, .seg_count = b->segs.n };
    const skr_ctext *whole = &given;
    given.base.text = (skr_str){ b->buf.ptr ? b->buf.ptr : "", b->buf.len };
    s.share = gaps && !l->odd_lists;
    unit->lists.n = unit->words.n = 0;
    l->subst_serial++;
    s.bytes = whole->base.text.len;
    chunk anchor = { NULL, 0, 0, NONE, 0, 0, NONE };
    if (!skr_vec_push(l->mem, &s.chunks, anchor))
        s.failed = true;
    else
        scan(&s, 0, NULL, whole);
    if (!s.failed && s.heap.n) {
        run(&s);
        result = s.failed ? NULL : gather(&s);
    } else if (!s.failed) {
        result = skr_textb_done(b, &l->trees, head->name, is_macro);
        s.failed = !result && !skr_loader_lost(l);
    }
    if (s.failed && l->mem->failed)
        skr_loader_lost(l); /* it is not for its size that the text is not there */
    skr_vec_free(l->mem, &s.chunks);
    skr_vec_free(l->mem, &s.heap);
    skr_vec_free(l->mem, &s.gaps);
    return s.failed ? NULL : result;
}
