/* SPDX-License-Identifier: Apache-2.0 */
#include "str.h"

#include "compat.h"

#include <stdarg.h>

int skr_str_cmp(skr_str a, skr_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
    if (c)
        return c;
    return a.len < b.len ? -1 : a.len > b.len;
}

bool skr_str_find(skr_str text, skr_str part, size_t *at)
{
    if (part.len == 0) {
        *at = 0;
        return true;
    }
    const char *p = text.len >= part.len ? skr_memmem(text.ptr, text.len, part.ptr, part.len) : NULL;
    if (!p)
        return false;
    *at = (size_t)(p - text.ptr);
    return true;
}

skr_str skr_str_trim(skr_str a, const char *bytes)
{
    size_t n = strlen(bytes);
    while (a.len && memchr(bytes, a.ptr[0], n)) {
        a.ptr++;
        a.len--;
    }
    while (a.len && memchr(bytes, a.ptr[a.len - 1], n))
        a.len--;
    return a;
}

skr_str skr_str_dup(skr_arena *a, skr_str s)
{
    return (skr_str){ skr_arena_dup(a, s.ptr, s.len), s.len };
}

int skr_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

size_t skr_str_distance(skr_str a, skr_str b, size_t limit)
{
    enum { LONGEST = 64 };
    size_t row[LONGEST + 1], before[LONGEST + 1], two_before[LONGEST + 1];
    size_t gap = a.len > b.len ? a.len - b.len : b.len - a.len;
    if (gap > limit || a.len > LONGEST || b.len > LONGEST)
        return limit + 1;
    for (size_t j = 0; j <= b.len; j++)
        before[j] = j;
    memcpy(two_before, before, sizeof before);
    for (size_t i = 1; i <= a.len; i++) {
        size_t least = row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t cost = a.ptr[i - 1] != b.ptr[j - 1];
            size_t best = before[j - 1] + cost;
            if (before[j] + 1 < best)
                best = before[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            bool swapped = i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1];
            if (swapped && two_before[j - 2] + 1 < best)
                best = two_before[j - 2] + 1;
            row[j] = best;
            least = best < least ? best : least;
        }
        if (least > limit)
            return limit + 1; /* no row behind has less; what is swapped costs one more than two rows before */
        memcpy(two_before, before, sizeof before);
        memcpy(before, row, sizeof row);
    }
    return before[b.len] > limit ? limit + 1 : before[b.len];
}

/* ---- Buffer ---- */

void skr_buf_init(skr_buf *b, skr_mem *mem)
{
    memset(b, 0, sizeof *b);
    b->mem = mem;
}

void skr_buf_free(skr_buf *b)
{
    skr_free(b->mem, b->ptr, b->cap);
    b->ptr = NULL;
    b->len = b->cap = 0;
}

char *skr_buf_grow(skr_buf *b, size_t n)
{
    size_t need;
    if (b->failed || !skr_add(b->len, n, &need) || !skr_add(need, 1, &need) || (b->most && need > b->most) ||
        !skr_grow(b->mem, (void **)&b->ptr, &b->cap, need, 1)) {
        b->failed = true;
        return NULL;
    }
    return b->ptr + b->len;
}

void skr_buf_add(skr_buf *b, const void *p, size_t len)
{
    char *to = skr_buf_room(b, len);
    if (!to)
        return;
    if (len)
        memcpy(to, p, len);
    b->len += len;
}

void skr_buf_printf(skr_buf *b, const char *format, ...)
{
    va_list ap, again;
    va_start(ap, format);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    char *to = n < 0 ? NULL : skr_buf_room(b, (size_t)n);
    if (to) {
        vsnprintf(to, (size_t)n + 1, format, again);
        b->len += (size_t)n;
    } else {
        b->failed = true;
    }
    va_end(again);
}

void skr_buf_u64(skr_buf *b, uint64_t v)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    skr_buf_add(b, digits + at, sizeof digits - at);
}

