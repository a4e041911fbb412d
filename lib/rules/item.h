/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the keys of one mapping: required and optional ones, with Falco's words for what is wrong. */
#ifndef SKR_ITEM_H
#define SKR_ITEM_H

#include "loader.h"

typedef struct skr_item {
    skr_loader *l;
    const skr_source *src;
    const skr_ynode *node; /* a mapping */
    skr_context context;
    skr_str name;            /* for diagnostics; may be empty */
    const char *noun;        /* "rule", "exception" ...       */
    const char *const *keys; /* that it may have, NULL-terminated; for hints */
    bool failed;
} skr_item;

static inline skr_place skr_node_place(const skr_source *src, const skr_ynode *n)
{
    return (skr_place){ src, n->at };
}
/* What to underline of a node: a scalar, or the start of a collection. */
skr_span skr_node_span(const skr_source *src, const skr_ynode *n);
/* The key's own scalar. */
skr_span skr_key_span(const skr_item *it, skr_str key);
/* What to underline for the whole item: the value of its first key, or that key. */
skr_span skr_item_span(const skr_item *it);

/* Reports an error about the item. Always false. */
bool skr_item_fail(skr_item *it, skr_code code, skr_span span, const skr_context *c, const char *falco,
                   const char *message, const char *hint);

/* The value of a key. NULL: absent, which is reported if `required`. */
const skr_ynode *skr_item_get(skr_item *it, skr_str key, bool required);
/* Each gives false if there is no sound value (reported unless it is absent and may be). */
bool skr_item_text(skr_item *it, skr_str key, bool required, skr_part *out);
bool skr_item_bool(skr_item *it, skr_str key, bool required, bool *out);
bool skr_item_u32(skr_item *it, skr_str key, uint32_t *out);
bool skr_read_u32(skr_str s, uint32_t *out); /* decimal, 0x hexadecimal or 0 octal */
/* Texts of a sequence, appended to `out`. *given: the key is there. */
bool skr_item_seq(skr_item *it, skr_str key, bool required, skr_parts *out, bool *given);

/* Warnings for keys that are not in it->keys, and for keys that stand twice. */
void skr_item_unknown_keys(skr_item *it);
void skr_item_double_keys(skr_item *it);

bool skr_is_null(const skr_ynode *n);
/* A part that outlives the tree of the file. */
bool skr_keep_scalar(skr_loader *l, const skr_scalar *s, const skr_source *src, skr_part *out);

#endif
