/* SPDX-License-Identifier: Apache-2.0 */
#include "glob.h"

static unsigned char at(skr_str s, size_t i) /* 0 behind the end: no pattern holds a NUL that matters */
{
    return i < s.len ? (unsigned char)s.ptr[i] : 0;
}

static unsigned char folded(unsigned char c, bool fold)
{
    return fold ? (unsigned char)skr_lower((char)c) : c;
}

/* ---- Classes ---- */

static bool between(unsigned char c, unsigned char from, unsigned char to)
{
    return c >= from && c <= to;
}

static bool is_upper(unsigned char c)
{
    return between(c, 'A', 'Z');
}
static bool is_lower(unsigned char c)
{
    return between(c, 'a', 'z');
}
static bool is_alpha(unsigned char c)
{
    return is_upper(c) || is_lower(c);
}
static bool is_digit(unsigned char c)
{
    return between(c, '0', '9');
}
static bool is_alnum(unsigned char c)
{
    return is_alpha(c) || is_digit(c);
}
static bool is_xdigit(unsigned char c)
{
    return is_digit(c) || between(c, 'a', 'f') || between(c, 'A', 'F');
}
static bool is_space(unsigned char c)
{
    return c == ' ' || between(c, '\t', '\r');
}
static bool is_blank(unsigned char c)
{
    return c == ' ' || c == '\t';
}
static bool is_cntrl(unsigned char c)
{
    return c < ' ' || c == 0x7F;
}
static bool is_print(unsigned char c)
{
    return between(c, ' ', '~');
}
static bool is_graph(unsigned char c)
{
    return between(c, '!', '~');
}
static bool is_punct(unsigned char c)
{
    return is_graph(c) && !is_alnum(c);
}

static const struct {
    const char *name;
    bool (*has)(unsigned char c);
} classes[] = { { "alnum", is_alnum }, { "alpha", is_alpha }, { "blank", is_blank }, { "cntrl", is_cntrl },
                { "digit", is_digit }, { "graph", is_graph }, { "lower", is_lower }, { "print", is_print },
                { "punct", is_punct }, { "space", is_space }, { "upper", is_upper }, { "xdigit", is_xdigit } };

/* ---- Brackets ---- */

typedef enum bracket { BRACKET_NO, BRACKET_YES, BRACKET_LITERAL, BRACKET_BAD } bracket;

/* "[:name:]" or "[=x=]" at `i`: the byte behind it; 0 if it is none. *known: the class exists; *in: it has `c`. As in
 * glibc, what holds other letters than a to y is no class at all. */
static size_t class_at(skr_str p, size_t i, unsigned char c, bool *known, bool *in)
{
    size_t from = i + 2, to = from;
    if (at(p, i) == '[' && at(p, i + 1) == '=' && at(p, i + 3) == '=' && at(p, i + 4) == ']') {
        *known = true;
        *in = c == at(p, i + 2);
        return i + 5;
    }
    if (at(p, i) != '[' || at(p, i + 1) != ':')
        return 0;
    while (between(at(p, to), 'a', 'y'))
        to++;
    if (at(p, to) != ':' || at(p, to + 1) != ']')
        return 0;
    *known = *in = false;
    for (size_t k = 0; k < sizeof classes / sizeof *classes; k++) {
        if (skr_str_is(skr_str_cut(p, from, to), classes[k].name)) {
            *known = true;
            *in = classes[k].has(c);
        }
    }
    return to + 2;
}

/* One byte of a bracket at `i`, an end of a range perhaps: escaped, as "[.x.]" (which is just x in the C locale, and
 * not folded), or plain. Returns the byte behind it; 0: ill-formed. */
static size_t member_at(skr_str p, size_t i, bool fold, unsigned char *c)
{
    if (at(p, i) == '[' && at(p, i + 1) == '.') {
        *c = at(p, i + 2);
        return at(p, i + 3) == '.' && at(p, i + 4) == ']' ? i + 5 : 0;
    }
    if (at(p, i) == '\\')
        i++;
    *c = folded(at(p, i), fold);
    return i < p.len ? i + 1 : 0;
}

/* A member or a range at `i`. Returns the byte behind it; 0: ill-formed. */
static size_t range_at(skr_str p, size_t i, unsigned char c, bool fold, bool *in)
{
    unsigned char low, high;
    i = member_at(p, i, fold, &low);
    if (!i)
        return 0;
    high = low;
    if (at(p, i) == '-' && i + 1 < p.len && at(p, i + 1) != ']') {
        i = member_at(p, i + 1, fold, &high);
        if (!i)
            return 0;
    }
    *in = between(folded(c, fold), low, high);
    /* As in glibc: a range that the end of the pattern cuts off is not even a literal. */
    return !*in && at(p, i) == '-' && i + 1 == p.len ? 0 : i;
}

