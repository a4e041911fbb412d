/* SPDX-License-Identifier: Apache-2.0 */
/* Strings that carry their length, a growing byte buffer, and the text forms of numbers. */
#ifndef SKR_STR_H
#define SKR_STR_H

#include "mem.h"

#include <string.h>

typedef struct skr_str {
    const char *ptr;
    size_t len;
} skr_str;

#define SKR_STR(literal) ((skr_str){ (literal), sizeof(literal) - 1 })

static inline skr_str skr_str_of(const char *s) /* NULL: empty */
{
    return (skr_str){ s ? s : "", s ? strlen(s) : 0 };
}
/* memcmp as a question, for texts that are mostly short: no call up to 16 bytes. n may be 0. */
static inline bool skr_same_bytes(const char *a, const char *b, size_t n)
{
    uint64_t x, y, x2, y2;
    if (n > 16)
        return memcmp(a, b, n) == 0;
    if (n >= 8) { /* two words that may overlap */
        memcpy(&x, a, 8);
        memcpy(&y, b, 8);
        memcpy(&x2, a + n - 8, 8);
        memcpy(&y2, b + n - 8, 8);
        return ((x ^ y) | (x2 ^ y2)) == 0;
    }
    if (n >= 4) {
        uint32_t v, w, v2, w2;
        memcpy(&v, a, 4);
        memcpy(&w, b, 4);
        memcpy(&v2, a + n - 4, 4);
        memcpy(&w2, b + n - 4, 4);
        return ((v ^ w) | (v2 ^ w2)) == 0;
    }
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i])
            return false;
    return true;
}
/* Behind the last byte; NULL of a text that is not there. */
static inline const char *skr_str_end(skr_str s)
{
    return s.len ? s.ptr + s.len : s.ptr;
}
static inline bool skr_str_eq(skr_str a, skr_str b)
{
    return a.len == b.len && skr_same_bytes(a.ptr, b.ptr, a.len);
}
static inline bool skr_str_is(skr_str a, const char *s)
{
    return skr_str_eq(a, skr_str_of(s));
}
static inline bool skr_str_starts(skr_str a, skr_str prefix)
{
    return a.len >= prefix.len && skr_same_bytes(a.ptr, prefix.ptr, prefix.len);
}
static inline bool skr_str_ends(skr_str a, skr_str suffix)
{
    return a.len >= suffix.len &&
           (suffix.len == 0 || skr_same_bytes(a.ptr + a.len - suffix.len, suffix.ptr, suffix.len));
}
static inline skr_str skr_str_cut(skr_str a, size_t from, size_t to) /* [from, to) */
{
    return (skr_str){ a.ptr + from, to - from };
}
int skr_str_cmp(skr_str a, skr_str b);                     /* by unsigned bytes, then length */
bool skr_str_find(skr_str text, skr_str part, size_t *at); /* an empty part is found at 0    */
skr_str skr_str_trim(skr_str a, const char *bytes);        /* both ends                      */
skr_str skr_str_dup(skr_arena *a, skr_str s);              /* .ptr NULL if out of memory     */

static inline bool skr_is_digit(char c)
{
    return c >= '0' && c <= '9';
}
static inline bool skr_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static inline bool skr_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
} /* C locale */
static inline char skr_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}
static inline char skr_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}
int skr_hex_digit(char c); /* 0..15 or -1 */

/* Edit distance between two names, for "did you mean"; gives up above `limit` and returns limit + 1. */
size_t skr_str_distance(skr_str a, skr_str b, size_t limit);

/* ---- Buffer: text under construction. Failure sticks: append on, look at `failed` once. ---- */

typedef struct skr_buf {
    skr_mem *mem;
    char *ptr;
    size_t len, cap, most; /* most: it fails rather than grow beyond that; 0: no bound */
    bool failed;
} skr_buf;

void skr_buf_init(skr_buf *b, skr_mem *mem);
void skr_buf_free(skr_buf *b);
static inline void skr_buf_clear(skr_buf *b) /* keeps the room */
{
    b->len = 0;
    b->failed = false;
}
char *skr_buf_grow(skr_buf *b, size_t n);
/* n bytes to write behind the text, and one more; then b->len += n */
static inline char *skr_buf_room(skr_buf *b, size_t n)
{
    return !b->failed && n < b->cap - b->len ? b->ptr + b->len : skr_buf_grow(b, n);
}
void skr_buf_add(skr_buf *b, const void *p, size_t len);
static inline void skr_buf_str(skr_buf *b, skr_str s)
{
    skr_buf_add(b, s.ptr, s.len);
}
static inline void skr_buf_cstr(skr_buf *b, const char *s)
{
    skr_buf_add(b, s, strlen(s));
}
static inline void skr_buf_char(skr_buf *b, char c)
{
    char *to = skr_buf_room(b, 1);
    if (to) {
        *to = c;
        b->len++;
    }
}
void skr_buf_printf(skr_buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void skr_buf_u64(skr_buf *b, uint64_t v);
void skr_buf_i64(skr_buf *b, int64_t v);
/* A JSON string with its quotes. Control bytes become \n, \t ... or \u00XX, bad UTF-8 becomes U+FFFD. */
void skr_buf_json(skr_buf *b, skr_str s);
void skr_buf_json_inner(skr_buf *b, skr_str s); /* the same without quotes */
/* NUL-terminated view (the NUL is not counted); NULL if anything failed. */
const char *skr_buf_cstring(skr_buf *b);

/* ---- UTF-8 ---- */

/* Length of the valid sequence at p (1..4), or 0; *bad is then the bytes that one U+FFFD replaces (maximal
 * subpart, as in the Unicode standard's recommendation). */
size_t skr_utf8_next(const char *p, size_t len, size_t *bad);
bool skr_utf8_valid(skr_str s);
/* Bytes of a code point below 2^21. */
size_t skr_utf8_put(char out[4], uint32_t c);

/* ---- Hash ---- */

uint64_t skr_hash(const void *p, size_t len, uint64_t seed);
uint64_t skr_hash_u64(uint64_t v);

#endif
