/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of events that a condition can be true for, by the reference's rules (rules.md 11): they decide about warnings
 * and what is said of a rule. What a rule is really asked about is decided in plan.c, which knows more. */
#include "check.h"
#include "num.h"

typedef struct analysis {
    skr_checker c;
    skr_arena *a;
    const saker_schema *pub;
    size_t words;
} analysis;

static uint64_t *new_set(analysis *k)
{
    uint64_t *set = skr_arena_array(k->a, k->words, sizeof *set);
    if (!set)
        k->c.status = SAKER_ENOMEM;
    return set;
}

/* Bits of the kinds in word i of a set. */
static uint64_t all_of(const analysis *k, size_t i)
{
    const size_t left = k->pub->kind_count - i * 64;
    return left < 64 ? ((uint64_t)1 << left) - 1 : UINT64_MAX;
}

static void fill(const analysis *k, uint64_t *set)
{
    for (size_t i = 0; i < k->words; i++)
        set[i] = all_of(k, i);
}

static void invert(const analysis *k, uint64_t *set)
{
    for (size_t i = 0; i < k->words; i++)
        set[i] ^= all_of(k, i);
}

static bool is_field(const skr_operand *o, skr_str name)
{
    return o->kind == SKR_FIELD && !o->has_arg && skr_str_eq(o->text, name);
}

static bool asks_for_type(const skr_operand *o)
{
    return is_field(o, SKR_STR("evt.type")) || is_field(o, SKR_STR("syscall.type"));
}

/* ---- evt.type ---- */

/* Kinds of one name. Several lists of thousands of names each must not cost their product, so names are looked up. */
static void add_kinds_of(analysis *k, skr_str name, uint64_t *set)
{
    size_t i = skr_map_get(&k->c.s->kinds, name);
    if (i != SIZE_MAX && (set[i / 64] >> i % 64 & 1))
        return;
    for (; i < k->pub->kind_count; i = k->c.s->next_kind[i])
        set[i / 64] |= (uint64_t)1 << i % 64;
}

/* The kinds that shared literals name, found once. */
typedef struct skr_kind_bits {
    const skr_schema *schema;
    uint64_t *bits;
} skr_kind_bits;

static void add_shared_kinds(analysis *k, skr_shared *s, uint64_t *set)
{
    skr_kind_bits *known = s->kinds;
    if (!known || known->schema != k->c.s) {
        known = skr_arena_alloc(s->arena, sizeof *known);
        uint64_t *bits = known ? skr_arena_array(s->arena, k->words, sizeof *bits) : NULL;
        if (!bits) {
            k->c.status = SAKER_ENOMEM;
            return;
        }
        for (uint32_t i = 0; i < s->count; i++)
            add_kinds_of(k, s->texts[i], bits);
        *known = (skr_kind_bits){ k->c.s, bits };
        s->kinds = known;
    }
    for (size_t i = 0; i < k->words; i++)
        set[i] |= known->bits[i];
}

static bool of_constants(const skr_node *n)
{
    return n->right->kind == SKR_VALUE || n->right->kind == SKR_LIST_OF;
}

static void types_of(analysis *k, const skr_node *n, bool negated, uint64_t *set)
{
    const skr_operand *o = n->right;
    if (o->kind == SKR_VALUE)
        add_kinds_of(k, o->text, set);
    for (size_t i = 0; o->kind == SKR_LIST_OF && i < o->count; i++)
        if (o->items[i]->kind == SKR_STRETCH)
            add_shared_kinds(k, o->items[i]->shared, set);
        else
            add_kinds_of(k, o->items[i]->text, set);
    if ((n->op == SKR_OP_NE) != negated)
        invert(k, set);
}

static bool is_equality(const skr_node *n)
{
    return n->modifier == SKR_MOD_NONE &&
           (n->op == SKR_OP_EQ || n->op == SKR_OP_EQ2 || n->op == SKR_OP_NE || n->op == SKR_OP_IN);
}

static bool has_type_inside(const skr_operand *o)
{
    if (o->kind == SKR_FIELD)
        return asks_for_type(o);
    for (size_t i = 0; i < o->count; i++)
        if (has_type_inside(o->items[i]))
            return true;
    return false;
}

/* ---- evt.num ---- */

typedef enum verdict { UNDECIDED, NEVER, ALWAYS } verdict;

static bool plain_number(skr_str s, uint64_t *v)
{
    for (size_t i = 0; i < s.len; i++)
        if (!skr_is_digit(s.ptr[i]))
            return false;
    return skr_parse_u64(s, v);
}

static bool is_zero(skr_str s)
{
    uint64_t v;
    return plain_number(s, &v) && v == 0;
}

