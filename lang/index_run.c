/* SPDX-License-Identifier: Apache-2.0 */
/* An index asked about the event at hand. */
#include "compat.h"
#include "index_run.h"
#include "pair.h"
#include "strset.h"

/* ---- Candidates ---- */

static inline void add_candidate(skr_finding *f, uint32_t entry)
{
    saker_eval *ev = f->ev;
    if (ev->seen[entry] == ev->epoch)
        return;
    ev->seen[entry] = ev->epoch;
    ev->candidates[f->count++] = entry; /* has room for every entry of the largest list */
}

static inline bool is_live(const skr_leaf *leaf, uint32_t group)
{
    return leaf->live[group / 64] >> group % 64 & 1;
}

/* Entries of a list; where an index of its own follows, that is asked later. */
static inline void add_list(skr_finding *f, const uint32_t *entries, uint32_t count, uint32_t sub)
{
    saker_eval *ev = f->ev;
    if (sub == SKR_NO_ID) {
        for (uint32_t i = 0; i < count; i++)
            add_candidate(f, entries[i]);
    } else if (ev->sub_seen[sub] != ev->epoch) {
        ev->sub_seen[sub] = ev->epoch;
        ev->subs[f->sub_count++] = sub;
    }
}

static void add_posting(void *ctx, uint32_t posting)
{
    skr_finding *f = ctx;
    const skr_posting *p = &f->ix->postings[posting];
    for (uint32_t r = p->first; r < p->first + p->count; r++) {
        const skr_run *run = &f->ix->runs[r];
        if (is_live(f->leaf, run->group))
            add_list(f, f->ix->posted + run->first, run->count, run->sub);
    }
}

/* ---- Look-ups ---- */

/* Could the path have doubled slashes, or none in front, where a key has its components? Keys have none doubled, so the
 * walk ended there: after `in` bytes. */
static bool is_odd_path(const skr_family *fam, skr_str path, size_t in)
{
    if (!path.len || path.ptr[0] != '/')
        return true;
    if (SKR_UNLIKELY(fam->radix->doubled))
        return skr_has_pair(path, (skr_pair){ '/', '/', '/' });
    return in && in < path.len && path.ptr[in] == '/' && path.ptr[in - 1] == '/';
}

static void probe_radix(skr_finding *f, const skr_family *fam, skr_str text)
{
    size_t in;
    uint32_t *found = f->ev->found, n = skr_radix_walk(fam->radix, text, found, &in);
    for (uint32_t i = 0; i < n; i++)
        add_posting(f, found[i]);
    if (fam->below != SKR_NO_ID && SKR_UNLIKELY(is_odd_path(fam, text, in)))
        add_posting(f, fam->below);
}

static void probe_set(skr_finding *f, const skr_family *fam, const saker_value *v)
{
    uint64_t room;
    const size_t at = skr_strset_find(fam->set, skr_set_key(v, &room));
    if (at != SIZE_MAX)
        add_posting(f, fam->kind == SKR_FAM_SET ? fam->always : fam->values[at]);
}

static inline void probe_value(skr_finding *f, const skr_family *fam, const saker_value *v)
{
    if (fam->grams)
        skr_grams_scan(fam->grams, (skr_str){ v->as.s, v->len }, add_posting, f);
    else if (fam->radix)
        probe_radix(f, fam,
                    SKR_UNLIKELY(fam->kind == SKR_FAM_ADDRESS) ? (skr_str){ (const char *)v->as.ip, v->len }
                                                               : (skr_str){ v->as.s, v->len });
    else
        probe_set(f, fam, v);
}

static SKR_APART void probe_values(skr_finding *f, const skr_family *fam, const skr_held *h)
{
    for (uint32_t i = 0; i < h->count; i++)
        probe_value(f, fam, &skr_held_values(f->ev, h)[i]);
}

