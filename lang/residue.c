/* SPDX-License-Identifier: Apache-2.0 */
#include "residue.h"

#include <stdlib.h>

/* ---- Hash-consing ---- */

bool skr_residues_init(skr_residues *rs, skr_mem *mem, skr_arena *keep, skr_program *p)
{
    memset(rs, 0, sizeof *rs);
    rs->mem = mem;
    rs->keep = keep;
    rs->p = p;
    skr_map_init(&rs->ids, mem);
    skr_buf_init(&rs->key, mem);
    skr_residue no = { .kind = SKR_R_FALSE, .code = SKR_NO_ID }, yes = { .kind = SKR_R_TRUE, .code = SKR_NO_ID };
    return skr_vec_push(mem, &rs->all, no) && skr_vec_push(mem, &rs->all, yes);
}

void skr_residues_free(skr_residues *rs)
{
    skr_map_free(&rs->ids);
    skr_buf_free(&rs->key);
    skr_vec_free(rs->mem, &rs->all);
    skr_vec_free(rs->mem, &rs->stack);
    skr_vec_free(rs->mem, &rs->steps);
    skr_vec_free(rs->mem, &rs->codes);
    skr_vec_free(rs->mem, &rs->of_code);
}

/* The number of `r`; its kids are copied if it is new. */
static uint32_t intern(skr_residues *rs, skr_residue r)
{
    uint32_t head[2] = { (uint32_t)r.kind << 1 | r.negated, r.check };
    skr_buf_clear(&rs->key);
    skr_buf_add(&rs->key, head, sizeof head);
    skr_buf_add(&rs->key, r.kids, r.count * sizeof *r.kids);
    if (rs->key.failed)
        return SKR_NO_ID;
    size_t id = skr_map_get(&rs->ids, (skr_str){ rs->key.ptr, rs->key.len });
    if (id != SIZE_MAX)
        return (uint32_t)id;
    id = rs->all.n;
    char *key = skr_arena_dup(rs->keep, rs->key.ptr, rs->key.len);
    uint32_t *kids = skr_arena_array(rs->keep, r.count, sizeof *kids);
    if (!key || (!kids && r.count) || id >= SKR_FALSE)
        return SKR_NO_ID;
    if (r.count)
        memcpy(kids, r.kids, r.count * sizeof *kids);
    r.kids = kids;
    r.code = SKR_NO_ID;
    if (!skr_vec_push(rs->mem, &rs->all, r) || skr_map_add(&rs->ids, (skr_str){ key, rs->key.len }, id) == SIZE_MAX)
        return SKR_NO_ID;
    return (uint32_t)id;
}

/* ---- Checks that no event can pass ---- */

static bool is_number_of_event(const skr_residues *rs, const skr_check *c)
{
    const skr_slot *s = &rs->p->slots.v[c->slot];
    return s->kind == SKR_EXPR_FIELD && s->store == SAKER_UINT && strcmp(s->arg.field->name, "evt.num") == 0;
}

/* Numbers of events begin at 1: macros that are never true are written as `evt.num = 0`. */
static bool asks_for_number_zero(const skr_check *c)
{
    switch (c->pred) {
    case SKR_P_UINT_EQ:
    case SKR_P_UINT_LE:
        return c->as.v.as.u == 0;
    case SKR_P_UINT_LT:
        return c->as.v.as.u <= 1;
    case SKR_P_SET:
        for (uint32_t i = 0; i < c->count; i++)
            if (c->values[i].as.u != 0)
                return false;
        return !c->negate;
    default:
        return false;
    }
}

static bool never_true(const skr_residues *rs, const skr_check *c)
{
    if (c->pred == SKR_P_NEVER)
        return c->over != SKR_OVER_EACH;
    return is_number_of_event(rs, c) && asks_for_number_zero(c);
}

/* ---- Guesses ---- */

/* How often a check holds: tests for one of a few texts seldom do, what they exclude nearly always does. */
static float truth_of_check(const skr_check *c)
{
    switch ((skr_pred)c->pred) {
    case SKR_P_EXISTS:
        return 0.9f;
    case SKR_P_NEVER:
        return 0.0f;
    case SKR_P_BOOL_EQ:
    case SKR_P_BOOL_NE:
        return 0.5f;
    case SKR_P_INT_NE:
    case SKR_P_UINT_NE:
        return 0.8f;
    case SKR_P_INT_EQ:
    case SKR_P_UINT_EQ:
        return 0.2f;
    case SKR_P_STR_NE:
    case SKR_P_IP_NE:
    case SKR_P_NET_NE:
        return 0.95f;
    case SKR_P_STR_EQ:
    case SKR_P_STARTS:
    case SKR_P_ENDS:
    case SKR_P_CONTAINS:
    case SKR_P_ICONTAINS:
        return c->as.v.len < 2 && c->pred != SKR_P_ICONTAINS ? 0.3f : 0.05f;
    case SKR_P_SET:
    case SKR_P_NET_SET:
        return c->negate ? 0.9f : 0.1f;
    case SKR_P_INT_LT:
    case SKR_P_INT_LE:
    case SKR_P_INT_GT:
    case SKR_P_INT_GE:
    case SKR_P_UINT_LT:
    case SKR_P_UINT_LE:
    case SKR_P_UINT_GT:
    case SKR_P_UINT_GE:
    case SKR_P_FLOAT:
    case SKR_P_STR_ORDER:
        return 0.5f;
    case SKR_P_MODIFIER:
    case SKR_P_FIELD:
        return 0.3f;
    case SKR_P_GLOB:
    case SKR_P_IGLOB:
    case SKR_P_REGEX:
    case SKR_P_PATHS:
    case SKR_P_IP_EQ:
    case SKR_P_NET_EQ:
        break;
    }
    return 0.05f;
}

