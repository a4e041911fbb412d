/* SPDX-License-Identifier: Apache-2.0 */
#include "diag.h"

#include <stdarg.h>

enum { DEFAULT_ERRORS = 256, MAX_WARNINGS = 1 << 14 };

#define ERROR SAKER_DIAG_ERROR
#define WARNING SAKER_DIAG_WARNING
#define NOTE SAKER_DIAG_NOTE

const skr_code_info skr_codes[] = {
#define SKR_DIAG(number, id, name, severity, falco, doc) [SKR_D_##id] = { number, severity, name, falco, doc },
#include "diags.def"
#undef SKR_DIAG
};

const char *skr_loc_text(skr_loc_type t)
{
    static const char *const texts[] = {
#define SKR_LOC(id, text) text,
#include "locations.def"
#undef SKR_LOC
    };
    return texts[t];
}

/* ---- Contexts ---- */

skr_context skr_context_of(const skr_source *src)
{
    skr_context c = { .count = 1 };
    c.v[0] = (skr_loc){ SKR_LOC_CONTENT, { "", 0 }, { src, src->shift } };
    return c;
}

skr_context skr_context_add(const skr_context *c, skr_loc_type type, skr_str name, skr_place place)
{
    skr_context d = *c;
    if (name.len > SKR_LONGEST_NAME)
        name.len = SKR_LONGEST_NAME;
    if (d.count < sizeof d.v / sizeof *d.v)
        d.v[d.count++] = (skr_loc){ type, name, place };
    return d;
}

skr_context skr_context_text(const skr_context *c, skr_str text, skr_pos pos)
{
    skr_context d = *c;
    d.in_text = true;
    d.text = text;
    d.pos = pos;
    return d;
}

skr_position skr_context_position(const skr_context *c, size_t i)
{
    const skr_place *p = &c->v[i].place;
    uint32_t start;
    skr_position at = { skr_source_line(p->src, p->at, &start), 0, p->at - p->src->shift };
    at.column = p->at - start;
    if (at.line == 0 && at.column >= p->src->shift)
        at.column -= p->src->shift;
    if (c->at_line_start && i + 1 == c->count)
        at.column = 0;
    return i == 0 ? (skr_position){ 0, 0, 0 } : at;
}

skr_position skr_context_text_position(const skr_context *c)
{
    skr_position at = skr_context_position(c, c->count - 1);
    at.line += c->pos.line;
    at.column += c->pos.col;
    at.offset += c->pos.idx;
    return at;
}

/* Texts of conditions do not live as long as what is said about them: what Falco shows of them is copied. */
static bool keep_text(skr_diags *d, skr_context *c)
{
    enum { AROUND = SKR_EXCERPT + 4 };
    size_t len = c->text.len, at = skr_context_text_position(c).offset;
    if (at >= len)
        at = len ? len - 1 : 0;
    size_t from = at > AROUND ? at - AROUND : 0, to = len - at > AROUND ? at + AROUND : len;
    c->excerpt = skr_str_dup(d->keep, skr_str_cut(c->text, from, to));
    c->excerpt_at = at - from;
    c->whole = len <= SKR_TEXT_NAME;
    c->text = skr_str_dup(d->keep, skr_str_cut(c->text, 0, c->whole ? len : SKR_TEXT_NAME));
    return c->excerpt.ptr && c->text.ptr;
}

/* ---- The collection ---- */

void skr_diags_init(skr_diags *d, skr_mem *mem, skr_arena *keep, size_t max_errors)
{
    memset(d, 0, sizeof *d);
    d->mem = mem;
    d->keep = keep;
    d->max_errors = max_errors ? max_errors : DEFAULT_ERRORS;
    skr_map_init(&d->seen, mem);
}

void skr_diags_free(skr_diags *d)
{
    skr_vec_free(d->mem, &d->v);
    skr_map_free(&d->seen);
}

