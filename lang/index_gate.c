/* SPDX-License-Identifier: Apache-2.0 */
/* Gates: the facts that a list of rules shares, groups of rules with equal gates, and the graph that finds the groups
 * whose gates are open by asking no more facts than it must. */
#include "index_build.h"

#include <stdlib.h>

enum { MOST_NODES = 4096, MOST_LEAVES = 2048, MOST_SUB_NODES = 256, MOST_SUB_FACTS = 16, MOST_VALUES = 4 };

/* ---- Facts ---- */

/* A plain comparison of a plain value. */
static bool is_plain(const skr_index_builder *b, const skr_check *c)
{
    const skr_slot *s = &b->p->slots.v[c->slot];
    return s->kind == SKR_EXPR_FIELD && !s->is_list && !s->any && !s->pair && c->right == SKR_NO_ID;
}

static bool is_number_test(const skr_check *c)
{
    return c->pred >= SKR_P_BOOL_EQ && c->pred <= SKR_P_UINT_GE;
}

static bool is_short_text_test(const skr_check *c)
{
    return (c->pred == SKR_P_STR_EQ || c->pred == SKR_P_STR_NE) && c->as.v.len <= 8;
}

/* Texts are facts when several rules ask for them; a text of one byte is a flag. */
static bool can_be_fact(const skr_index_builder *b, uint32_t residue, uint32_t rules)
{
    const skr_residue *r = &b->rs->all.v[residue];
    if (r->kind == SKR_R_AND || r->kind == SKR_R_OR) {
        if (r->count > 4)
            return false;
        for (uint32_t i = 0; i < r->count; i++)
            if (!can_be_fact(b, r->kids[i], rules))
                return false;
        return true;
    }
    const skr_check *c = &b->p->checks.v[r->check];
    if (!is_plain(b, c))
        return false;
    if (is_number_test(c))
        return true;
    if (!is_short_text_test(c))
        return false;
    return rules >= 3 || c->as.v.len <= 1;
}

/* In an index of rules that share something already, whatever several of them ask is asked for all of them. */
static bool can_be_shared(const skr_index_builder *b, uint32_t rules)
{
    return rules >= 2 && rules >= b->count / 8;
}

const uint32_t *skr_index_parts(const skr_index_builder *b, uint32_t i, uint32_t *count, uint32_t *room)
{
    *room = b->rs->of_code.v[b->entries[i].code];
    const skr_residue *r = &b->rs->all.v[*room];
    if (r->kind == SKR_R_AND) {
        *count = r->count;
        return r->kids;
    }
    *count = r->kind == SKR_R_TRUE ? 0 : 1;
    return room;
}

/* Does the fact of a check hold on few events? A check that asks for one value does, as a guess; but 0 is what a number
 * is when it says nothing. */
static bool is_rare(const skr_index_builder *b, uint32_t check)
{
    if (check == SKR_NO_ID)
        return false;
    const skr_check *c = &b->p->checks.v[check];
    if (c->pred == SKR_P_INT_EQ || c->pred == SKR_P_UINT_EQ)
        return c->as.v.as.u != 0;
    return c->pred == SKR_P_BOOL_EQ || c->pred == SKR_P_STR_EQ;
}

static int by_worth(const void *x, const void *y)
{
    const skr_fact *a = x, *b = y;
    if (a->worth < b->worth || a->worth > b->worth)
        return a->worth < b->worth ? 1 : -1;
    return (a->residue > b->residue) - (a->residue < b->residue);
}

/* A fact and its negation are one: the fact of a check is that the check is true. */
static size_t fact_key(const skr_index_builder *b, uint32_t residue)
{
    const skr_residue *r = &b->rs->all.v[residue];
    return r->kind == SKR_R_CHECK ? (size_t)r->check << 1 : (size_t)residue << 1 | 1;
}

static skr_str key_text(const size_t *key)
{
    return (skr_str){ (const char *)key, sizeof *key };
}

typedef struct skr_tally {
    size_t key;
    uint32_t residue, rules;
    uint32_t bare; /* of the rules: have nothing good to look up */
} tally;

