/* SPDX-License-Identifier: Apache-2.0 */
/* Immutable radix tree: all keys that a text begins with (or, backwards, ends with), in one walk that stops where the
 * text leaves the tree. Includes only base. */
#ifndef SKR_RADIX_H
#define SKR_RADIX_H

#include "str.h"

/* When a key counts: for any text that begins with it; for the text that it is; or for the text that it is and the
 * paths below it (the text goes on with a '/'). */
typedef enum skr_radix_when { SKR_RADIX_PREFIX, SKR_RADIX_WHOLE, SKR_RADIX_BELOW, SKR_RADIX_WHENS } skr_radix_when;

typedef struct skr_radix_key {
    skr_str key;
    skr_radix_when when;
    uint32_t value;
} skr_radix_key;

#define SKR_RADIX_NONE UINT32_MAX

typedef struct skr_radix_node {
    const char *label; /* what has to follow, the byte that led here included */
    uint32_t label_len;
    uint32_t kids; /* index of the first; they stand side by side */
    uint16_t kid_count;
    bool has_values;
    uint32_t values[SKR_RADIX_WHENS];
} skr_radix_node;

typedef struct skr_radix {
    const skr_radix_node *nodes; /* 0: the root, with an empty label */
    const unsigned char *bytes;  /* by node: first byte of its label */
    uint16_t first[256];         /* kid of the root by byte, + 1; 0: none */
    bool backwards;              /* keys and texts are read from their ends */
    bool doubled;                /* some key has two slashes in a row       */
    uint32_t most;               /* values that one walk can find */
} skr_radix;

/* Keys with the same text and `when` must have been made one. The texts must live as long as the tree; `keys` is sorted
 * in place (and, for a tree read backwards, holds copies in the arena afterwards). NULL: out of memory. */
const skr_radix *skr_radix_new(skr_arena *a, skr_radix_key *keys, size_t count, bool backwards);

/* Values of all keys that count for `text` into `found`, which has room for r->most. Returns how many. *in: bytes of
 * the text that are in the tree, in front (or, backwards, at the end). */
uint32_t skr_radix_walk(const skr_radix *r, skr_str text, uint32_t *found, size_t *in);

#endif
