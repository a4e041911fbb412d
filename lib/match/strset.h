/* SPDX-License-Identifier: Apache-2.0 */
/* Immutable set of byte strings: built once in an arena, one look-up for `in (...)`. Includes only base. */
#ifndef SKR_STRSET_H
#define SKR_STRSET_H

#include "str.h"

typedef struct skr_strset {
    const skr_str *items; /* sorted by skr_str_cmp, each once */
    size_t count;
    uint64_t content; /* hash of the contents: equal sets have equal hashes, however they were written */
    /* what the look-up needs */
    const uint32_t *slots; /* index + 1 into items, 0: free; NULL: no table is good */
    const uint32_t *tags;  /* part of the hash, by slot     */
    size_t mask;
    uint64_t seed;
    uint64_t lengths;   /* bit min(len, 63) for every item */
    uint64_t firsts[4]; /* bit of every first byte          */
} skr_strset;

/* The bytes of the strings must live as long as the set; the array need not. false: out of memory (or more than
 * 2^31 strings). */
bool skr_strset_init(skr_strset *s, skr_arena *a, const skr_str *strings, size_t count);
bool skr_strset_has(const skr_strset *s, skr_str v);
size_t skr_strset_find(const skr_strset *s, skr_str v); /* its index in `items`, or SIZE_MAX */
bool skr_strset_eq(const skr_strset *a, const skr_strset *b);

#endif
