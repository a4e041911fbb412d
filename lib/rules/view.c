/* SPDX-License-Identifier: Apache-2.0 */
#include "view.h"

#include <stdlib.h>

enum { MAX_SHOWN = 16 << 20, MAX_COUNTED = 64 << 20 };

void skr_view_init(skr_view *v, skr_mem *mem)
{
    memset(v, 0, sizeof *v);
    skr_arena_init(&v->arena, mem);
}

void skr_view_free(skr_view *v)
{
    skr_arena_free(&v->arena);
}

static int compare_u(size_t a, size_t b)
{
    return a < b ? -1 : a > b;
}

/* Where a diagnostic stands among the others; then what it says. */
static int compare_place(const skr_diag *a, const skr_diag *b)
{
    size_t x = a->span.src ? a->span.src->number : SIZE_MAX, y = b->span.src ? b->span.src->number : SIZE_MAX;
    int c = compare_u(x, y);
    if (!c)
        c = compare_u(a->span.at, b->span.at);
    if (!c)
        c = (int)a->severity - (int)b->severity;
    if (!c)
        c = (int)a->code - (int)b->code;
    return c ? c : strcmp(a->message, b->message);
}

static int compare(const void *x, const void *y)
{
    const skr_diag *a = *(const skr_diag *const *)x, *b = *(const skr_diag *const *)y;
    int c = compare_place(a, b);
    return c ? c : compare_u((size_t)(uintptr_t)a, (size_t)(uintptr_t)b); /* of one array: the order of the finds */
}

static bool is_live(const skr_loader *l, const skr_diag *d)
{
    return d->severity == SAKER_DIAG_ERROR ||
           (d->severity == SAKER_DIAG_WARNING && (!d->serial || d->serial == l->serial));
}

/* Characters; bytes, when so much was counted already that it is better not to. */
static size_t count_chars(skr_view *v, skr_str text)
{
    v->counted += text.len;
    return v->counted <= MAX_COUNTED ? skr_count_chars(text) : text.len;
}

/* Copies the line unless it was the last one, too (long lines only so often); the number of characters before byte
 * `from` of it. */
static bool show_line(skr_view *v, skr_str text, size_t from, size_t *chars)
{
    v->shown += text.len;
    const bool shown = v->shown <= MAX_SHOWN;
    if (v->line.at != text.ptr) {
        v->line.copy = shown ? skr_arena_dup(&v->arena, text.ptr, text.len) : NULL;
        v->line.at = text.ptr;
        v->line.from = v->line.chars = 0;
    }
    if (!shown)
        v->line.copy = NULL;
    const bool inside = v->line.from < text.len && ((unsigned char)text.ptr[v->line.from] & 0xC0) == 0x80;
    if (from < v->line.from || inside)
        v->line.from = v->line.chars = 0;
    v->line.chars += count_chars(v, skr_str_cut(text, v->line.from, from));
    v->line.from = from;
    *chars = v->line.chars;
    return v->line.copy || !shown;
}

/* Line, column and length in characters, and the line itself. */
static bool fill_place(skr_view *v, const skr_diag *d, saker_diag *out)
{
    const skr_source *src = d->span.src;
    if (!src)
        return true;
    out->file = src->name;
    if (d->code == SKR_D_FILE_READ)
        return true;
    uint32_t start;
    size_t line = skr_source_line(src, d->span.at, &start);
    skr_str text = skr_source_line_text(src, line);
    if (line == 0 && src->shift && d->span.at >= src->shift) {
        start += src->shift;
        text = skr_str_cut(text, src->shift, text.len);
    }
    size_t from = d->span.at - start, to = d->span.end > d->span.at ? d->span.end - start : from + 1;
    from = from < text.len ? from : text.len;
    to = to < text.len ? to : text.len;
    size_t before;
    if (!show_line(v, text, from, &before))
        return false;
    out->line = (uint32_t)line + 1;
    out->column = (uint32_t)before + 1;
    out->length = to > from ? (uint32_t)count_chars(v, skr_str_cut(text, from, to)) : 1;
    out->snippet = v->line.copy;
    return true;
}

static bool fill(skr_view *v, const skr_diag *d, saker_diag *out)
{
    const skr_code_info *info = &skr_codes[d->code];
    *out = (saker_diag){ .severity = d->severity,
                         .code = info->number,
                         .item = d->item.len ? d->item.ptr : NULL,
                         .message = d->message,
                         .hint = d->hint,
                         .name = info->name,
                         .falco_code = d->falco_code,
                         .falco_message = d->falco };
    return fill_place(v, d, out);
}

/* "also in rule 'a', 'b' and 3 more" */
static bool fill_repeats(skr_view *v, const skr_diag *const *same, size_t n, saker_diag *out)
{
    const char *text = skr_arena_printf(&v->arena, "the same concerns '%.*s'", SKR_S(same[1]->item));
    if (text && n > 2)
        text = skr_arena_printf(&v->arena, "%s%s '%.*s'", text, n == 3 ? " and" : ",", SKR_S(same[2]->item));
    if (text && n > 3)
        text = skr_arena_printf(&v->arena, "%s and %zu more", text, n - 3);
    *out = (saker_diag){ .severity = SAKER_DIAG_NOTE,
                         .code = skr_codes[SKR_D_MORE_RULES].number,
                         .message = text,
                         .name = skr_codes[SKR_D_MORE_RULES].name };
    return text != NULL;
}

static bool emit(skr_view *v, const skr_loader *l, const skr_diag *const *same, size_t n)
{
    const skr_diag *d = same[0];
    if (!fill(v, d, &v->v[v->n]))
        return false;
    v->n++;
    for (uint32_t note = d->next_note; note; note = l->diags.v.v[note - 1].next_note)
        if (!fill(v, &l->diags.v.v[note - 1], &v->v[v->n++]))
            return false;
    return n == 1 || fill_repeats(v, same, n, &v->v[v->n++]);
}

static bool make(skr_view *v, const skr_loader *l)
{
    size_t count = l->diags.v.n, live = 0;
    const skr_diag **order = skr_arena_array(&v->arena, count + 1, sizeof *order);
    v->v = skr_arena_array(&v->arena, 2 * count + 1, sizeof *v->v); /* each may get one note more */
    if (!order || !v->v)
        return false;
    for (size_t i = 0; i < count; i++)
        if (is_live(l, &l->diags.v.v[i]))
            order[live++] = &l->diags.v.v[i];
    if (live)
        qsort(order, live, sizeof *order, compare);
    for (size_t i = 0, n; i < live; i += n) {
        for (n = 1; i + n < live && order[i]->span.src && compare_place(order[i], order[i + n]) == 0; n++)
            ;
        if (!emit(v, l, order + i, n))
            return false;
    }
    return true;
}

bool skr_view_update(skr_view *v, const skr_loader *l)
{
    if (v->made && v->made_of == l->diags.v.n && v->serial == l->serial)
        return true;
    skr_arena_reset(&v->arena);
    v->line.at = NULL;
    v->shown = v->counted = 0;
    v->n = 0;
    v->made_of = l->diags.v.n;
    v->serial = l->serial;
    v->made = make(v, l);
    if (!v->made)
        v->n = 0;
    return v->made;
}

size_t skr_view_warnings(const skr_view *v)
{
    size_t n = 0;
    for (size_t i = 0; i < v->n; i++)
        n += v->v[i].severity == SAKER_DIAG_WARNING;
    return n;
}