static bool shared_zeros(skr_shared *s)
{
    for (uint32_t i = 0; i < s->count && s->zeros != 2; i++) {
        if (s->zeros == 1)
            return true;
        if (!is_zero(s->texts[i]))
            s->zeros = 2;
    }
    if (!s->zeros)
        s->zeros = 1;
    return s->zeros == 1;
}

static verdict number_list(const skr_operand *o)
{
    for (size_t i = 0; i < o->count; i++)
        if (o->items[i]->kind == SKR_STRETCH ? !shared_zeros(o->items[i]->shared) : !is_zero(o->items[i]->text))
            return UNDECIDED;
    return NEVER;
}

/* Numbers of events begin at 1. */
static verdict number_of_event(const skr_node *n)
{
    uint64_t v;
    if (n->modifier != SKR_MOD_NONE || !of_constants(n))
        return UNDECIDED;
    if (n->right->kind == SKR_LIST_OF)
        return n->op == SKR_OP_IN ? number_list(n->right) : UNDECIDED;
    if (!plain_number(n->right->text, &v))
        return UNDECIDED;
    switch (n->op) {
    case SKR_OP_EQ:
    case SKR_OP_EQ2:
    case SKR_OP_LE:
        return v == 0 ? NEVER : UNDECIDED;
    case SKR_OP_LT:
        return v <= 1 ? NEVER : UNDECIDED;
    case SKR_OP_NE:
    case SKR_OP_GT:
        return v == 0 ? ALWAYS : UNDECIDED;
    case SKR_OP_GE:
        return v <= 1 ? ALWAYS : UNDECIDED;
    default:
        return UNDECIDED;
    }
}

/* ---- Trees ---- */

static void refuse(analysis *k, const skr_node *n)
{
    const char *text = "event types can only be compared with constants";
    k->c.node = n;
    k->c.origin = n->origin;
    skr_check_fail(&k->c, SKR_ISSUE_BAD_RHS, n->pos, n->len, text, text, NULL);
}

static void comparison(analysis *k, const skr_node *n, bool negated, uint64_t *set)
{
    if (asks_for_type(n->left) && n->kind == SKR_EXISTS) {
        if (!negated)
            fill(k, set);
        return;
    }
    if (n->kind == SKR_CMP && is_equality(n) && has_type_inside(n->left)) {
        if (!asks_for_type(n->left) || !of_constants(n))
            refuse(k, n);
        else
            types_of(k, n, negated, set);
        return;
    }
    verdict v = n->kind == SKR_CMP && is_field(n->left, SKR_STR("evt.num")) ? number_of_event(n) : UNDECIDED;
    if (v == UNDECIDED || (v == ALWAYS) != negated)
        fill(k, set);
}

static void combine(analysis *k, const uint64_t *with, bool both, uint64_t *set)
{
    for (size_t i = 0; i < k->words; i++)
        set[i] = both ? set[i] & with[i] : set[i] | with[i];
}

static void walk(analysis *k, const skr_node *n, bool negated, uint64_t *set, unsigned depth)
{
    if (k->c.status == SAKER_ENOMEM)
        return;
    if (depth == SKR_MAX_DEPTH || n->kind == SKR_MACRO) {
        fill(k, set);
        return;
    }
    if (n->kind == SKR_NOT) {
        walk(k, n->items[0], !negated, set, depth + 1);
        return;
    }
    if (n->kind != SKR_AND && n->kind != SKR_OR) {
        comparison(k, n, negated, set);
        return;
    }
    const bool both = (n->kind == SKR_AND) != negated;
    uint64_t *part = new_set(k);
    if (both)
        fill(k, set);
    for (size_t i = 0; part && i < n->count; i++) {
        memset(part, 0, k->words * sizeof *part);
        walk(k, n->items[i], negated, part, depth + 1);
        combine(k, part, both, set);
    }
}

static size_t count_bits(const uint64_t *set, const uint64_t *mask, size_t words)
{
    size_t n = 0;
    for (size_t i = 0; i < words; i++)
        for (uint64_t w = set[i] & (mask ? mask[i] : UINT64_MAX); w; w &= w - 1)
            n++;
    return n;
}

int skr_condition_kinds(skr_arena *a, const skr_schema *s, const skr_node *tree, skr_sink sink, skr_kinds *kinds)
{
    analysis k = { .a = a, .pub = s->pub, .words = (s->pub->kind_count + 63) / 64 };
    skr_checker_init(&k.c, a, s, NULL, sink);
    uint64_t *set = new_set(&k);
    if (set)
        walk(&k, tree, false, set, 0);
    if (k.c.status)
        return k.c.status;
    *kinds =
        (skr_kinds){ set, count_bits(set, s->counted, k.words), count_bits(set, NULL, k.words) == s->pub->kind_count };
    return 0;
}