void skr_buf_i64(skr_buf *b, int64_t v)
{
    if (v < 0)
        skr_buf_char(b, '-');
    skr_buf_u64(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

static void json_escape(skr_buf *b, unsigned char c)
{
    static const char letters[] = "btn\0fr"; /* from \b = 8 */
    if (c == '"' || c == '\\') {
        skr_buf_char(b, '\\');
        skr_buf_char(b, (char)c);
    } else if (c >= 8 && c <= 13 && letters[c - 8]) {
        skr_buf_char(b, '\\');
        skr_buf_char(b, letters[c - 8]);
    } else {
        skr_buf_printf(b, "\\u%04x", c);
    }
}

void skr_buf_json_inner(skr_buf *b, skr_str s)
{
    size_t i = 0, plain = 0;
    while (i < s.len) {
        unsigned char c = (unsigned char)s.ptr[i];
        size_t bad = 0, n = c < 0x80 ? 1 : skr_utf8_next(s.ptr + i, s.len - i, &bad);
        if (n && c >= 0x20 && c != '"' && c != '\\') {
            i += n;
            continue;
        }
        skr_buf_add(b, s.ptr + plain, i - plain);
        if (n)
            json_escape(b, c);
        else
            skr_buf_cstr(b, "\xEF\xBF\xBD");
        i += n ? n : bad;
        plain = i;
    }
    if (plain < s.len)
        skr_buf_add(b, s.ptr + plain, s.len - plain);
}

void skr_buf_json(skr_buf *b, skr_str s)
{
    skr_buf_char(b, '"');
    skr_buf_json_inner(b, s);
    skr_buf_char(b, '"');
}

const char *skr_buf_cstring(skr_buf *b)
{
    char *end = skr_buf_room(b, 0);
    if (!end)
        return NULL;
    *end = '\0';
    return b->ptr;
}

/* ---- UTF-8 ---- */

size_t skr_utf8_next(const char *p, size_t len, size_t *bad)
{
    const unsigned char *s = (const unsigned char *)p;
    size_t need;
    unsigned lo = 0x80, hi = 0xBF;
    *bad = 1;
    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xC2 && s[0] <= 0xDF)
        need = 2;
    else if (s[0] >= 0xE0 && s[0] <= 0xEF)
        need = 3;
    else if (s[0] >= 0xF0 && s[0] <= 0xF4)
        need = 4;
    else
        return 0;
    if (s[0] == 0xE0)
        lo = 0xA0;
    else if (s[0] == 0xED)
        hi = 0x9F;
    else if (s[0] == 0xF0)
        lo = 0x90;
    else if (s[0] == 0xF4)
        hi = 0x8F;
    for (size_t i = 1; i < need; i++) {
        if (i >= len || s[i] < lo || s[i] > hi) {
            *bad = i;
            return 0;
        }
        lo = 0x80;
        hi = 0xBF;
    }
    return need;
}

size_t skr_utf8_put(char out[4], uint32_t c)
{
    static const uint8_t lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
    const size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    out[0] = (char)(lead[n] | c >> 6 * (n - 1));
    for (size_t i = 1; i < n; i++)
        out[i] = (char)(0x80 | (c >> 6 * (n - 1 - i) & 0x3F));
    return n;
}

bool skr_utf8_valid(skr_str s)
{
    size_t bad;
    for (size_t i = 0; i < s.len;) {
        size_t n = skr_utf8_next(s.ptr + i, s.len - i, &bad);
        if (!n)
            return false;
        i += n;
    }
    return true;
}

/* ---- Hash: 64-bit multiply and fold over 8-byte words ---- */

static uint64_t fold(uint64_t a, uint64_t b)
{
    skr_u128 r = (skr_u128)a * b;
    return (uint64_t)r ^ (uint64_t)(r >> 64);
}

uint64_t skr_hash_u64(uint64_t v)
{
    return fold(v ^ 0x9E3779B97F4A7C15u, 0xD6E8FEB86659FD93u);
}

/* The last bytes, fewer than 8, as one word: of a longer text the last 8, some of them once more. `s` is behind what
 * was taken of it. */
static uint64_t tail(const unsigned char *s, size_t len, bool longer)
{
    uint64_t w = 0;
    uint32_t low, high;
    if (longer) {
        memcpy(&w, s + len - 8, 8);
    } else if (len >= 4) {
        memcpy(&low, s, 4);
        memcpy(&high, s + len - 4, 4);
        w = (uint64_t)high << 32 | low;
    } else if (len) {
        w = (uint64_t)s[0] << 16 | (uint64_t)s[len / 2] << 8 | s[len - 1];
    }
    return w;
}

uint64_t skr_hash(const void *p, size_t len, uint64_t seed)
{
    const unsigned char *s = p;
    const bool longer = len >= 8;
    uint64_t h = seed ^ (len * 0x9E3779B97F4A7C15u), w;
    for (; len >= 8; s += 8, len -= 8) {
        memcpy(&w, s, 8);
        h = fold(h ^ w, 0xA0761D6478BD642Fu);
    }
    return fold(h ^ tail(s, len, longer && len), 0xE7037ED1A0B428DBu);
}
