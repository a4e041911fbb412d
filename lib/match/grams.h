/* SPDX-License-Identifier: Apache-2.0 */
/* Many substrings in one scan, whatever the case of their ASCII letters. Each pattern is filed under some of its grams
 * (2 to 4 bytes in a row), enough of them that the scan need look at every second, third ... eighth gram of the text
 * only; each is looked up in a bitmap that fits the first cache. Few patterns are looked for by two bytes of each
 * before that. What is found is a superset for patterns that are to match in their own case only. Includes only base.
 */
#ifndef SKR_GRAMS_H
#define SKR_GRAMS_H

#include "pair.h"

enum { SKR_GRAM_MIN = 2, SKR_GRAM_MAX = 4 };

typedef struct skr_gram_entry {
    skr_str lower; /* the pattern in lower case */
    uint32_t gram; /* one of its grams, folded  */
    uint32_t offset;
    uint32_t value;
    uint32_t next; /* with the same hash, + 1; 0: none */
} skr_gram_entry;

typedef struct skr_gram_table { /* patterns of 2, of 3, and of more bytes */
    unsigned gram, step;        /* bytes of a gram; grams of the text that may be left out, + 1 */
    unsigned bit_shift, head_shift;
    const uint64_t *bits;  /* by the upper bits of the hash */
    const uint32_t *heads; /* by fewer of them, + 1 */
    skr_gram_entry *entries;
    uint32_t count;
} skr_gram_table;

enum { SKR_MOST_PAIRS = 6 };

typedef struct skr_grams {
    const skr_gram_table *tables[SKR_GRAM_MAX + 1]; /* by length of the gram; NULL: no pattern */
    /* every pattern has one of some pairs of bytes in it, letters being in lower case */
    skr_bytes16 first[SKR_MOST_PAIRS], second[SKR_MOST_PAIRS]; /* each sixteen times the same byte; asked by twos */
    unsigned pair_count;                                       /* 0: there are too many                           */
} skr_grams;

typedef struct skr_gram_pattern {
    skr_str text;
    uint32_t value;
} skr_gram_pattern;

/* Patterns have SKR_GRAM_MIN bytes at least. NULL: out of memory. */
const skr_grams *skr_grams_new(skr_arena *a, const skr_gram_pattern *patterns, size_t count);

/* Calls `fn` with the value of each pattern that is found, perhaps more than once. */
void skr_grams_scan(const skr_grams *g, skr_str text, void (*fn)(void *ctx, uint32_t value), void *ctx);

#endif
