/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of the state: immutable, shared, reference-counted. A text is handed around as a plain skr_str whose bytes lie
 * inside a counted block, so readers need to know nothing of it; the empty text has no block. Short texts made lately
 * are found again, so that opening one path a thousand times keeps one copy and allocates nothing. */
#ifndef SKR_TEXTREF_H
#define SKR_TEXTREF_H

#include "compat.h"
#include "found.h"

typedef struct skr_text {
    uint32_t refs, len, hash; /* of a short one */
    char bytes[];
} skr_text;

enum { SKR_TEXTS_RECENT = 1024, SKR_TEXTS_SHORT = 256 };

typedef struct skr_texts {
    skr_mem *mem;
    uint64_t seed;
    uint64_t nomem; /* texts that became empty for want of memory */
    skr_text *recent[SKR_TEXTS_RECENT];
} skr_texts;

void skr_texts_init(skr_texts *x, skr_mem *mem, uint64_t seed);
void skr_texts_free(skr_texts *x); /* only what it remembers itself: every other reference must be gone */

/* A reference for the caller to a text of these bytes; the empty text when memory ran out (counted). */
skr_str skr_text_make(skr_texts *x, skr_str bytes);
void skr_text_release(skr_texts *x, skr_text *t);
/* What was found in a text that is not short; NULL: nothing is noted (it is, or memory ran out). */
skr_finds *skr_text_finds(skr_texts *x, skr_str s);

static inline skr_text *skr_text_block(skr_str s)
{
    return (skr_text *)(uintptr_t)(s.ptr - offsetof(skr_text, bytes));
}
static inline skr_str skr_text_share(skr_str s)
{
    if (s.len)
        skr_text_block(s)->refs++;
    return s;
}
static inline void skr_text_drop(skr_texts *x, skr_str s)
{
    if (s.len && --skr_text_block(s)->refs == 0)
        skr_text_release(x, skr_text_block(s));
}
/* Replaces *at by a text of these bytes; what is equal stays. */
void skr_text_set(skr_texts *x, skr_str *at, skr_str bytes);
/* Replaces *at by another holder's text. */
static inline void skr_text_copy(skr_texts *x, skr_str *at, skr_str text)
{
    skr_text_share(text);
    skr_text_drop(x, *at);
    *at = text;
}

#endif