/* Over one thing in a bracket that is decided already: nothing is a range then. 0: ill-formed. */
static size_t skip_at(skr_str p, size_t i)
{
    unsigned char mark = at(p, i) == '[' ? at(p, i + 1) : 0;
    if (at(p, i) == '\\')
        return i + 1 < p.len ? i + 2 : 0;
    if (mark == '=')
        return at(p, i + 3) == '=' && at(p, i + 4) == ']' ? i + 5 : 0;
    if (mark != '.')
        return i + 1;
    for (i += 2; i + 1 < p.len; i++)
        if (at(p, i) == '.' && at(p, i + 1) == ']')
            return i + 2;
    return 0;
}

/* Does the bracket whose '[' is before `i` take the byte `c`? *end: behind its ']'. Unclosed, it is a literal '['. As
 * in glibc, what stands behind a member that takes the byte is read in another way, which shows if it is ill-formed. */
static bracket match_bracket(skr_str p, size_t i, unsigned char c, bool fold, size_t *end)
{
    bool not = at(p, i) == '!' || at(p, i) == '^', hit = false, in, known;
    i += not ;
    for (bool first = true; first || at(p, i) != ']'; first = false) {
        if (i >= p.len)
            return BRACKET_LITERAL;
        size_t next = class_at(p, i, c, &known, &in);
        if (next && !known && !hit)
            return BRACKET_BAD;
        if (!next)
            next = hit ? skip_at(p, i) : range_at(p, i, c, fold, &in);
        if (!next)
            return BRACKET_BAD;
        hit = hit || in;
        i = next;
    }
    *end = i + 1;
    return hit != not ? BRACKET_YES : BRACKET_NO;
}

/* ---- Matching ---- */

/* Brackets that a '[' was found to be a literal of, by place in the pattern: to find that out takes a look at all of
 * the rest, which is not to be done once more for each byte of the text. */
typedef struct literals {
    uint64_t bits[4];
} literals;

/* The one-byte item of the pattern at `i` against `c`: the byte behind the item, 0: no match. */
static size_t match_one(skr_str p, size_t i, unsigned char c, bool fold, literals *known)
{
    unsigned char want = at(p, i);
    size_t end;
    if (want == '?')
        return i + 1;
    if (want == '[') {
        if (c == '[' && i < 256 && (known->bits[i / 64] >> i % 64 & 1))
            return i + 1;
        bracket b = match_bracket(p, i + 1, c, fold, &end);
        if (b == BRACKET_YES)
            return end;
        if (b != BRACKET_LITERAL)
            return 0;
        if (c == '[' && i < 256)
            known->bits[i / 64] |= UINT64_C(1) << i % 64;
    } else if (want == '\\') {
        if (++i >= p.len)
            return 0;
        want = at(p, i);
    }
    return folded(want, fold) == folded(c, fold) ? i + 1 : 0;
}

/* The next place from `t` on where what stands behind a `*` can begin; text.len: none. */
static size_t next_start(skr_str pattern, size_t p, skr_str text, size_t t, bool fold)
{
    if (fold || p >= pattern.len || t >= text.len || memchr("?*[\\", pattern.ptr[p], 4))
        return t;
    const char *at = memchr(text.ptr + t, pattern.ptr[p], text.len - t);
    return at ? (size_t)(at - text.ptr) : text.len;
}

/* Only the last `*` seen ever needs to take more: what stands before it has matched as early as it could. */
bool skr_glob(skr_str pattern, skr_str text, bool fold)
{
    size_t p = 0, t = 0, star = SIZE_MAX, star_text = 0;
    literals known = { { 0 } };
    while (t < text.len || p < pattern.len) {
        if (at(pattern, p) == '*' && p < pattern.len) {
            star = ++p;
            if (p == pattern.len)
                return true;
            star_text = t = next_start(pattern, p, text, t, fold);
            continue;
        }
        size_t next =
            p < pattern.len && t < text.len ? match_one(pattern, p, (unsigned char)text.ptr[t], fold, &known) : 0;
        if (next) {
            p = next;
            t++;
        } else if (star != SIZE_MAX && star_text < text.len) {
            p = star;
            t = star_text = next_start(pattern, p, text, star_text + 1, fold);
        } else {
            return false;
        }
    }
    return true;
}

bool skr_glob_special(skr_str pattern)
{
    for (size_t i = 0; i < pattern.len; i++)
        if (pattern.ptr[i] == '?' || pattern.ptr[i] == '*' || pattern.ptr[i] == '[')
            return true;
    return false;
}

size_t skr_glob_prefix(skr_str pattern, char *out, bool *whole)
{
    size_t n = 0, i = 0;
    *whole = false;
    for (; i < pattern.len && !strchr("?*[", pattern.ptr[i]); i++) {
        if (pattern.ptr[i] == '\\' && ++i == pattern.len)
            return n; /* a backslash at the end: nothing matches */
        out[n++] = pattern.ptr[i];
    }
    *whole = i == pattern.len;
    return n;
}
