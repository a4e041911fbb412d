/* SPDX-License-Identifier: Apache-2.0 */
/* Values of scalars: line folding, indentation, escapes. Every byte of a value is put together with the byte of the
 * source that it stands for. */
#include "yaml_scan.h"

typedef enum fold { FOLD_NONE, FOLD_BLOCK, FOLD_FLOW } fold;
typedef enum chomp { CHOMP_CLIP, CHOMP_STRIP, CHOMP_KEEP } chomp;

typedef struct style {
    char quote; /* '\'' or '"'; 0: none                     */
    bool plain;
    fold fold;
    chomp chomp;
    bool find_indent; /* a block scalar without digit: its first line decides */
    int64_t indent;   /* least column of its lines                */
    bool ended_line;  /* result: it ended by a line further left  */
    bool closed;      /* result: it ended by its quote */
} style;

typedef struct lines { /* what is remembered from line to line */
    bool began;        /* something other than the opening break was seen */
    bool text;         /* a line with text was seen                */
    bool empty, more;  /* the last line: empty; indented further    */
    size_t folded;     /* empty lines held back                     */
    bool folded_more;  /* the line before them was indented further */
    size_t escaped;    /* value length behind the last escape; 0: none (nothing before it is trimmed) */
} lines;

/* ---- The value under construction ---- */

/* The value goes on with what stands at `at` in the source. */
static void begin_piece(skr_yscan *s, size_t at)
{
    size_t n = s->pieces.n;
    if (n && s->pieces.v[n - 1].file + (s->out.len - s->pieces.v[n - 1].text) == at)
        return;
    skr_piece p = { (uint32_t)s->out.len, (uint32_t)at };
    if (!skr_vec_push(s->y->mem, &s->pieces, p))
        s->nomem = true;
}

static void put(skr_yscan *s, char c, size_t at)
{
    begin_piece(s, at);
    skr_buf_char(&s->out, c);
}

/* `len` bytes of the source, from the scanner's position on, none of them a line break. */
static void put_run(skr_yscan *s, size_t len)
{
    begin_piece(s, s->pos);
    skr_buf_add(&s->out, s->y->source.ptr + s->pos, len);
    s->pos += len;
}

static void cut(skr_yscan *s, size_t len)
{
    if (len >= s->out.len)
        return;
    s->out.len = len;
    while (s->pieces.n > 1 && s->pieces.v[s->pieces.n - 1].text >= len)
        s->pieces.n--;
}

/* A value that is a stretch of the source is not copied. */
static bool finish(skr_yscan *s, skr_ytok *t, size_t start)
{
    skr_arena *a = s->y->texts;
    skr_scalar *v = skr_arena_raw(s->y->nodes, sizeof *v, _Alignof(skr_scalar));
    if (!v || s->out.failed || s->nomem) {
        s->nomem = true;
        return false;
    }
    *v = (skr_scalar){ { "", s->out.len }, NULL, 0, s->pieces.n ? s->pieces.v[0].file : (uint32_t)start };
    if (s->out.len == 0) {
        v->text.ptr = s->y->source.ptr + v->at;
    } else if (s->pieces.n == 1 && memcmp(s->y->source.ptr + v->at, s->out.ptr, s->out.len) == 0) {
        v->text.ptr = s->y->source.ptr + v->at;
    } else {
        size_t bytes = s->pieces.n * sizeof *s->pieces.v;
        skr_piece *pieces = skr_arena_raw(a, bytes, _Alignof(skr_piece));
        v->text = skr_str_dup(a, (skr_str){ s->out.ptr, s->out.len });
        if (!pieces || !v->text.ptr) {
            s->nomem = true;
            return false;
        }
        memcpy(pieces, s->pieces.v, bytes);
        v->pieces = pieces;
        v->piece_count = (uint32_t)s->pieces.n;
    }
    t->scalar = v;
    t->end = (uint32_t)s->pos;
    return true;
}