/* Has the rule a clause that few events have? */
static bool is_bare(skr_index_builder *b, const uint32_t *parts, uint32_t count)
{
    for (uint32_t k = 0; k < count; k++) {
        const skr_clause *c = skr_witness_of(b->w, parts[k]);
        if (c && c->count && c->chance < 0.05 && !can_be_fact(b, parts[k], 1))
            return false;
    }
    return true; /* also when memory ran out, which shows later */
}

/* Counts how many rules ask for each part. */
static bool count_parts(skr_index_builder *b, uint32_t *n)
{
    tally *tallies = b->tallies;
    for (uint32_t i = 0; i < b->count; i++) {
        uint32_t count, room;
        const uint32_t *parts = skr_index_parts(b, i, &count, &room);
        const bool bare = !b->above && is_bare(b, parts, count);
        for (uint32_t k = 0; k < count; k++) {
            if (skr_index_is_done(b, i, parts[k]))
                continue;
            tally *t = &tallies[*n];
            *t = (tally){ fact_key(b, parts[k]), parts[k], 0, 0 };
            size_t at = skr_map_add(&b->tally_ids, key_text(&t->key), *n);
            if (at == SIZE_MAX)
                return false;
            *n += at == *n;
            tallies[at].rules++;
            tallies[at].bare += bare;
        }
    }
    return true;
}

static uint32_t total_parts(const skr_index_builder *b)
{
    uint32_t total = 0, count, room;
    for (uint32_t i = 0; i < b->count; i++) {
        skr_index_parts(b, i, &count, &room);
        total += count;
    }
    return total;
}

uint32_t skr_index_sharing(const skr_index_builder *b, uint32_t part)
{
    size_t key = fact_key(b, part), at = skr_map_get(&b->tally_ids, key_text(&key));
    return at == SIZE_MAX ? 1 : b->tallies[at].rules;
}

/* Does the part say which values a slot may have, and no more? The slot; SKR_NO_ID: no. */
static uint32_t slot_of_values(const skr_index_builder *b, uint32_t residue)
{
    const skr_residue *r = &b->rs->all.v[residue];
    if (r->kind == SKR_R_OR) {
        const uint32_t slot = slot_of_values(b, r->kids[0]);
        for (uint32_t i = 1; i < r->count; i++)
            if (slot_of_values(b, r->kids[i]) != slot)
                return SKR_NO_ID;
        return slot;
    }
    const skr_check *c = r->kind == SKR_R_CHECK && !r->negated ? &b->p->checks.v[r->check] : NULL;
    const bool is = c && (c->pred == SKR_P_INT_EQ || c->pred == SKR_P_UINT_EQ || c->pred == SKR_P_STR_EQ);
    return is ? c->slot : SKR_NO_ID;
}

/* Should a part that can be a fact be one? Where rules ask for many values of one slot, a look-up says which of them
 * are there; and what holds on most events and few rules ask is no use to rules that a look-up rules out. */
static bool should_be_fact(const skr_index_builder *b, const tally *t, const uint32_t *values)
{
    const uint32_t slot = slot_of_values(b, t->residue);
    if (slot != SKR_NO_ID && values[slot] > MOST_VALUES && t->rules < b->count / 16)
        return false;
    const skr_residue *r = &b->rs->all.v[t->residue];
    const bool few = t->rules == 1 || t->rules <= b->count / 16;
    if (few && !t->bare && !is_rare(b, r->kind == SKR_R_CHECK ? r->check : SKR_NO_ID))
        return false;
    return t->rules >= b->count / 512;
}

static bool add_fact(skr_index_builder *b, const tally *t)
{
    const skr_residue *r = &b->rs->all.v[t->residue];
    skr_fact f = { r->kind == SKR_R_CHECK ? r->check : SKR_NO_ID, t->residue, r->cost, t->rules, 0 };
    const double says_no = b->above ? 1.05 - (double)r->truth : is_rare(b, f.check) ? 0.7 : 0.2;
    f.worth = f.rules * says_no / (f.cost + 1.0);
    return skr_vec_push(b->mem, &b->facts, f);
}

