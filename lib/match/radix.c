/* SPDX-License-Identifier: Apache-2.0 */
#include "radix.h"

#include <stdlib.h>

enum { WORD = sizeof(uint64_t) };

/* ---- Building: keys are sorted, and a node stands for a run of them that agree up to its depth ---- */

typedef struct run {
    size_t from, to, depth; /* keys [from, to) agree in their first `depth` bytes */
    uint32_t above;         /* values that a walk has found at most when it comes here */
} run;

typedef struct builder {
    skr_arena *a;
    const skr_radix_key *keys;
    SKR_VEC(skr_radix_node) nodes;
    SKR_VEC(run) runs; /* by node */
    uint32_t most;
} builder;

static int compare(const void *x, const void *y)
{
    const skr_radix_key *a = x, *b = y;
    int c = skr_str_cmp(a->key, b->key);
    return c ? c : (int)a->when - (int)b->when;
}

static size_t common_depth(const run *r, const skr_radix_key *keys)
{
    skr_str a = keys[r->from].key, b = keys[r->to - 1].key; /* sorted: what these two share, all do */
    size_t n = r->depth;
    while (n < a.len && n < b.len && a.ptr[n] == b.ptr[n])
        n++;
    return n;
}

static bool add_node(builder *b, size_t from, size_t to, size_t depth, uint32_t above)
{
    skr_radix_node node = { .values = { SKR_RADIX_NONE, SKR_RADIX_NONE, SKR_RADIX_NONE } };
    run r = { from, to, depth, above };
    return b->nodes.n < UINT16_MAX * (size_t)1024 && skr_vec_push(b->a->mem, &b->nodes, node) &&
           skr_vec_push(b->a->mem, &b->runs, r);
}

/* Completes node `at`: its label, the values of the keys that end there, its kids. */
static bool expand(builder *b, size_t at)
{
    run r = b->runs.v[at];
    size_t end = at == 0 ? 0 : common_depth(&r, b->keys), i = r.from;
    skr_radix_node *n = &b->nodes.v[at];
    if (at > 0) {
        n->label = b->keys[r.from].key.ptr + r.depth;
        n->label_len = (uint32_t)(end - r.depth);
    }
    for (; i < r.to && b->keys[i].key.len == end; i++) {
        n->values[b->keys[i].when] = b->keys[i].value;
        n->has_values = true;
        r.above++;
    }
    if (r.above > b->most)
        b->most = r.above;
    n->kids = (uint32_t)b->nodes.n;
    uint32_t count = 0;
    while (i < r.to) {
        size_t from = i;
        for (char c = b->keys[from].key.ptr[end]; i < r.to && b->keys[i].key.ptr[end] == c;)
            i++;
        if (!add_node(b, from, i, end, r.above))
            return false;
        count++;
    }
    b->nodes.v[at].kid_count = (uint16_t)count;
    return true;
}

/* Copies the labels side by side, with a word behind the last: each can be read in words. */
static bool settle_labels(builder *b)
{
    size_t size = WORD;
    for (size_t i = 0; i < b->nodes.n; i++)
        size += b->nodes.v[i].label_len;
    char *at = skr_arena_raw(b->a, size, 1);
    if (!at)
        return false;
    for (size_t i = 0; i < b->nodes.n; i++) {
        skr_radix_node *n = &b->nodes.v[i];
        if (n->label_len)
            memcpy(at, n->label, n->label_len);
        n->label = at;
        at += n->label_len;
    }
    memset(at, 0, WORD);
    return true;
}

static skr_radix *settle(builder *b)
{
    skr_radix *r = skr_arena_alloc(b->a, sizeof *r);
    skr_radix_node *nodes = skr_arena_array(b->a, b->nodes.n, sizeof *nodes);
    unsigned char *bytes = skr_arena_raw(b->a, b->nodes.n, 1);
    if (!r || !nodes || !bytes || !settle_labels(b))
        return NULL;
    memcpy(nodes, b->nodes.v, b->nodes.n * sizeof *nodes);
    for (size_t i = 0; i < b->nodes.n; i++)
        bytes[i] = nodes[i].label_len ? (unsigned char)nodes[i].label[0] : 0;
    for (uint32_t i = 0; i < nodes[0].kid_count; i++)
        r->first[bytes[nodes[0].kids + i]] = (uint16_t)(i + 1);
    r->nodes = nodes;
    r->bytes = bytes;
    r->most = b->most;
    return r;
}

