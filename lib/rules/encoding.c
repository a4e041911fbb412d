/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-16 and UTF-32 to UTF-8. What cannot be decoded becomes what yaml-cpp (stream.cpp) makes of it, so that both read
 * the same rules. */
#include "encoding.h"

enum { REPLACEMENT = 0xFFFD, END_OF_STREAM = 4 /* of yaml-cpp */ };

typedef struct reader {
    const uint8_t *at, *end;
    uint8_t width; /* of a unit */
    bool big;
} reader;

static bool is_mark(uint8_t b)
{
    return b == 0 || b == 0xBB || b == 0xBF || b == 0xEF || b == 0xFE || b == 0xFF;
}

/* width 1: UTF-8. */
static reader open_text(skr_str text)
{
    const uint8_t *p = (const uint8_t *)text.ptr;
    const size_t n = text.len;
    reader utf8 = { p, p + n, 1, false };
    if (n < 2)
        return utf8;
    if (p[0] == 0xFE && p[1] == 0xFF)
        return (reader){ p + 2, p + n, 2, true };
    if (p[0] == 0xFF && p[1] == 0xFE) {
        const uint8_t width = n > 3 && !p[2] && !p[3] ? 4 : 2;
        return (reader){ p + width, p + n, width, false };
    }
    if (p[0] == 0 && p[1] == 0 && n > 2 && p[2] == 0)
        return (reader){ p, p + n, 4, true };
    if (p[0] == 0 && p[1] == 0 && n > 3 && p[2] == 0xFE && p[3] == 0xFF)
        return (reader){ p + 4, p + n, 4, true };
    if (p[0] == 0 && !is_mark(p[1]))
        return (reader){ p, p + n, 2, true };
    if (!is_mark(p[0]) && p[1] == 0)
        return (reader){ p, p + n, n > 3 && !p[2] && !p[3] ? 4 : 2, false };
    return utf8;
}

static bool next_unit(reader *r, uint32_t *unit)
{
    uint32_t u = 0;
    if ((size_t)(r->end - r->at) < r->width)
        return false;
    for (unsigned i = 0; i < r->width; i++)
        u = u << 8 | r->at[r->big ? i : r->width - 1u - i];
    r->at += r->width;
    *unit = u;
    return true;
}

static bool is_high(uint32_t u)
{
    return u >= 0xD800 && u < 0xDC00;
}

static bool is_low(uint32_t u)
{
    return u >= 0xDC00 && u < 0xE000;
}

static void put(skr_buf *b, uint32_t c)
{
    char bytes[4];
    skr_buf_add(b, bytes, skr_utf8_put(bytes, c == END_OF_STREAM ? REPLACEMENT : c & 0x1FFFFF));
}

/* A character that begins with the first of a pair. What stands there in the place of its second is lost. */
static void put_pair(skr_buf *b, reader *r, uint32_t high)
{
    uint32_t low;
    while (next_unit(r, &low)) {
        if (is_low(low)) {
            put(b, 0x10000 + ((high & 0x3FF) << 10 | (low & 0x3FF)));
            return;
        }
        put(b, REPLACEMENT);
        if (!is_high(low)) {
            put(b, high);
            return;
        }
        high = low;
    }
    put(b, REPLACEMENT);
}

bool skr_to_utf8(skr_mem *mem, skr_str *text)
{
    reader r = open_text(*text);
    uint32_t unit;
    skr_buf b;
    if (r.width == 1)
        return true;
    skr_buf_init(&b, mem);
    while (next_unit(&r, &unit))
        if (r.width == 2 && is_high(unit))
            put_pair(&b, &r, unit);
        else
            put(&b, r.width == 2 && is_low(unit) ? REPLACEMENT : unit);
    skr_buf_char(&b, '\0');
    char *exact = b.failed ? NULL : skr_realloc(mem, b.ptr, b.cap, b.len);
    if (!exact) {
        skr_buf_free(&b);
        return false;
    }
    skr_free(mem, (void *)(uintptr_t)text->ptr, text->len + 1);
    *text = (skr_str){ exact, b.len - 1 };
    return true;
}