/* ---- Escapes of double quotes ---- */

static bool put_code_point(skr_yscan *s, uint32_t c, size_t at)
{
    if ((c >= 0xD800 && c <= 0xDFFF) || c > 0x10FFFF)
        return skr_yscan_fail(s, s->pos, "invalid unicode: ");
    char b[4];
    const size_t n = skr_utf8_put(b, c);
    for (size_t i = 0; i < n; i++)
        put(s, b[i], at);
    return true;
}

static bool put_hex(skr_yscan *s, size_t digits, size_t at)
{
    uint32_t c = 0;
    for (size_t i = 0; i < digits; i++) {
        int d = skr_hex_digit(skr_y_char(s, 0));
        size_t here = s->pos;
        skr_y_eat(s, 1);
        if (d < 0)
            return skr_yscan_fail(s, here, "bad character found while scanning hex number");
        c = (c << 4) | (uint32_t)d;
    }
    return put_code_point(s, c, at);
}

static bool put_escape(skr_yscan *s)
{
    static const char plain[] = "0abtnvfre \"'/\\\tN_LP";
    static const uint32_t means[] = { 0,   7,    8,   9,    10,   11,   12,   13,     27,    ' ',
                                      '"', '\'', '/', '\\', '\t', 0x85, 0xA0, 0x2028, 0x2029 };
    size_t at = s->pos;
    char c = skr_y_char(s, 1);
    skr_y_eat(s, 2);
    if (c == 'x' || c == 'u' || c == 'U')
        return put_hex(s, c == 'x' ? 2 : c == 'u' ? 4 : 8, at);
    const char *p = c ? strchr(plain, c) : NULL;
    if (p)
        return put_code_point(s, means[p - plain], at);
    const char *text = skr_arena_printf(s->y->texts, "unknown escape character: %c", c);
    return text ? skr_yscan_fail(s, s->pos, text) : (s->nomem = true, false);
}

/* ---- Lines ---- */

/* Does the scalar end here, on the line? Bytes of the end in *n (0: the end is not part of it). */
static bool at_end(const skr_yscan *s, const style *st, size_t *n)
{
    char c = skr_y_char(s, 0);
    *n = 0;
    if (st->quote) {
        *n = 1;
        return c == st->quote && !(c == '\'' && skr_y_char(s, 1) == '\'');
    }
    if (!st->plain)
        return false;
    if (s->flows.n) {
        char next = skr_y_char(s, 1);
        if (c && strchr(",?[]{}", c))
            return true;
        if (c == ':' && (skr_y_gap(s, 1) || next == ',' || next == ']' || next == '}'))
            return true;
    } else if (c == ':' && skr_y_gap(s, 1)) {
        return true;
    }
    return skr_y_gap_not_end(s, 0) && skr_y_char(s, skr_y_break(s, 0) ? skr_y_break(s, 0) : 1) == '#';
}

/* Bytes that may end a run of plain text, by style. */
enum { STOP_PLAIN = 1, STOP_FLOW = 2, STOP_SINGLE = 4, STOP_DOUBLE = 8, STOP_BLOCK = 16 };

static const unsigned char stops[256] = {
    ['\n'] = 31,
    ['\r'] = 31,
    [':'] = STOP_PLAIN | STOP_FLOW,
    ['#'] = STOP_PLAIN | STOP_FLOW,
    [','] = STOP_FLOW,
    ['?'] = STOP_FLOW,
    ['['] = STOP_FLOW,
    [']'] = STOP_FLOW,
    ['{'] = STOP_FLOW,
    ['}'] = STOP_FLOW,
    ['\''] = STOP_SINGLE,
    ['"'] = STOP_DOUBLE,
    ['\\'] = STOP_DOUBLE,
};

static unsigned stop_mask(const skr_yscan *s, const style *st)
{
    if (st->quote)
        return st->quote == '"' ? STOP_DOUBLE : STOP_SINGLE;
    return !st->plain ? STOP_BLOCK : s->flows.n ? STOP_FLOW : STOP_PLAIN;
}