const char *skr_say(skr_diags *d, const char *format, ...)
{
    va_list ap, again;
    va_start(ap, format);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    char *p = n < 0 ? NULL : skr_arena_raw(d->keep, (size_t)n + 1, 1);
    if (p)
        vsnprintf(p, (size_t)n + 1, format, again);
    else
        d->nomem = true;
    va_end(again);
    return p ? p : "";
}

static size_t fail(skr_diags *d)
{
    d->nomem = true;
    return SIZE_MAX;
}

/* Two with one key say the same of the same. */
static skr_str key_of(skr_diags *d, const skr_diag *g, char *room, size_t size)
{
    const char *message = g->message ? g->message : "";
    uint64_t h = skr_hash(message, strlen(message), d->seen.seed);
    h = skr_hash(g->item.ptr, g->item.len < SKR_LONGEST_NAME ? g->item.len : SKR_LONGEST_NAME, h);
    int n = snprintf(room, size, "%d %p %u %u %016llx", (int)g->code, (const void *)g->span.src, (unsigned)g->span.at,
                     (unsigned)g->span.end, (unsigned long long)h);
    return (skr_str){ room, n > 0 ? (size_t)n : 0 };
}

static bool is_full(skr_diags *d, const skr_diag *g)
{
    if (g->severity == SAKER_DIAG_ERROR) {
        if (d->errors < d->max_errors || g->first)
            return false;
        if (!d->full) {
            d->full = true;
            skr_diag last = { .code = SKR_D_TOO_MANY, .severity = SAKER_DIAG_ERROR };
            last.message = skr_say(d, "more than %zu errors", d->max_errors);
            if (!skr_vec_push(d->mem, &d->v, last))
                d->nomem = true;
        }
        return true;
    }
    d->silent = d->warnings >= MAX_WARNINGS;
    return d->silent;
}

static bool keep(skr_diags *d, const skr_diag *g, skr_str key)
{
    skr_diag copy = *g;
    if (g->context) {
        skr_context *c = skr_arena_raw(d->keep, sizeof *c, _Alignof(skr_context));
        if (!c)
            return false;
        *c = *g->context;
        if (c->in_text && !keep_text(d, c))
            return false;
        copy.context = c;
    }
    copy.next_note = 0;
    if (copy.item.len > SKR_LONGEST_NAME)
        copy.item = skr_str_dup(d->keep, skr_str_cut(copy.item, 0, SKR_LONGEST_NAME));
    if (!copy.message) /* there was no memory for it */
        copy.message = "";
    char *own = skr_arena_dup(d->keep, key.ptr, key.len);
    return own && (copy.item.ptr || !copy.item.len) && skr_vec_push(d->mem, &d->v, copy) &&
           skr_map_put(&d->seen, (skr_str){ own, key.len }, d->v.n - 1);
}

size_t skr_diags_add(skr_diags *d, const skr_diag *diag, bool *fresh)
{
    char room[128];
    skr_str key = key_of(d, diag, room, sizeof room);
    size_t i = skr_map_get(&d->seen, key);
    if (fresh)
        *fresh = i == SIZE_MAX;
    if (i != SIZE_MAX) {
        d->v.v[i].serial = diag->serial;
        return i;
    }
    if (is_full(d, diag))
        return SIZE_MAX;
    if (!keep(d, diag, key))
        return fail(d);
    if (diag->severity == SAKER_DIAG_ERROR)
        d->errors++;
    else
        d->warnings++;
    return d->v.n - 1;
}

void skr_diags_note(skr_diags *d, size_t index, const skr_diag *note)
{
    if (index == SIZE_MAX)
        return;
    skr_diag copy = *note;
    copy.severity = SAKER_DIAG_NOTE;
    copy.context = NULL;
    copy.next_note = 0;
    if (!skr_vec_push(d->mem, &d->v, copy)) {
        d->nomem = true;
        return;
    }
    uint32_t *link = &d->v.v[index].next_note;
    while (*link)
        link = &d->v.v[*link - 1].next_note;
    *link = (uint32_t)d->v.n;
}