static bool find_facts(skr_index_builder *b)
{
    uint32_t n = 0, *values = skr_arena_array(&b->tmp, b->p->slots.n, sizeof *values);
    b->tallies = skr_arena_array(&b->tmp, (size_t)total_parts(b) + 1, sizeof *b->tallies);
    bool ok = (values || !b->p->slots.n) && b->tallies && count_parts(b, &n);
    for (uint32_t i = 0; ok && i < n; i++) {
        const uint32_t slot = slot_of_values(b, b->tallies[i].residue);
        if (slot != SKR_NO_ID)
            values[slot]++;
    }
    for (uint32_t i = 0; ok && i < n; i++) {
        const tally *t = &b->tallies[i];
        if (b->above ? can_be_shared(b, t->rules)
                     : can_be_fact(b, t->residue, t->rules) && should_be_fact(b, t, values))
            ok = add_fact(b, t);
    }
    if (b->facts.n)
        qsort(b->facts.v, b->facts.n, sizeof *b->facts.v, by_worth);
    const size_t most = b->above ? MOST_SUB_FACTS : SKR_MOST_FACTS;
    if (b->facts.n > most)
        b->facts.n = most;
    return ok;
}

/* ---- Groups ---- */

bool skr_index_is_fact(const skr_index_builder *b, uint32_t residue)
{
    size_t key = fact_key(b, residue);
    return skr_map_get(&b->fact_ids, key_text(&key)) != SIZE_MAX;
}

bool skr_index_is_done(const skr_index_builder *b, uint32_t i, uint32_t part)
{
    for (; b->above; b = b->above) {
        i = b->in_above[i];
        const skr_item *item = &b->above->items[i];
        if ((item->chosen >= 0 && item->choices[item->chosen].part == part) || skr_index_is_fact(b->above, part))
            return true;
    }
    return false;
}

static skr_needs needs_of(const skr_index_builder *b, uint32_t i)
{
    skr_needs needs = { 0, 0 };
    uint32_t count, room;
    const uint32_t *parts = skr_index_parts(b, i, &count, &room);
    for (uint32_t k = 0; k < count; k++) {
        size_t key = fact_key(b, parts[k]), f = skr_map_get(&b->fact_ids, key_text(&key));
        if (f == SIZE_MAX) /* a part that is done is no fact */
            continue;
        if (b->rs->all.v[parts[k]].kind == SKR_R_CHECK && b->rs->all.v[parts[k]].negated)
            needs.no |= UINT64_C(1) << f;
        else
            needs.yes |= UINT64_C(1) << f;
    }
    return needs;
}

/* How likely is it that a group's gate is open? Checks that ask for one value are rarely true. */
static double chance_open(const skr_index_builder *b, skr_needs needs)
{
    double chance = 1;
    for (size_t f = 0; f < b->facts.n; f++) {
        bool yes = needs.yes >> f & 1, no = needs.no >> f & 1;
        if (!yes && !no)
            continue;
        chance *= yes && is_rare(b, b->facts.v[f].check) ? 0.5 : 0.9;
    }
    return chance;
}

static bool find_groups(skr_index_builder *b)
{
    skr_map group_ids;
    size_t *keys = skr_arena_array(&b->tmp, b->facts.n + 1, sizeof *keys);
    skr_needs *kept = skr_arena_array(&b->tmp, (size_t)b->count + 1, sizeof *kept);
    bool ok = keys && kept;
    skr_map_init(&group_ids, b->mem);
    for (size_t f = 0; ok && f < b->facts.n; f++) {
        keys[f] = fact_key(b, b->facts.v[f].residue);
        ok = skr_map_add(&b->fact_ids, key_text(&keys[f]), f) != SIZE_MAX;
    }
    for (uint32_t i = 0; ok && i < b->count; i++) {
        kept[i] = needs_of(b, i);
        skr_str key = { (const char *)&kept[i], sizeof kept[i] };
        size_t g = skr_map_add(&group_ids, key, b->needs.n);
        ok = g != SIZE_MAX && (g < b->needs.n || skr_vec_push(b->mem, &b->needs, kept[i]));
        b->items[i].group = (uint32_t)g;
    }
    skr_map_free(&group_ids);
    b->open = ok ? skr_arena_array(&b->tmp, b->needs.n, sizeof *b->open) : NULL;
    for (size_t g = 0; b->open && g < b->needs.n; g++)
        b->open[g] = chance_open(b, b->needs.v[g]);
    return b->open != NULL;
}