/* Where a part of an AND (OR) stands: what it costs for each time that it decides the whole. */
static uint32_t rank_of(const skr_residue *r, skr_residue_kind kind)
{
    float decides = kind == SKR_R_AND ? 1.0f - r->truth : r->truth;
    float rank = (float)r->cost / (decides > 0.01f ? decides : 0.01f);
    return rank < 4e9f ? (uint32_t)rank : UINT32_MAX;
}

/* ---- Folding ---- */

static uint32_t fold_check(skr_residues *rs, uint32_t check, bool negated, const skr_facts *facts)
{
    uint32_t row = facts->bits ? facts->row_of[check] : SKR_NO_ID;
    if (row != SKR_NO_ID)
        return (facts->bits[row / 64] >> row % 64 & 1) != negated ? SKR_RESIDUE_TRUE : SKR_RESIDUE_FALSE;
    const skr_check *c = &rs->p->checks.v[check];
    if (never_true(rs, c))
        return negated ? SKR_RESIDUE_TRUE : SKR_RESIDUE_FALSE;
    return intern(rs, (skr_residue){ .kind = SKR_R_CHECK,
                                     .negated = negated,
                                     .check = check,
                                     .cost = c->cost,
                                     .truth = negated ? 1.0f - truth_of_check(c) : truth_of_check(c) });
}

static int compare_parts(const void *x, const void *y)
{
    const uint64_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

/* Most have few parts. */
static void sort_parts(uint64_t *v, size_t n)
{
    enum { FEW = 24 };
    if (n > FEW) {
        qsort(v, n, sizeof *v, compare_parts);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        const uint64_t part = v[i];
        size_t k = i;
        for (; k > 0 && v[k - 1] > part; k--)
            v[k] = v[k - 1];
        v[k] = part;
    }
}

static bool push(skr_residues *rs, skr_residue_kind kind, uint32_t id)
{
    uint64_t part = (uint64_t)rank_of(&rs->all.v[id], kind) << 32 | id;
    return skr_vec_push(rs->mem, &rs->stack, part);
}

/* One more part of an AND or OR; parts of the same kind are taken apart. */
static bool push_part(skr_residues *rs, skr_residue_kind kind, uint32_t id)
{
    if (rs->all.v[id].kind != kind)
        return push(rs, kind, id);
    for (uint32_t i = 0; i < rs->all.v[id].count; i++)
        if (!push(rs, kind, rs->all.v[id].kids[i]))
            return false;
    return true;
}

/* The AND or OR of the parts on the stack from `base` on, which are taken off it. */
static uint32_t join_parts(skr_residues *rs, skr_residue_kind kind, size_t base)
{
    uint64_t *parts = rs->stack.v + base, cost = 0;
    float all = 1.0f; /* that every part decides otherwise */
    size_t n = rs->stack.n - base, kept = 0;
    rs->stack.n = base;
    if (n == 0)
        return kind == SKR_R_AND ? SKR_RESIDUE_TRUE : SKR_RESIDUE_FALSE;
    sort_parts(parts, n);
    uint32_t *kids = skr_alloc(rs->mem, n * sizeof *kids);
    if (!kids)
        return SKR_NO_ID;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && parts[i] == parts[i - 1])
            continue;
        const skr_residue *part = &rs->all.v[(uint32_t)parts[i]];
        kids[kept++] = (uint32_t)parts[i];
        cost += part->cost;
        all *= kind == SKR_R_AND ? part->truth : 1.0f - part->truth;
    }
    uint32_t id = kids[0];
    if (kept > 1)
        id = intern(rs, (skr_residue){ .kind = (uint8_t)kind,
                                       .cost = cost < UINT32_MAX ? (uint32_t)cost : UINT32_MAX,
                                       .truth = kind == SKR_R_AND ? all : 1.0f - all,
                                       .count = (uint32_t)kept,
                                       .kids = kids });
    skr_free(rs->mem, kids, n * sizeof *kids);
    return id;
}

