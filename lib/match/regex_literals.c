/* SPDX-License-Identifier: Apache-2.0 */
/* Which texts a value must contain for a regular expression to match it. The pattern is read once from the front: runs
 * of literals are put together, choices multiply what a run may be, and whatever can be anything ends the run. Patterns
 * are known to be valid; what is not understood here gives no texts. */
#include "regex.h"

enum { MOST_DEPTH = 50, LONGEST = 24, MOST_WORK = 4096, MOST = SKR_REGEX_LITERALS };

/* Some texts, of which one is there. */
typedef struct texts {
    size_t count; /* 0: nothing is known */
    uint8_t len[MOST];
    char text[MOST][LONGEST];
} texts;

typedef struct part {
    bool exact; /* the part is one of `whole`; else it may be anything else, too */
    texts whole;
    texts needed; /* one of them is somewhere in it */
} part;

typedef struct reader {
    skr_str in;
    size_t at;
    unsigned work;
    bool lost; /* something that is not understood */
} reader;

/* ---- Texts ---- */

static size_t shortest(const texts *t)
{
    size_t n = t->count ? t->len[0] : 0;
    for (size_t i = 1; i < t->count; i++)
        n = t->len[i] < n ? t->len[i] : n;
    return n;
}

static void keep_better(texts *best, const texts *t)
{
    if (shortest(t) > shortest(best) || (shortest(t) == shortest(best) && t->count && t->count < best->count))
        *best = *t;
}

static bool add_text(texts *t, const char *text, size_t len)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->len[i] == len && memcmp(t->text[i], text, len) == 0)
            return true;
    if (t->count == MOST || len > LONGEST)
        return false;
    memcpy(t->text[t->count], text, len);
    t->len[t->count++] = (uint8_t)len;
    return true;
}

static bool add_texts(texts *t, const texts *more)
{
    for (size_t i = 0; i < more->count; i++)
        if (!add_text(t, more->text[i], more->len[i]))
            return false;
    return more->count > 0;
}

/* Each text of a followed by each of b. false: they are too many or too long. */
static bool multiply(const texts *a, const texts *b, texts *product)
{
    product->count = 0;
    for (size_t i = 0; i < a->count; i++)
        for (size_t k = 0; k < b->count; k++) {
            char text[2 * LONGEST];
            memcpy(text, a->text[i], a->len[i]);
            memcpy(text + a->len[i], b->text[k], b->len[k]);
            if (!add_text(product, text, (size_t)a->len[i] + b->len[k]))
                return false;
        }
    return true;
}

static void be_empty(part *p)
{
    p->exact = true;
    p->whole.count = 1;
    p->whole.len[0] = 0;
    p->needed.count = 0;
}

static void be_anything(part *p)
{
    p->exact = false;
    p->needed.count = 0;
}

/* ---- Putting parts together ---- */

/* A sequence under construction: `whole` is the run of literals at its end. */
static void follow(part *sequence, const part *next)
{
    texts product;
    if (next->exact && multiply(&sequence->whole, &next->whole, &product)) {
        sequence->whole = product;
        return;
    }
    keep_better(&sequence->needed, &sequence->whole);
    if (next->exact) { /* the run was full: another begins */
        sequence->whole = next->whole;
    } else {
        keep_better(&sequence->needed, &next->needed);
        sequence->whole.count = 1;
        sequence->whole.len[0] = 0;
    }
    sequence->exact = false;
}

static void end_sequence(part *p)
{
    if (!p->exact)
        keep_better(&p->needed, &p->whole);
}

static const texts *what_is_needed(const part *p)
{
    return p->exact ? &p->whole : &p->needed;
}

static void choose(part *all, const part *other)
{
    texts needed = *what_is_needed(all);
    if (all->exact && other->exact && add_texts(&all->whole, &other->whole))
        return;
    if (!needed.count || !add_texts(&needed, what_is_needed(other)))
        needed.count = 0;
    all->exact = false;
    all->needed = needed;
}

/* ---- Reading ---- */

static char peek(const reader *r)
{
    return r->at < r->in.len ? r->in.ptr[r->at] : '\0';
}

static void literal(part *p, char c)
{
    be_empty(p);
    if (c < 0x20 || c == 0x7F ||
        (unsigned char)c >= 0x80) { /* a value may be matched with other bytes in their place */
        be_anything(p);
        return;
    }
    p->whole.len[0] = 1;
    p->whole.text[0][0] = c;
}

