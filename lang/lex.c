/* SPDX-License-Identifier: Apache-2.0 */
#include "lex.h"

void skr_lex_init(skr_lexer *l, skr_arena *arena, skr_str text)
{
    memset(l, 0, sizeof *l);
    l->text = text;
    l->arena = arena;
    l->at = (skr_pos){ 0, 1, 1 };
    l->last_at = l->at;
    l->last = SKR_STR("");
}

static skr_str rest(const skr_lexer *l)
{
    return skr_str_cut(l->text, l->at.idx, l->text.len);
}

static void advance(skr_lexer *l, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = l->text.ptr[l->at.idx++];
        l->at.col++;
        if (c == '\n' || c == '\r') {
            l->at.line++;
            l->at.col = 1;
        }
    }
}

/* Takes a token of `n` bytes, none of which ends a line; 0 is no match. */
static bool take(skr_lexer *l, size_t n)
{
    if (n == 0)
        return false;
    l->last = skr_str_cut(l->text, l->at.idx, l->at.idx + n);
    l->last_at = l->at;
    l->at.idx += (uint32_t)n;
    l->at.col += (uint32_t)n;
    l->end = l->at.idx;
    return true;
}

/* The same of a token that may go over lines. */
static bool take_lines(skr_lexer *l, size_t n)
{
    if (!take(l, n))
        return false;
    l->at = l->last_at;
    advance(l, n);
    return true;
}

bool skr_lex_blank(skr_lexer *l)
{
    size_t n = 0;
    for (;; n++) {
        char c = skr_lex_peek(l, n);
        if (c != ' ' && c != '\t' && c != '\b' && c != '\r' && c != '\n')
            break;
    }
    advance(l, n);
    return n > 0;
}

bool skr_lex_text(skr_lexer *l, const char *text)
{
    const char *at = l->text.ptr + l->at.idx;
    const size_t left = l->text.len - l->at.idx;
    size_t n = 0;
    for (; text[n]; n++)
        if (n == left || at[n] != text[n])
            return false;
    return take(l, n);
}

bool skr_lex_not(skr_lexer *l)
{
    if (!skr_str_starts(rest(l), SKR_STR("not")))
        return false;
    size_t n = 3;
    while (skr_is_space(skr_lex_peek(l, n)))
        n++;
    if (n == 3)
        return false;
    take_lines(l, n);
    l->end -= n - 3;
    return true;
}

size_t skr_lex_identifier_len(skr_str s)
{
    if (s.len == 0 || !skr_is_alpha(s.ptr[0]))
        return 0;
    size_t n = 1;
    while (n < s.len && (skr_is_alpha(s.ptr[n]) || skr_is_digit(s.ptr[n]) || s.ptr[n] == '_'))
        n++;
    return n;
}

bool skr_lex_identifier(skr_lexer *l)
{
    return take(l, skr_lex_identifier_len(rest(l)));
}

bool skr_lex_field(skr_lexer *l)
{
    skr_str s = rest(l);
    size_t first = skr_lex_identifier_len(s), n = first;
    while (n && n < s.len && s.ptr[n] == '.') {
        size_t more = skr_lex_identifier_len(skr_str_cut(s, n + 1, s.len));
        if (!more)
            break;
        n += 1 + more;
    }
    return n > first && take(l, n);
}

static bool is_one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

/* Bytes that end a bare string. */
static const bool ends_bare[256] = {
    [' '] = true, ['\t'] = true, ['\n'] = true, ['\v'] = true, ['\f'] = true, ['\r'] = true,
    ['('] = true, [')'] = true,  ['"'] = true,  ['\''] = true, ['='] = true,  [','] = true,
};

size_t skr_lex_bare_len(skr_str s)
{
    size_t n = 0;
    while (n < s.len && !ends_bare[(unsigned char)s.ptr[n]])
        n++;
    return n;
}

bool skr_lex_bare(skr_lexer *l)
{
    return take(l, skr_lex_bare_len(rest(l)));
}

bool skr_lex_bare_arg(skr_lexer *l)
{
    skr_str s = rest(l);
    size_t n = 0;
    while (n < s.len && !skr_is_space(s.ptr[n]) && !is_one_of(s.ptr[n], "[]\"'"))
        n++;
    return take(l, n);
}