static skr_residue_kind kind_of(const skr_plain *t, bool negated)
{
    return (t->kind == SKR_AND) != negated ? SKR_R_AND : SKR_R_OR;
}

static uint32_t fold(skr_residues *rs, const skr_plain *t, bool negated, const skr_facts *facts);

/* Puts the parts of a tree within an AND (OR) on the stack. An AND (OR) in it is not made on its own: in a long nest of
 * them each would have all parts of the next. Returns the constant that changes nothing, or what the whole is then. */
static uint32_t fold_part(skr_residues *rs, const skr_plain *t, bool negated, const skr_facts *facts,
                          skr_residue_kind kind)
{
    const uint32_t neutral = kind == SKR_R_AND ? SKR_RESIDUE_TRUE : SKR_RESIDUE_FALSE;
    const uint32_t decisive = kind == SKR_R_AND ? SKR_RESIDUE_FALSE : SKR_RESIDUE_TRUE;
    for (; t->kind == SKR_NOT; t = t->items[0])
        negated = !negated;
    if (t->kind != SKR_CMP && kind_of(t, negated) == kind) {
        uint32_t id = neutral;
        for (uint32_t i = 0; i < t->count && id == neutral; i++)
            id = fold_part(rs, t->items[i], negated, facts, kind);
        return id;
    }
    const uint32_t id = fold(rs, t, negated, facts);
    if (id == neutral || id == decisive || id == SKR_NO_ID)
        return id;
    return push_part(rs, kind, id) ? neutral : SKR_NO_ID;
}

static uint32_t fold(skr_residues *rs, const skr_plain *t, bool negated, const skr_facts *facts)
{
    for (; t->kind == SKR_NOT; t = t->items[0])
        negated = !negated;
    if (t->kind == SKR_CMP)
        return fold_check(rs, t->check, negated, facts);
    const skr_residue_kind kind = kind_of(t, negated);
    const size_t base = rs->stack.n;
    const uint32_t id = fold_part(rs, t, negated, facts, kind);
    if (id == (kind == SKR_R_AND ? SKR_RESIDUE_TRUE : SKR_RESIDUE_FALSE))
        return join_parts(rs, kind, base);
    rs->stack.n = base;
    return id;
}

uint32_t skr_residue_of(skr_residues *rs, const skr_plain *tree, const skr_facts *facts)
{
    rs->stack.n = 0;
    return fold(rs, tree, false, facts);
}

/* ---- Codes ---- */

/* Steps are made from the last to the first, so that every jump goes to a step that is there. Returns where to go to
 * ask `id`; SKR_NO_ID is SKR_TRUE, so failure shows in `ok`. */
static uint32_t emit(skr_residues *rs, uint32_t id, uint32_t yes, uint32_t no, bool *ok)
{
    const skr_residue r = rs->all.v[id];
    if (r.kind == SKR_R_CHECK) {
        skr_step s = { r.check, r.negated ? no : yes, r.negated ? yes : no };
        if (rs->steps.n >= SKR_FALSE || !skr_vec_push(rs->mem, &rs->steps, s))
            *ok = false;
        return (uint32_t)(rs->steps.n - 1);
    }
    uint32_t next = r.kind == SKR_R_AND ? yes : no;
    for (uint32_t i = r.count; i-- > 0 && *ok;)
        next = r.kind == SKR_R_AND ? emit(rs, r.kids[i], next, no, ok) : emit(rs, r.kids[i], yes, next, ok);
    return next;
}

static uint32_t forward(uint32_t jump, size_t n)
{
    return jump >= SKR_FALSE ? jump : (uint32_t)(n - 1 - jump);
}

uint32_t skr_residue_code(skr_residues *rs, uint32_t residue)
{
    bool ok = true;
    if (rs->all.v[residue].code != SKR_NO_ID)
        return rs->all.v[residue].code;
    rs->steps.n = 0;
    if (residue != SKR_RESIDUE_TRUE)
        emit(rs, residue, SKR_TRUE, SKR_FALSE, &ok);
    const size_t n = rs->steps.n;
    skr_step *steps = skr_arena_array(&rs->p->arena, n, sizeof *steps);
    skr_code code = { steps, (uint32_t)n };
    if (!ok || (!steps && n) || rs->codes.n >= SKR_FALSE || !skr_vec_push(rs->mem, &rs->of_code, residue) ||
        !skr_vec_push(rs->mem, &rs->codes, code))
        return SKR_NO_ID;
    for (size_t i = 0; i < n; i++) {
        const skr_step *s = &rs->steps.v[n - 1 - i];
        steps[i] = (skr_step){ s->check, forward(s->yes, n), forward(s->no, n) };
    }
    return rs->all.v[residue].code = (uint32_t)(rs->codes.n - 1);
}
