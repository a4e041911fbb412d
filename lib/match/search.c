/* SPDX-License-Identifier: Apache-2.0 */
#include "search.h"

#include "compat.h"

enum { SHORT_TEXT = 100 };

bool skr_contains(skr_str text, skr_str part)
{
    if (part.len == 0)
        return true;
    if (part.len > text.len)
        return false;
    if (text.len - part.len > SHORT_TEXT)
        return skr_memmem(text.ptr, text.len, part.ptr, part.len) != NULL;
    const char *last = text.ptr + (text.len - part.len); /* a table of shifts does not pay for so few places */
    for (const char *at = text.ptr; at <= last; at++) {
        at = memchr(at, part.ptr[0], (size_t)(last - at) + 1);
        if (!at || skr_same_bytes(at, part.ptr, part.len))
            return at != NULL;
    }
    return false;
}

bool skr_ieq(skr_str a, skr_str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (skr_lower(a.ptr[i]) != skr_lower(b.ptr[i]))
            return false;
    return true;
}

double skr_chance(char c)
{
    static const char common[] =
        " -etaoinsrldcuhmpfgbyvw/._0123456789"; /* as if each were as frequent as it stands early */
    enum { COUNT = sizeof common - 1, SUM = COUNT * (COUNT + 1) / 2 };
    const char *at = c ? strchr(common, skr_lower(c)) : NULL;
    return at ? (double)(COUNT - (at - common)) / SUM : 0;
}

bool skr_ipart_init(skr_ipart *p, skr_arena *a, skr_str part)
{
    char *lower = skr_arena_raw(a, part.len + 1, 1);
    if (!lower)
        return false;
    memset(p, 0, sizeof *p);
    for (size_t i = 0; i < part.len; i++) {
        lower[i] = skr_lower(part.ptr[i]);
        if (skr_chance(lower[i]) < skr_chance(lower[p->anchor]))
            p->anchor = i;
    }
    p->lower = (skr_str){ lower, part.len };
    p->small = part.len ? lower[p->anchor] : '\0';
    p->large = skr_upper(p->small);
    return true;
}

/* The next place of `c` at or behind `from`; text.len: none. */
static size_t next_byte(skr_str text, size_t from, char c)
{
    const char *at = from < text.len ? memchr(text.ptr + from, c, text.len - from) : NULL;
    return at ? (size_t)(at - text.ptr) : text.len;
}

/* Looks for the anchor in both cases with memchr, each text byte being passed once for each case, and compares around
 * what it finds. */
bool skr_icontains(skr_str text, const skr_ipart *p)
{
    size_t len = p->lower.len;
    if (len == 0)
        return true;
    if (len > text.len)
        return false;
    size_t end = text.len - (len - p->anchor - 1); /* the anchor stands before this byte */
    skr_str within = { text.ptr, end };
    size_t small = next_byte(within, p->anchor, p->small);
    size_t large = p->small == p->large ? end : next_byte(within, p->anchor, p->large);
    while (small < end || large < end) {
        size_t at = small < large ? small : large;
        if (skr_ieq(p->lower, (skr_str){ text.ptr + (at - p->anchor), len }))
            return true;
        if (at == small)
            small = next_byte(within, small + 1, p->small);
        else
            large = next_byte(within, large + 1, p->large);
    }
    return false;
}
