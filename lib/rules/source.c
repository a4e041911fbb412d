/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"

static bool find_lines(skr_arena *a, skr_source *s)
{
    size_t count = 1;
    const char *p = s->text.ptr, *end = p + s->text.len;
    while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        count++;
        p++;
    }
    s->lines = skr_arena_raw(a, count * sizeof *s->lines, _Alignof(uint32_t));
    if (!s->lines)
        return false;
    s->lines[0] = 0;
    s->line_count = 1;
    for (p = s->text.ptr; (p = memchr(p, '\n', (size_t)(end - p))) != NULL;) {
        p++;
        s->lines[s->line_count++] = (uint32_t)(p - s->text.ptr);
    }
    return true;
}

skr_source *skr_source_new(skr_arena *a, const char *name, skr_str text, uint32_t number)
{
    skr_source *s = skr_arena_alloc(a, sizeof *s);
    if (!s)
        return NULL;
    s->name = name;
    s->text = text;
    s->number = number;
    s->shift = skr_str_starts(text, SKR_STR("\xEF\xBB\xBF")) ? 3 : 0;
    return find_lines(a, s) ? s : NULL;
}

size_t skr_source_line(const skr_source *s, uint32_t at, uint32_t *start)
{
    size_t lo = 0, hi = s->line_count;
    while (hi - lo > 1) { /* the last line that starts at or before `at` */
        size_t mid = (lo + hi) / 2;
        if (s->lines[mid] <= at)
            lo = mid;
        else
            hi = mid;
    }
    *start = s->lines[lo];
    return lo;
}

skr_str skr_source_line_text(const skr_source *s, size_t line)
{
    size_t from = s->lines[line];
    size_t to = line + 1 < s->line_count ? s->lines[line + 1] - 1 : s->text.len;
    if (to > from && s->text.ptr[to - 1] == '\r')
        to--;
    return skr_str_cut(s->text, from, to);
}

size_t skr_count_chars(skr_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; n++) {
        size_t bad, len = (unsigned char)s.ptr[i] < 0x80 ? 1 : skr_utf8_next(s.ptr + i, s.len - i, &bad);
        i += len ? len : 1;
    }
    return n;
}

skr_part skr_part_of(const skr_scalar *s, const skr_source *src)
{
    uint32_t len = (uint32_t)s->text.len;
    if (!s->pieces)
        return (skr_part){ src, NULL, s->at, s->at + len };
    return (skr_part){ src, s, 0, len };
}

skr_part skr_part_trim(skr_part p, const char *bytes)
{
    skr_str text = skr_part_text(p), cut = skr_str_trim(text, bytes);
    p.from += (uint32_t)(cut.ptr - text.ptr);
    p.to = p.from + (uint32_t)cut.len;
    return p;
}

skr_span skr_part_span(skr_part p)
{
    if (!p.src)
        return (skr_span){ NULL, 0, 0 };
    if (!p.scalar)
        return (skr_span){ p.src, p.from, p.to };
    uint32_t at = skr_scalar_at(p.scalar, p.from);
    uint32_t end = p.to > p.from ? skr_scalar_at(p.scalar, p.to - 1) + 1 : at;
    return (skr_span){ p.src, at, end };
}