/* Takes over bytes that are nothing but text. A '#' behind a blank ends a plain scalar, before the blank. */
static bool scan_run(skr_yscan *s, unsigned mask, size_t *kept)
{
    const char *p = s->y->source.ptr + s->pos, *end = s->y->source.ptr + s->y->source.len, *q = p;
    while (q < end && !(stops[(unsigned char)*q] & mask))
        q++;
    if ((mask & (STOP_PLAIN | STOP_FLOW)) && q < end && *q == '#' && q > p && skr_y_blank(q[-1]))
        q--;
    if (q == p)
        return false;
    put_run(s, (size_t)(q - p));
    while (q > p && skr_y_blank(q[-1]))
        q--;
    if (q > p)
        *kept = s->out.len - (size_t)(s->y->source.ptr + s->pos - q);
    return true;
}

/* An escape, or a doubled quote. false: an error. *more: the line goes on behind it. */
static bool scan_escape(skr_yscan *s, lines *l, size_t *kept, bool *joined, bool *more)
{
    *more = true;
    if (skr_y_char(s, 0) == '\'') {
        put(s, '\'', s->pos);
        skr_y_eat(s, 2);
    } else if (skr_y_break(s, 1)) {
        skr_y_eat(s, 1);
        *joined = true;
        *more = false;
    } else if (!put_escape(s)) {
        return false;
    }
    *kept = l->escaped = s->out.len;
    return true;
}

/* Reads to the end of a line. *kept: length without trailing blanks. *joined: an escaped line break came. */
static bool scan_line(skr_yscan *s, const style *st, lines *l, size_t *kept, bool *joined)
{
    unsigned mask = stop_mask(s, st);
    size_t n;
    bool more = true;
    *kept = s->out.len;
    *joined = false;
    while (more && !skr_y_at_end(s) && !at_end(s, st, &n) && !skr_y_break(s, 0)) {
        if (skr_y_doc_mark(s)) {
            if (!st->quote)
                break;
            return skr_yscan_fail(s, s->pos, "illegal document indicator in scalar");
        }
        l->text = l->began = true;
        char c = skr_y_char(s, 0);
        if ((st->quote == '"' && c == '\\') || (st->quote == '\'' && c == '\'')) {
            if (!scan_escape(s, l, kept, joined, &more))
                return false;
        } else if (!scan_run(s, mask, kept)) {
            put_run(s, 1);
            *kept = s->out.len;
        }
    }
    return true;
}

static bool skip_indent(skr_yscan *s, style *st, const lines *l)
{
    size_t n;
    bool find = st->find_indent && !l->text;
    while (skr_y_char(s, 0) == ' ' && ((int64_t)skr_y_column(s) < st->indent || find) && !at_end(s, st, &n))
        skr_y_eat(s, 1);
    if (find && (int64_t)skr_y_column(s) > st->indent)
        st->indent = (int64_t)skr_y_column(s);
    while (!skr_y_at_end(s) && skr_y_blank(skr_y_char(s, 0))) {
        if (skr_y_char(s, 0) == '\t' && (int64_t)skr_y_column(s) < st->indent && !st->quote)
            return skr_yscan_fail(s, s->pos, "illegal tab when looking for indentation");
        if ((!st->plain && !st->quote) || at_end(s, st, &n))
            break;
        skr_y_eat(s, 1);
    }
    return true;
}

/* What the line break at `at` becomes. */
static void put_break(skr_yscan *s, const style *st, lines *l, bool empty, bool more, bool joined, size_t at)
{
    if (st->fold == FOLD_NONE) {
        put(s, '\n', at);
    } else if (st->fold == FOLD_FLOW) {
        if (empty)
            put(s, '\n', at);
        else if (!l->empty && !joined)
            put(s, ' ', at);
    } else {
        if (!l->empty && !empty && !l->more && !more && (int64_t)skr_y_column(s) >= st->indent)
            put(s, ' ', at);
        else if (empty)
            l->folded++;
        else
            put(s, '\n', at);
        if (!empty && l->folded) {
            for (size_t i = 1; i < l->folded; i++)
                put(s, '\n', at);
            if (l->folded_more || more || !l->text)
                put(s, '\n', at);
            l->folded = 0;
        }
    }
}