static size_t digits(const skr_lexer *l, size_t from, bool hex)
{
    size_t n = 0;
    while (hex ? skr_hex_digit(skr_lex_peek(l, from + n)) >= 0 : skr_is_digit(skr_lex_peek(l, from + n)))
        n++;
    return n;
}

static size_t hex_len(const skr_lexer *l)
{
    char x = skr_lex_peek(l, 1);
    if (skr_lex_peek(l, 0) != '0' || (x != 'x' && x != 'X'))
        return 0;
    size_t n = digits(l, 2, true);
    return n ? n + 2 : 0;
}

/* [+-]?[0-9]+[.]?[0-9]*([eE][+-][0-9]+)? */
static size_t decimal_len(const skr_lexer *l)
{
    size_t n = is_one_of(skr_lex_peek(l, 0), "+-") ? 1 : 0;
    size_t whole = digits(l, n, false);
    if (!whole)
        return 0;
    n += whole;
    if (skr_lex_peek(l, n) == '.')
        n += 1;
    n += digits(l, n, false);
    if (is_one_of(skr_lex_peek(l, n), "eE") && is_one_of(skr_lex_peek(l, n + 1), "+-")) {
        size_t exponent = digits(l, n + 2, false);
        n += exponent ? exponent + 2 : 0;
    }
    return n;
}

bool skr_lex_number(skr_lexer *l)
{
    size_t n = hex_len(l);
    return take(l, n ? n : decimal_len(l));
}

/* ---- Quoted strings ---- */

/* Bytes up to and with the closing quote: the first one that no backslash stands before. 0: there is none. */
static size_t quoted_len(skr_str s)
{
    if (s.len == 0 || (s.ptr[0] != '"' && s.ptr[0] != '\''))
        return 0;
    for (size_t i = 1; i < s.len && s.ptr[i]; i++)
        if (s.ptr[i] == s.ptr[0] && s.ptr[i - 1] != '\\')
            return i + 1;
    return 0;
}

/* One escape, inner[i] being the byte behind the backslash: its value into *out, the number of bytes read. */
static size_t decode_escape(skr_str inner, size_t i, char quote, char *out, skr_escape_fault *fault)
{
    static const char from[] = "bfnrt\\/ ", to[] = "\b\f\n\r\t\\/\\"; /* "\ " is old: one backslash */
    char c = inner.ptr[i];
    const char *known = c ? strchr(from, c) : NULL;
    *out = known ? to[known - from] : c;
    if (known)
        return 1;
    if (c == '"' || c == '\'') {
        *fault = c == quote ? SKR_ESCAPE_FINE : SKR_ESCAPE_QUOTE;
        return 1;
    }
    if (c != 'x') {
        *fault = SKR_ESCAPE_UNKNOWN;
        return 1;
    }
    if (inner.len - i < 3) {
        *fault = SKR_ESCAPE_SHORT_HEX;
        return 1;
    }
    int high = skr_hex_digit(inner.ptr[i + 1]), low = skr_hex_digit(inner.ptr[i + 2]);
    if (high < 0 || low < 0) {
        *fault = SKR_ESCAPE_BAD_HEX;
        return 1;
    }
    *out = (char)(high * 16 + low);
    return 3;
}

/* `inner` begins at byte `start` of the text. */
static void decode(skr_lexer *l, skr_str inner, size_t start, char quote)
{
    if (!memchr(inner.ptr, '\\', inner.len)) {
        l->last = inner;
        return;
    }
    char *to = skr_arena_raw(l->arena, inner.len, 1);
    if (!to) {
        l->fault = SKR_ESCAPE_NO_MEMORY;
        return;
    }
    size_t n = 0;
    for (size_t i = 0; i < inner.len && !l->fault;) {
        if (inner.ptr[i] != '\\') {
            to[n++] = inner.ptr[i++];
            continue;
        }
        l->fault_at = start + i;
        i += 1 + decode_escape(inner, i + 1, quote, &to[n++], &l->fault);
    }
    l->last = (skr_str){ to, n };
}

bool skr_lex_quoted(skr_lexer *l)
{
    size_t n = quoted_len(rest(l)), start = l->at.idx + 1;
    l->fault = SKR_ESCAPE_FINE;
    if (!take_lines(l, n))
        return false;
    decode(l, skr_str_cut(l->text, start, start + n - 2), start, l->text.ptr[start - 1]);
    return true;
}