bool skr_index_gates(skr_index_builder *b)
{
    return find_facts(b) && find_groups(b);
}

/* ---- Graph ---- */

typedef struct graph {
    skr_index_builder *b;
    size_t words; /* of a set of groups */
    skr_map nodes, leaves;
    SKR_VEC(skr_gate) gates;
    SKR_VEC(const uint64_t *) live; /* by leaf */
    bool failed;
} graph;

static bool has(const uint64_t *set, size_t i)
{
    return set[i / 64] >> i % 64 & 1;
}

static uint32_t leaf_of(graph *g, const uint64_t *alive)
{
    skr_str key = { (const char *)alive, g->words * sizeof *alive };
    size_t at = skr_map_get(&g->leaves, key);
    if (at == SIZE_MAX) {
        at = g->live.n;
        if (!skr_vec_push(g->b->mem, &g->live, alive) || skr_map_add(&g->leaves, key, at) == SIZE_MAX)
            g->failed = true;
    }
    return (uint32_t)at | SKR_LEAF;
}

/* The groups that are still possible when fact f turns out to be `is`. */
static uint64_t *without(graph *g, const uint64_t *alive, size_t f, bool is)
{
    uint64_t *left = skr_arena_array(&g->b->tmp, g->words, sizeof *left);
    if (!left) {
        g->failed = true;
        return NULL;
    }
    for (size_t i = 0; i < g->b->needs.n; i++) {
        uint64_t against = is ? g->b->needs.v[i].no : g->b->needs.v[i].yes;
        if (has(alive, i) && !(against >> f & 1))
            left[i / 64] |= UINT64_C(1) << i % 64;
    }
    return left;
}

static uint32_t expand(graph *g, size_t f, const uint64_t *alive);

static uint32_t node_of(graph *g, size_t f, const uint64_t *alive)
{
    const skr_fact *fact = &g->b->facts.v[f];
    uint64_t *yes = without(g, alive, f, true), *no = without(g, alive, f, false);
    if (g->failed)
        return SKR_LEAF;
    size_t at = g->gates.n;
    uint32_t code = fact->check == SKR_NO_ID ? skr_residue_code(g->b->rs, fact->residue) : SKR_NO_ID;
    skr_gate gate = { .check = fact->check, .code = code };
    if ((fact->check == SKR_NO_ID && code == SKR_NO_ID) || !skr_vec_push(g->b->mem, &g->gates, gate)) {
        g->failed = true;
        return SKR_LEAF;
    }
    uint32_t on_yes = expand(g, f + 1, yes), on_no = expand(g, f + 1, no);
    g->gates.v[at].yes = on_yes;
    g->gates.v[at].no = on_no;
    return (uint32_t)at;
}

/* The node for the groups that are alive once the facts before f are known. Where the graph grows too large it ends in
 * a leaf: more groups than need be are live there. */
static uint32_t expand(graph *g, size_t f, const uint64_t *alive)
{
    uint64_t asked = 0;
    for (size_t i = 0; i < g->b->needs.n; i++)
        if (has(alive, i))
            asked |= g->b->needs.v[i].yes | g->b->needs.v[i].no;
    while (f < g->b->facts.n && !(asked >> f & 1))
        f++;
    const size_t most = g->b->above ? MOST_SUB_NODES : MOST_NODES;
    if (g->failed || f == g->b->facts.n || g->gates.n >= most || g->live.n >= MOST_LEAVES)
        return leaf_of(g, alive);
    uint64_t *key = skr_arena_array(&g->b->tmp, g->words + 1, sizeof *key);
    if (!key) {
        g->failed = true;
        return SKR_LEAF;
    }
    key[0] = f;
    memcpy(key + 1, alive, g->words * sizeof *key);
    skr_str text = { (const char *)key, (g->words + 1) * sizeof *key };
    size_t at = skr_map_get(&g->nodes, text);
    if (at == SIZE_MAX) {
        at = node_of(g, f, alive);
        if (skr_map_add(&g->nodes, text, at) == SIZE_MAX)
            g->failed = true;
    }
    return (uint32_t)at;
}