static bool scan_lines(skr_yscan *s, style *st)
{
    lines l = { .began = st->fold == FOLD_FLOW };
    s->out.len = 0;
    s->pieces.n = 0;
    while (!skr_y_at_end(s)) {
        size_t kept, n;
        bool joined;
        if (!scan_line(s, st, &l, &kept, &joined))
            return false;
        if (skr_y_at_end(s)) {
            if (st->quote)
                return skr_yscan_fail(s, s->pos, "illegal EOF in scalar");
            break;
        }
        if (!st->quote && skr_y_doc_mark(s))
            break;
        if (at_end(s, st, &n)) {
            skr_y_eat(s, n);
            st->closed = true;
            break;
        }
        if (st->fold == FOLD_FLOW)
            cut(s, kept);
        size_t at = s->pos;
        skr_y_eat(s, skr_y_break(s, 0));
        if (!skip_indent(s, st, &l))
            return false;
        bool empty = skr_y_break(s, 0) != 0;
        bool more = !skr_y_at_end(s) && skr_y_blank(skr_y_char(s, 0));
        if (st->fold == FOLD_BLOCK && l.folded == 0 && empty)
            l.folded_more = l.more;
        if (l.began)
            put_break(s, st, &l, empty, more, joined, at);
        l.empty = empty;
        l.more = more;
        l.began = true;
        if (!empty && (int64_t)skr_y_column(s) < st->indent) {
            st->ended_line = true;
            break;
        }
    }

    size_t len = s->out.len;
    if (st->plain)
        while (len > l.escaped && (skr_y_blank(s->out.ptr[len - 1]) || s->out.ptr[len - 1] == '\n'))
            len--;
    if (st->chomp != CHOMP_KEEP) {
        size_t all = len;
        while (len > l.escaped && s->out.ptr[len - 1] == '\n')
            len--;
        if (st->chomp == CHOMP_CLIP && len < all && len > 0)
            len++;
    }
    cut(s, len);
    return true;
}

/* Does a block scalar end at the line break `q`, since the next line has something further left? Then the scanner goes
 * there. */
static bool ends_at_line(skr_yscan *s, const style *st, const char *q)
{
    const char *line = q + 1, *p = line, *end = s->y->source.ptr + s->y->source.len;
    if (s->flows.n || *q != '\n')
        return false;
    while (p < end && *p == ' ')
        p++;
    if (p == end || p - line >= st->indent || memchr("\n\r\t#", *p, 4))
        return false;
    s->line++;
    s->line_start = (size_t)(line - s->y->source.ptr);
    s->pos = (size_t)(p - s->y->source.ptr);
    return true;
}

/* A scalar that ends on its line, before a ':' or, in a flow collection, a ',' or bracket, or with it, as most do: a
 * stretch of the source. false: it has to be looked at in full. */
static bool scan_simple(skr_yscan *s, const style *st, skr_ytok *t, bool *ended_line)
{
    const unsigned mask = stop_mask(s, st);
    const size_t start = s->pos;
    const char *p = s->y->source.ptr + start, *end = s->y->source.ptr + s->y->source.len, *q = p;
    size_t n;
    while (q < end && !(stops[(unsigned char)*q] & mask))
        q++;
    if (q == end || *q == '\r' || *q == '#' || skr_y_doc_mark(s))
        return false;
    const char *stop = q;
    while (q > p && skr_y_blank(q[-1]))
        q--;
    skr_scalar *v = q > p ? skr_arena_raw(s->y->nodes, sizeof *v, _Alignof(skr_scalar)) : NULL;
    if (!v)
        return false;
    s->pos = (size_t)(stop - s->y->source.ptr);
    *ended_line = *stop == '\n';
    if (*stop == '\n' ? !ends_at_line(s, st, stop) : !at_end(s, st, &n)) {
        s->pos = start;
        return false;
    }
    *v = (skr_scalar){ { p, (size_t)(q - p) }, NULL, 0, (uint32_t)start };
    t->scalar = v;
    t->end = (uint32_t)(start + v->text.len);
    return true;
}

