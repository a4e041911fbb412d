/* SPDX-License-Identifier: Apache-2.0 */
/* "did you mean" */
#include "loader.h"

enum { MAX_TRIES = 1 << 16 }; /* names of definitions, in all */

bool skr_near_more(skr_loader *l)
{
    return !l->diags.full && l->tries < MAX_TRIES && ++l->tries;
}

skr_near skr_near_init(skr_str wrong)
{
    return (skr_near){ wrong, { "", 0 }, SIZE_MAX };
}

/* One slip in short words, two in longer ones, three in very long ones. Case does not count as a slip of its own. */
static size_t tolerance(skr_str s)
{
    return s.len < 3 ? 0 : s.len < 6 ? 1 : s.len < 16 ? 2 : 3;
}

void skr_near_try(skr_near *n, skr_str candidate)
{
    char a[64], b[64];
    if (n->wrong.len > sizeof a || candidate.len > sizeof b || skr_str_eq(n->wrong, candidate))
        return;
    for (size_t i = 0; i < n->wrong.len; i++)
        a[i] = skr_lower(n->wrong.ptr[i]);
    for (size_t i = 0; i < candidate.len; i++)
        b[i] = skr_lower(candidate.ptr[i]);
    size_t limit = tolerance(n->wrong);
    size_t d = skr_str_distance((skr_str){ a, n->wrong.len }, (skr_str){ b, candidate.len }, limit);
    if (d <= limit && d < n->distance) {
        n->best = candidate;
        n->distance = d;
    }
}

const char *skr_near_hint(skr_loader *l, const skr_near *n)
{
    return n->best.len ? skr_say(&l->diags, "did you mean '%.*s'?", SKR_S(n->best)) : NULL;
}