/* ---- What a leaf asks for ---- */

static bool families_of_groups(skr_index_builder *b, uint64_t **sets, size_t words)
{
    uint64_t *all = skr_arena_array(&b->tmp, b->needs.n * words, sizeof *all);
    if (!all && b->needs.n && words)
        return false;
    for (uint32_t i = 0; i < b->count; i++) {
        const skr_item *item = &b->items[i];
        if (item->chosen < 0)
            continue;
        const skr_choice *c = &item->choices[item->chosen];
        for (uint32_t k = 0; k < c->count; k++) {
            uint32_t f = b->used.v[c->first + k];
            all[item->group * words + f / 64] |= UINT64_C(1) << f % 64;
        }
    }
    *sets = all;
    return true;
}

static bool settle_leaves(graph *g, const skr_group *groups, const uint32_t *family_at)
{
    skr_index_builder *b = g->b;
    const size_t words = (b->families.n + 63) / 64, n = g->live.n;
    uint64_t *sets, *need = skr_arena_array(&b->tmp, words, sizeof *need);
    SKR_VEC(uint32_t) with_direct = { NULL, 0, 0 }, families = { NULL, 0, 0 };
    skr_leaf *leaves = skr_arena_array(&b->p->arena, n, sizeof *leaves);
    bool ok = leaves && (need || !words) && families_of_groups(b, &sets, words);
    for (size_t l = 0; ok && l < n; l++) {
        uint64_t *live = skr_arena_array(&b->p->arena, g->words, sizeof *live);
        if (!(ok = live != NULL))
            break;
        memcpy(live, g->live.v[l], g->words * sizeof *live);
        leaves[l] = (skr_leaf){ live, (uint32_t)with_direct.n, 0, (uint32_t)families.n, 0 };
        if (words)
            memset(need, 0, words * sizeof *need);
        for (uint32_t i = 0; ok && i < b->needs.n; i++) {
            if (!has(live, i))
                continue;
            for (size_t k = 0; k < words; k++)
                need[k] |= sets[i * words + k];
            if (groups[i].count)
                ok = skr_vec_push(b->mem, &with_direct, i);
        }
        for (uint32_t f = 0; ok && f < b->families.n; f++)
            if (has(need, f))
                ok = skr_vec_push(b->mem, &families, family_at[f]);
        leaves[l].group_count = (uint32_t)with_direct.n - leaves[l].first_group;
        leaves[l].family_count = (uint32_t)families.n - leaves[l].first_family;
    }
    uint32_t *dup_groups = ok ? skr_arena_array(&b->p->arena, with_direct.n, sizeof *dup_groups) : NULL;
    uint32_t *dup_families = ok ? skr_arena_array(&b->p->arena, families.n, sizeof *dup_families) : NULL;
    ok = ok && (dup_groups || !with_direct.n) && (dup_families || !families.n);
    if (ok && with_direct.n)
        memcpy(dup_groups, with_direct.v, with_direct.n * sizeof *dup_groups);
    if (ok && families.n)
        memcpy(dup_families, families.v, families.n * sizeof *dup_families);
    b->ix->leaves = leaves;
    b->ix->leaf_count = (uint32_t)n;
    b->ix->leaf_groups = dup_groups;
    b->ix->leaf_families = dup_families;
    skr_vec_free(b->mem, &with_direct);
    skr_vec_free(b->mem, &families);
    return ok;
}

/* The numbers from `from` to `to`, signed or not, as they lie in a word. */
static void set_range(skr_gate *g, uint64_t from, uint64_t to)
{
    g->test = SKR_GATE_RANGE;
    g->as.range.base = from;
    g->as.range.width = to - from;
}