/* Behind "[:" of "[:alpha:]": where it ends. 0: it is no name. */
static size_t end_of_name(const reader *r)
{
    for (size_t i = r->at; i + 1 < r->in.len; i++)
        if (r->in.ptr[i] == ':' && r->in.ptr[i + 1] == ']')
            return i + 2;
    return 0;
}

static void bracket(reader *r, part *p)
{
    be_anything(p);
    r->at += peek(r) == '^';
    r->at += peek(r) == ']';
    while (r->at < r->in.len && peek(r) != ']') {
        const char c = r->in.ptr[r->at++];
        if (c == '\\')
            r->at++;
        else if (c == '[' && peek(r) == ':' && r->at++ && end_of_name(r))
            r->at = end_of_name(r);
    }
    r->lost |= r->at >= r->in.len;
    r->at++;
}

static void read_choice(reader *r, part *p, unsigned depth);

static void read_atom(reader *r, part *p, unsigned depth)
{
    const char c = r->in.ptr[r->at++];
    switch (c) {
    case '(':
        if (peek(r) == '?')
            r->lost = true;
        read_choice(r, p, depth + 1);
        r->lost |= peek(r) != ')';
        r->at++;
        return;
    case '[':
        bracket(r, p);
        return;
    case '.':
        be_anything(p);
        return;
    case '^':
    case '$':
        be_empty(p);
        return;
    case '\\':
        if (skr_is_alpha(peek(r)) || skr_is_digit(peek(r)) || r->at >= r->in.len)
            r->lost = true;
        literal(p, peek(r));
        r->at++;
        return;
    default:
        literal(p, c);
    }
}

/* "{2,3}" at the cursor: the least number is 0, or more (1), and the cursor is moved behind it. -1: something else. */
static int read_braces(reader *r)
{
    size_t at = r->at + 1;
    bool zero = true;
    const size_t first = at;
    for (; at < r->in.len && skr_is_digit(r->in.ptr[at]); at++)
        zero = zero && r->in.ptr[at] == '0';
    if (at == first)
        return -1;
    if (at < r->in.len && r->in.ptr[at] == ',')
        for (at++; at < r->in.len && skr_is_digit(r->in.ptr[at]);)
            at++;
    if (at >= r->in.len || r->in.ptr[at] != '}')
        return -1;
    r->at = at + 1;
    return zero ? 0 : 1;
}

static void be_optional(part *p)
{
    if (!p->exact || !add_text(&p->whole, "", 0))
        be_anything(p);
}

static void be_repeated(part *p)
{
    if (p->exact)
        p->needed = p->whole;
    p->exact = false;
}

static void read_repeats(reader *r, part *p)
{
    for (;;) {
        const char c = peek(r);
        if (c == '{') {
            const int least = read_braces(r);
            if (least < 0)
                return;
            if (least)
                be_repeated(p);
            else
                be_anything(p);
            continue;
        }
        if (r->at >= r->in.len || (c != '*' && c != '+' && c != '?'))
            return;
        r->at++;
        if (c == '+')
            be_repeated(p);
        else if (c == '?')
            be_optional(p);
        else
            be_anything(p);
    }
}

static void read_sequence(reader *r, part *p, unsigned depth)
{
    be_empty(p);
    while (!r->lost && r->at < r->in.len && peek(r) != '|' && peek(r) != ')') {
        part next;
        if (++r->work > MOST_WORK) {
            r->lost = true;
            return;
        }
        read_atom(r, &next, depth);
        read_repeats(r, &next);
        follow(p, &next);
    }
    end_sequence(p);
}

static void read_choice(reader *r, part *p, unsigned depth)
{
    if (depth == MOST_DEPTH) {
        r->lost = true;
        be_anything(p);
        return;
    }
    read_sequence(r, p, depth);
    while (!r->lost && peek(r) == '|') {
        part other;
        r->at++;
        read_sequence(r, &other, depth);
        choose(p, &other);
    }
}

size_t skr_regex_literals(skr_arena *a, skr_str pattern, skr_str *literals)
{
    reader r = { .in = pattern };
    part p;
    read_choice(&r, &p, 0);
    const texts *t = what_is_needed(&p);
    if (r.lost || r.at < pattern.len || shortest(t) == 0)
        return 0;
    for (size_t i = 0; i < t->count; i++) {
        literals[i] = skr_str_dup(a, (skr_str){ t->text[i], t->len[i] });
        if (!literals[i].ptr)
            return SIZE_MAX;
    }
    return t->count;
}
