/* SPDX-License-Identifier: Apache-2.0 */
/* Do two bytes stand side by side somewhere in a text? Sixteen places are looked at in one step, which compilers make
 * vector instructions of. */
#ifndef SKR_PAIR_H
#define SKR_PAIR_H

#include "str.h"

typedef unsigned char skr_bytes8 __attribute__((vector_size(8)));
typedef unsigned char skr_bytes16 __attribute__((vector_size(16)));

static inline bool skr_bytes16_any(skr_bytes16 v)
{
    uint64_t words[2];
    memcpy(words, &v, sizeof words);
    return (words[0] | words[1]) != 0;
}

/* What is looked for: `first`, followed by `second` or by `third`. */
typedef struct skr_pair {
    unsigned char first, second, third;
} skr_pair;

static inline bool skr_is_pair(const char *p, skr_pair k)
{
    const unsigned char x = (unsigned char)p[0], y = (unsigned char)p[1];
    return x == k.first && (y == k.second || y == k.third);
}

/* Places from p on where there is one are marked. */
static inline skr_bytes8 skr_pairs8(const char *p, skr_pair k)
{
    skr_bytes8 x, y;
    memcpy(&x, p, sizeof x);
    memcpy(&y, p + 1, sizeof y);
    return (skr_bytes8)(x == k.first) & ((skr_bytes8)(y == k.second) | (skr_bytes8)(y == k.third));
}

static inline skr_bytes16 skr_pairs16(const char *p, skr_pair k)
{
    skr_bytes16 x, y;
    memcpy(&x, p, sizeof x);
    memcpy(&y, p + 1, sizeof y);
    return (skr_bytes16)(x == k.first) & ((skr_bytes16)(y == k.second) | (skr_bytes16)(y == k.third));
}

static inline bool skr_has_pair(skr_str s, skr_pair k)
{
    const size_t places = s.len ? s.len - 1 : 0;
    size_t i = 0;
    if (places >= 16) {
        skr_bytes16 found = skr_pairs16(s.ptr + places - 16, k); /* steps may overlap */
        for (; i + 16 < places; i += 16)
            found |= skr_pairs16(s.ptr + i, k);
        return skr_bytes16_any(found);
    }
    if (places >= 8) {
        const skr_bytes8 found = skr_pairs8(s.ptr, k) | skr_pairs8(s.ptr + places - 8, k);
        uint64_t word;
        memcpy(&word, &found, sizeof word);
        return word != 0;
    }
    for (; i < places; i++)
        if (skr_is_pair(s.ptr + i, k))
            return true;
    return false;
}

#endif