_Static_assert(SKR_P_UINT_EQ == SKR_P_INT_GE + 1 && SKR_P_UINT_GE - SKR_P_UINT_EQ == SKR_P_INT_GE - SKR_P_INT_EQ,
               "comparisons of numbers stand in one order");

/* Numbers for which the comparison holds; of those that hold for all or for none, no range is made. */
static void set_number_test(skr_gate *g, skr_pred pred, uint64_t v)
{
    if (pred < SKR_P_INT_EQ || pred > SKR_P_UINT_GE)
        return;
    const bool is_signed = pred <= SKR_P_INT_GE;
    const int op = is_signed ? (int)pred : (int)pred - SKR_P_UINT_EQ + SKR_P_INT_EQ; /* both stand in one order */
    g->negate = op == SKR_P_INT_NE || op == SKR_P_INT_LT || op == SKR_P_INT_GT;
    if (op == SKR_P_INT_EQ || op == SKR_P_INT_NE)
        set_range(g, v, v);
    else if (op == SKR_P_INT_LT || op == SKR_P_INT_GE)
        set_range(g, v, is_signed ? (uint64_t)INT64_MAX : UINT64_MAX);
    else
        set_range(g, is_signed ? (uint64_t)INT64_MIN : 0, v);
}

/* Lets the gate answer a simple check itself. */
static void simplify(const skr_program *p, skr_gate *g)
{
    const skr_check *c = g->check == SKR_NO_ID ? NULL : &p->checks.v[g->check];
    if (!c || c->over != SKR_OVER_ONE || c->right != SKR_NO_ID || p->slots.v[c->slot].store != c->store ||
        !p->slots.v[c->slot].get)
        return;
    g->slot = c->slot;
    switch ((skr_pred)c->pred) {
    case SKR_P_BOOL_EQ:
    case SKR_P_BOOL_NE:
        g->test = SKR_GATE_BOOL;
        g->negate = (c->pred == SKR_P_BOOL_NE) == c->as.v.as.b;
        break;
    case SKR_P_STR_EQ:
    case SKR_P_STR_NE:
        g->test = c->as.v.len == 1 ? SKR_GATE_BYTE : SKR_GATE_TEXT;
        g->negate = c->pred == SKR_P_STR_NE;
        if (g->test == SKR_GATE_BYTE)
            g->as.byte = *c->as.v.as.s;
        else
            g->as.text = (skr_str){ c->as.v.as.s, c->as.v.len };
        break;
    default:
        set_number_test(g, (skr_pred)c->pred, c->as.v.as.u);
    }
}

static bool settle_gates(graph *g)
{
    skr_gate *gates = skr_arena_array(&g->b->p->arena, g->gates.n, sizeof *gates);
    if (!gates && g->gates.n)
        return false;
    for (size_t i = 0; i < g->gates.n; i++) {
        gates[i] = g->gates.v[i];
        simplify(g->b->p, &gates[i]);
    }
    g->b->ix->gates = gates;
    g->b->ix->gate_count = (uint32_t)g->gates.n;
    return true;
}

bool skr_index_graph(skr_index_builder *b)
{
    graph g = { .b = b, .words = (b->needs.n + 63) / 64 };
    skr_map_init(&g.nodes, b->mem);
    skr_map_init(&g.leaves, b->mem);
    uint64_t *all = skr_arena_array(&b->tmp, g.words, sizeof *all);
    uint32_t *family_at = skr_arena_array(&b->tmp, b->families.n, sizeof *family_at), at = 0;
    bool ok = all && (family_at || !b->families.n);
    for (size_t f = 0; ok && f < b->families.n; f++)
        family_at[f] = b->families.v[f].users ? at++ : SKR_NO_ID;
    for (size_t i = 0; ok && i < b->needs.n; i++)
        all[i / 64] |= UINT64_C(1) << i % 64;
    if (ok)
        b->ix->root = expand(&g, 0, all);
    ok = ok && !g.failed && settle_gates(&g) && settle_leaves(&g, b->ix->groups, family_at);
    skr_map_free(&g.nodes);
    skr_map_free(&g.leaves);
    skr_vec_free(b->mem, &g.gates);
    skr_vec_free(b->mem, &g.live);
    return ok;
}