static bool turn_round(skr_arena *a, skr_radix_key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *copy = skr_arena_raw(a, keys[i].key.len, 1);
        if (!copy)
            return false;
        for (size_t k = 0; k < keys[i].key.len; k++)
            copy[k] = keys[i].key.ptr[keys[i].key.len - 1 - k];
        keys[i].key.ptr = copy;
    }
    return true;
}

const skr_radix *skr_radix_new(skr_arena *a, skr_radix_key *keys, size_t count, bool backwards)
{
    builder b = { .a = a, .keys = keys };
    if (backwards && !turn_round(a, keys, count))
        return NULL;
    if (count)
        qsort(keys, count, sizeof *keys, compare);
    bool ok = add_node(&b, 0, count, 0, 0);
    for (size_t i = 0; ok && i < b.nodes.n; i++)
        ok = expand(&b, i);
    skr_radix *r = ok ? settle(&b) : NULL;
    if (r)
        r->backwards = backwards;
    for (size_t i = 0, at; r && i < count; i++)
        r->doubled = r->doubled || skr_str_find(keys[i].key, SKR_STR("//"), &at);
    skr_vec_free(a->mem, &b.nodes);
    skr_vec_free(a->mem, &b.runs);
    return r;
}

/* ---- Walking ---- */

static uint32_t take(const skr_radix_node *n, const char *rest, size_t len, uint32_t *found)
{
    uint32_t count = 0;
    if (!n->has_values)
        return 0;
    if (n->values[SKR_RADIX_PREFIX] != SKR_RADIX_NONE)
        found[count++] = n->values[SKR_RADIX_PREFIX];
    if (n->values[SKR_RADIX_WHOLE] != SKR_RADIX_NONE && len == 0)
        found[count++] = n->values[SKR_RADIX_WHOLE];
    if (n->values[SKR_RADIX_BELOW] != SKR_RADIX_NONE && (len == 0 || *rest == '/'))
        found[count++] = n->values[SKR_RADIX_BELOW];
    return count;
}

static const skr_radix_node *kid_of(const skr_radix *r, const skr_radix_node *n, unsigned char c)
{
    if (n == r->nodes)
        return r->first[c] ? &r->nodes[n->kids + r->first[c] - 1] : NULL;
    const unsigned char *bytes = r->bytes + n->kids;
    uint32_t lo = 0, hi = n->kid_count;
    while (hi - lo > 4) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (bytes[mid] <= c)
            lo = mid;
        else
            hi = mid;
    }
    for (; lo < hi; lo++)
        if (bytes[lo] == c)
            return &r->nodes[n->kids + lo];
    return NULL;
}

/* Bytes of the label that the text begins with; `left` of the text. */
static inline size_t agree(const char *text, size_t left, const skr_radix_node *n)
{
    const size_t most = left < n->label_len ? left : n->label_len;
    size_t i = 0;
    for (uint64_t x, y; i < most && i + WORD <= left; i += WORD) {
        memcpy(&x, text + i, WORD);
        memcpy(&y, n->label + i, WORD); /* may go on behind the label */
        if (x != y) {
            i += skr_first_byte(x ^ y);
            return i < most ? i : most;
        }
    }
    while (i < most && text[i] == n->label[i])
        i++;
    return i < most ? i : most;
}

static uint32_t walk_back(const skr_radix *r, skr_str text, uint32_t *found, size_t *in)
{
    const skr_radix_node *n = r->nodes;
    const char *end = text.ptr + text.len;
    uint32_t count = take(n, end, text.len, found);
    size_t left = text.len;
    while (left && (n = kid_of(r, n, (unsigned char)text.ptr[left - 1])) != NULL) {
        size_t i = 0, most = left < n->label_len ? left : n->label_len;
        while (i < most && text.ptr[left - 1 - i] == n->label[i])
            i++;
        left -= i;
        if (i < n->label_len)
            break;
        count += take(n, text.ptr + left - 1, left, found + count);
    }
    *in = text.len - left;
    return count;
}

uint32_t skr_radix_walk(const skr_radix *r, skr_str text, uint32_t *found, size_t *in)
{
    if (r->backwards)
        return walk_back(r, text, found, in);
    const skr_radix_node *n = r->nodes;
    const char *p = text.ptr;
    size_t left = text.len;
    uint32_t count = take(n, p, left, found);
    while (left && (n = kid_of(r, n, (unsigned char)*p)) != NULL) {
        const size_t same = agree(p, left, n);
        p += same;
        left -= same;
        if (same < n->label_len)
            break;
        count += take(n, p, left, found + count);
    }
    *in = text.len - left;
    return count;
}