static inline void probe(skr_finding *f, const skr_family *fam)
{
    const skr_held *h = skr_slot_get(f->ev, fam->slot);
    f->ev->stats.probes++;
    if (SKR_LIKELY(h->count == 1))
        probe_value(f, fam, &h->one);
    else
        probe_values(f, fam, h);
}

/* ---- Gates ---- */

/* One that takes more than a comparison, or that a profile has asked already. */
static SKR_APART bool ask_gate(saker_eval *ev, const skr_gate *g)
{
    return g->check != SKR_NO_ID ? skr_eval_ask(ev, g->check) : skr_eval_ask_code(ev, &ev->p->codes[g->code]);
}

static inline bool test_gate(const skr_gate *g, const saker_value *v)
{
    switch ((skr_gate_test)g->test) {
    case SKR_GATE_BOOL:
        return v->as.b;
    case SKR_GATE_RANGE:
        return v->as.u - g->as.range.base <= g->as.range.width;
    case SKR_GATE_BYTE:
        return v->len == 1 && *v->as.s == g->as.byte;
    default:
        return v->len == g->as.text.len && skr_same_bytes(v->as.s, g->as.text.ptr, v->len);
    }
}

/* No gate is asked twice on the way to a leaf: whether its answer is known need not be looked at. */
static inline bool pass_gate(saker_eval *ev, const skr_gate *g)
{
    if (g->test == SKR_GATE_ASK || SKR_UNLIKELY(ev->profile != NULL))
        return ask_gate(ev, g);
    ev->stats.checks++;
    const skr_held *h = skr_slot_get_field(ev, g->slot);
    const bool is = h->count == 1 && test_gate(g, &h->one) != g->negate;
    ev->known[g->check] = ev->epoch << 1 | is;
    return is;
}

static const skr_leaf *find_leaf(saker_eval *ev, const skr_index *ix)
{
    uint32_t at = ix->root;
    while (!(at & SKR_LEAF)) {
        const skr_gate *g = &ix->gates[at];
        at = pass_gate(ev, g) ? g->yes : g->no;
    }
    return &ix->leaves[at & ~SKR_LEAF];
}

/* Candidates in the order of the rules. There are few, or so many that what follows costs far more. */
static SKR_APART void sort(uint32_t *v, uint32_t n)
{
    for (uint32_t gap = n > 16 ? n / 2 : 1; n > 1 && gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11)
        for (uint32_t i = gap; i < n; i++) {
            uint32_t x = v[i], k = i;
            for (; k >= gap && v[k - gap] > x; k -= gap)
                v[k] = v[k - gap];
            v[k] = x;
        }
}

/* Looks up what the rules of an index ask for, once its gates have said which of them are live. */
static void look(skr_finding *f, const skr_index *ix, const skr_leaf *leaf)
{
    f->ix = ix;
    f->leaf = leaf;
    for (uint32_t i = 0; i < leaf->family_count; i++)
        probe(f, &ix->families[ix->leaf_families[leaf->first_family + i]]);
    for (uint32_t i = 0; i < leaf->group_count; i++) {
        const skr_group *g = &ix->groups[ix->leaf_groups[leaf->first_group + i]];
        add_list(f, ix->direct + g->first, g->count, g->sub);
    }
}

void skr_index_find(saker_eval *ev, const skr_index *ix, uint32_t *count)
{
    const uint64_t checks = ev->stats.checks;
    const skr_leaf *leaf = find_leaf(ev, ix);
    ev->stats.gates += ev->stats.checks - checks;
    ev->stats.checks = checks;
    skr_finding f = { .ev = ev };
    look(&f, ix, leaf);
    for (uint32_t i = 0; i < f.sub_count; i++) { /* more may come behind */
        const skr_index *sub = ix->subs[ev->subs[i]];
        look(&f, sub, find_leaf(ev, sub));
    }
    if (f.count > 1)
        sort(ev->candidates, f.count);
    *count = f.count;
}
