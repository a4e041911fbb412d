/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics for people: place, message, the line with what is meant underlined, hint. */
#include "compiler.h"

enum { WIDTH = 100 }; /* characters of a line that are shown */

size_t saker_compiler_diag_count(const saker_compiler *c)
{
    return c && skr_view_update(c->view, &c->loader) ? c->view->n : 0;
}

const saker_diag *saker_compiler_diag(const saker_compiler *c, size_t i)
{
    return c && skr_view_update(c->view, &c->loader) && i < c->view->n ? &c->view->v[i] : NULL;
}

/* Text that grows into a buffer of fixed size, and is counted in full. */
typedef struct out {
    char *buf;
    size_t size, len;
} out;

static void put(out *o, const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++, o->len++)
        if (o->len + 1 < o->size)
            o->buf[o->len] = s[i];
}

static void put_cstr(out *o, const char *s)
{
    put(o, s, strlen(s));
}

static void put_number(out *o, unsigned v)
{
    char text[16];
    put(o, text, (size_t)snprintf(text, sizeof text, "%u", v));
}

static void put_repeated(out *o, char c, size_t n)
{
    while (n--)
        put(o, &c, 1);
}

/* One character of the rules' text: what a terminal could take for a command, or cannot show, is not passed on. */
static void put_char(out *o, const char *p, size_t len)
{
    if (len == 1 && *p == '\t')
        put_cstr(o, " ");
    else if (len == 0 || (len == 1 && ((unsigned char)*p < 0x20 || *p == 0x7f)) ||
             (len == 2 && (unsigned char)p[0] == 0xc2 && (unsigned char)p[1] < 0xa0))
        put_cstr(o, "\xEF\xBF\xBD");
    else
        put(o, p, len);
}

static size_t char_len(skr_str s, size_t i)
{
    size_t bad;
    return skr_utf8_next(s.ptr + i, s.len - i, &bad);
}

static void put_text(out *o, const char *text)
{
    skr_str s = skr_str_of(text);
    for (size_t i = 0, len; i < s.len; i += len ? len : 1) {
        len = char_len(s, i);
        put_char(o, s.ptr + i, len);
    }
}

static void put_place(out *o, const saker_diag *d)
{
    if (d->file)
        put_text(o, d->file);
    else if (d->line)
        put_cstr(o, "<text>");
    else
        return;
    if (d->line) {
        put_cstr(o, ":");
        put_number(o, d->line);
        put_cstr(o, ":");
        put_number(o, d->column);
    }
    put_cstr(o, ": ");
}

/* The part of a long line that is shown: characters [from, to). */
static void choose_window(const saker_diag *d, size_t chars, size_t *from, size_t *to)
{
    size_t column = d->column - 1;
    *from = 0;
    if (chars > WIDTH && column > WIDTH / 2)
        *from = column - WIDTH / 2;
    if (chars > WIDTH && *from > chars - WIDTH)
        *from = chars - WIDTH;
    *to = *from + WIDTH < chars ? *from + WIDTH : chars;
}

static void put_line(out *o, skr_str s, size_t from, size_t to)
{
    if (from)
        put_cstr(o, "...");
    for (size_t i = 0, n = 0, len; i < s.len && n < to; i += len ? len : 1, n++) {
        len = char_len(s, i);
        if (n >= from)
            put_char(o, s.ptr + i, len);
    }
}

static void put_snippet(out *o, const saker_diag *d)
{
    skr_str s = skr_str_of(d->snippet);
    size_t from, to, chars = skr_count_chars(s);
    choose_window(d, chars, &from, &to);
    char number[16];
    int n = snprintf(number, sizeof number, "%5u", (unsigned)d->line);
    put(o, number, (size_t)n);
    put_cstr(o, " | ");
    put_line(o, s, from, to);
    put_cstr(o, to < chars ? "...\n" : "\n");
    put_repeated(o, ' ', (size_t)n);
    put_cstr(o, " | ");
    size_t start = d->column - 1, length = d->length ? d->length : 1;
    put_repeated(o, ' ', start - from + (from ? 3 : 0));
    put_cstr(o, "^");
    if (start + length > to && to > start)
        length = to - start;
    put_repeated(o, '~', length - 1);
    put_cstr(o, "\n");
}

/* Is the item named, in quotes, in the message already? */
static bool names_item(const saker_diag *d)
{
    if (!d->item || !d->message)
        return true;
    skr_str text = skr_str_of(d->message), item = skr_str_of(d->item);
    if (!item.len)
        return true;
    for (size_t from = 0, at; skr_str_find(skr_str_cut(text, from, text.len), item, &at); from++) {
        from += at;
        if (from && text.ptr[from - 1] == '\'' && from + item.len < text.len && text.ptr[from + item.len] == '\'')
            return true;
    }
    return false;
}

size_t saker_diag_format(const saker_diag *d, char *buf, size_t size)
{
    static const char *const severities[] = { "error: ", "warning: ", "note: " };
    out o = { buf, size, 0 };
    put_place(&o, d);
    put_cstr(&o, severities[d->severity]);
    put_text(&o, d->message ? d->message : "");
    if (!names_item(d)) {
        put_cstr(&o, " (in '");
        put_text(&o, d->item);
        put_cstr(&o, "')");
    }
    if (d->name && d->severity != SAKER_DIAG_NOTE) {
        put_cstr(&o, " [");
        put_cstr(&o, d->name);
        put_cstr(&o, "]");
    }
    put_cstr(&o, "\n");
    if (d->snippet && d->line)
        put_snippet(&o, d);
    if (d->hint) {
        put_cstr(&o, "        hint: ");
        put_text(&o, d->hint);
        put_cstr(&o, "\n");
    }
    if (size)
        buf[o.len < size ? o.len : size - 1] = '\0';
    return o.len;
}

void saker_compiler_print_diags(const saker_compiler *c, FILE *stream)
{
    for (size_t i = 0; i < saker_compiler_diag_count(c); i++) {
        char small[2048];
        const saker_diag *d = saker_compiler_diag(c, i);
        size_t len = saker_diag_format(d, small, sizeof small);
        char *large = len < sizeof small ? NULL : skr_arena_raw(&c->view->arena, len + 1, 1);
        if (large)
            saker_diag_format(d, large, len + 1);
        fputs(large ? large : small, stream);
    }
}

bool saker_rule_name_matches(const char *pattern, const char *name)
{
    return pattern && name && skr_glob_name(skr_str_of(pattern), skr_str_of(name));
}