bool skr_y_scan_plain(skr_yscan *s, skr_ytok *t, int64_t indent, bool *ended_line)
{
    style st = { .plain = true, .fold = FOLD_FLOW, .chomp = CHOMP_STRIP, .indent = indent };
    size_t start = s->pos;
    if (scan_simple(s, &st, t, ended_line))
        return true;
    if (!scan_lines(s, &st))
        return false;
    *ended_line = st.ended_line;
    if (!finish(s, t, start))
        return false;
    t->end = s->out.len ? skr_scalar_at(t->scalar, s->out.len - 1) + 1 : (uint32_t)start;
    return true;
}

bool skr_y_scan_quoted(skr_yscan *s, skr_ytok *t)
{
    style st = { .quote = skr_y_char(s, 0), .fold = FOLD_FLOW, .chomp = CHOMP_CLIP };
    skr_y_eat(s, 1);
    size_t start = s->pos;
    bool ok = scan_lines(s, &st);
    if (!st.closed && !s->y->open) {
        s->y->open = st.quote;
        s->y->open_at = (uint32_t)start - 1;
    }
    return ok && finish(s, t, start);
}

/* Behind '|' or '>': chomping and indentation, in either order. */
static bool scan_block_header(skr_yscan *s, style *st)
{
    bool sign = false, digit = false;
    st->find_indent = true;
    st->indent = 1;
    for (;;) {
        char c = skr_y_char(s, 0);
        if ((c == '+' || c == '-') && !sign) {
            sign = true;
            st->chomp = c == '+' ? CHOMP_KEEP : CHOMP_STRIP;
        } else if (skr_is_digit(c) && !digit) {
            if (c == '0')
                return skr_yscan_fail(s, s->pos + 1, "cannot set zero indentation for a block scalar");
            digit = true;
            st->indent = c - '0';
            st->find_indent = false;
        } else {
            break;
        }
        skr_y_eat(s, 1);
    }
    while (!skr_y_at_end(s) && skr_y_blank(skr_y_char(s, 0)))
        skr_y_eat(s, 1);
    if (skr_y_char(s, 0) == '#')
        skr_y_skip_line(s);
    if (!skr_y_at_end(s) && !skr_y_break(s, 0))
        return skr_yscan_fail(s, s->pos, "unexpected character in block scalar");
    if (skr_y_indent(s) >= 0)
        st->indent += skr_y_indent(s);
    return true;
}

bool skr_y_scan_block(skr_yscan *s, skr_ytok *t)
{
    style st = { .fold = skr_y_char(s, 0) == '>' ? FOLD_BLOCK : FOLD_NONE, .chomp = CHOMP_CLIP };
    skr_y_eat(s, 1);
    size_t start = s->pos;
    return scan_block_header(s, &st) && scan_lines(s, &st) && finish(s, t, start);
}

uint32_t skr_scalar_at(const skr_scalar *s, size_t i)
{
    if (!s->pieces)
        return s->at + (uint32_t)i;
    size_t lo = 0, hi = s->piece_count;
    while (hi - lo > 1) { /* the last piece that begins at or before i */
        size_t mid = (lo + hi) / 2;
        if (s->pieces[mid].text <= i)
            lo = mid;
        else
            hi = mid;
    }
    return s->pieces[lo].file + (uint32_t)(i - s->pieces[lo].text);
}
