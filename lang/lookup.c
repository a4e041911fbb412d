/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions that an index can do nothing for: what they ask beside the types of events holds on most of them. */
#include "check.h"

/* Does the schema decide the field by the kind of event alone? */
static bool is_by_kind(const skr_checker *c, const skr_operand *o)
{
    const size_t i = o->kind == SKR_FIELD ? skr_map_get(&c->s->by_name, o->text) : SIZE_MAX;
    return i != SIZE_MAX && (c->s->fields.v[i]->flags & SAKER_BY_KIND);
}

/* Literals of a byte or less are in nearly every text. */
static bool is_short(const skr_node *n)
{
    const uint32_t parts = 1u << SKR_OP_CONTAINS | 1u << SKR_OP_ICONTAINS | 1u << SKR_OP_STARTSWITH |
                           1u << SKR_OP_ENDSWITH | 1u << SKR_OP_GLOB | 1u << SKR_OP_IGLOB;
    return (parts >> n->op & 1) && n->right->kind == SKR_VALUE && n->right->text.len < 2;
}

/* Is the comparison (negated: its contrary) true on few events, as a guess? */
static bool is_selective(const skr_checker *c, const skr_node *n, bool negated)
{
    const uint32_t loose = 1u << SKR_OP_LT | 1u << SKR_OP_LE | 1u << SKR_OP_GT | 1u << SKR_OP_GE;
    if (n->kind != SKR_CMP || is_by_kind(c, n->left) || (loose >> n->op & 1) || is_short(n))
        return false;
    return (n->op != SKR_OP_NE) != negated;
}

/* Trees that were checked are not too deep. */
static bool has_lookup(const skr_checker *c, const skr_node *n, bool negated)
{
    if (n->kind == SKR_NOT)
        return has_lookup(c, n->items[0], !negated);
    if (n->kind != SKR_AND && n->kind != SKR_OR)
        return is_selective(c, n, negated);
    const bool all = (n->kind == SKR_AND) == negated; /* an arm of an OR without one is enough to be asked always */
    for (uint32_t i = 0; i < n->count; i++)
        if (has_lookup(c, n->items[i], negated) != all)
            return !all;
    return all;
}

static const skr_str *first_literal(const skr_operand *o)
{
    if (o->kind == SKR_LIST_OF && o->count)
        o = o->items[0];
    if (o->kind == SKR_STRETCH && o->shared->count)
        return o->shared->texts;
    return o->kind == SKR_VALUE ? &o->text : NULL;
}

/* The first type of event that the condition names. */
static const skr_str *first_type(const skr_checker *c, const skr_node *n)
{
    if (n->kind == SKR_CMP)
        return (n->op == SKR_OP_EQ || n->op == SKR_OP_EQ2 || n->op == SKR_OP_IN) && is_by_kind(c, n->left)
                   ? first_literal(n->right)
                   : NULL;
    for (uint32_t i = 0; (n->kind == SKR_AND || n->kind == SKR_OR) && i < n->count; i++) {
        const skr_str *type = first_type(c, n->items[i]);
        if (type)
            return type;
    }
    return NULL;
}

/* Is there anything but types of events? A condition without is true wherever it is tested. */
static bool asks_more(const skr_checker *c, const skr_node *n)
{
    if (n->kind == SKR_CMP || n->kind == SKR_EXISTS)
        return !is_by_kind(c, n->left);
    for (uint32_t i = 0; n->kind != SKR_MACRO && i < n->count; i++)
        if (asks_more(c, n->items[i]))
            return true;
    return false;
}

void skr_warn_lookup(skr_checker *c, const skr_node *tree)
{
    const skr_str *type = has_lookup(c, tree, false) || !asks_more(c, tree) ? NULL : first_type(c, tree);
    if (!type)
        return;
    c->origin = NULL;
    c->node = NULL;
    const char *message =
        skr_arena_printf(c->a, "nothing in the condition can be looked up: it is tested on every '%.*s'",
                         (int)(type->len < 64 ? type->len : 64), type->ptr);
    skr_check_warn(c, SKR_ISSUE_NO_LOOKUP, (skr_pos){ 0, 1, 1 }, 0, NULL, message,
                   "ask for something that few events have: a name, a path, a flag, with '=', 'in', 'startswith' ...");
}
