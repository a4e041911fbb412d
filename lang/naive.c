/* SPDX-License-Identifier: Apache-2.0 */
/* The evaluator that is kept for comparison: the tree as written, each comparison made anew, each literal in turn. It
 * knows nothing of sets, codes, classes of kinds or of what was found before, and repeats the rules of language.md 7,
 * 8, 9 in the plainest form. Only patterns (glob, regex) are matched by what the program uses, too. */
#include "eval.h"
#include "glob.h"
#include "paths.h"
#include "regex.h"

typedef struct question {
    saker_eval *ev;
    const skr_plain *t;
    const skr_check *c;
    const skr_slot *left;
} question;

static bool is_text(const saker_value *v)
{
    return v->type == SAKER_STR || v->type == SAKER_BYTES;
}

static bool is_unsigned(const saker_value *v)
{
    return v->type == SAKER_UINT || v->type == SAKER_TIME || v->type == SAKER_SPAN;
}

/* ---- Order: -1, 0, 1, or 2 for values that have none ---- */

static int order_text(const saker_value *a, const saker_value *b)
{
    for (uint32_t i = 0; i < a->len && i < b->len; i++)
        if (a->as.s[i] != b->as.s[i])
            return (uint8_t)a->as.s[i] < (uint8_t)b->as.s[i] ? -1 : 1;
    return a->len < b->len ? -1 : a->len > b->len;
}

static bool is_number(const saker_value *v)
{
    return is_unsigned(v) || v->type == SAKER_INT || v->type == SAKER_FLOAT || v->type == SAKER_BOOL;
}

static double as_double(const saker_value *v)
{
    return v->type == SAKER_FLOAT  ? v->as.f
           : v->type == SAKER_INT  ? (double)v->as.i
           : v->type == SAKER_BOOL ? (double)v->as.b
                                   : (double)v->as.u;
}

static int order_numbers(const saker_value *a, const saker_value *b)
{
    if (a->type == SAKER_FLOAT || b->type == SAKER_FLOAT) {
        double x = as_double(a), y = as_double(b);
        return x < y ? -1 : x > y ? 1 : x == y ? 0 : 2;
    }
    if (a->type == SAKER_INT && b->type == SAKER_INT)
        return a->as.i < b->as.i ? -1 : a->as.i > b->as.i;
    if (a->type == SAKER_INT && a->as.i < 0)
        return -1;
    if (b->type == SAKER_INT && b->as.i < 0)
        return 1;
    uint64_t x = a->type == SAKER_BOOL ? a->as.b : a->as.u, y = b->type == SAKER_BOOL ? b->as.b : b->as.u;
    return x < y ? -1 : x > y;
}

static bool within(const saker_value *a, const saker_value *net)
{
    if (a->len != net->len || a->prefix < net->prefix)
        return false;
    for (unsigned bit = 0; bit < net->prefix; bit++)
        if ((a->as.ip[bit / 8] ^ net->as.ip[bit / 8]) >> (7 - bit % 8) & 1)
            return false;
    return true;
}

static int order(const saker_value *a, const saker_value *b)
{
    if (is_text(a) && is_text(b))
        return order_text(a, b);
    if (is_number(a) && is_number(b))
        return order_numbers(a, b);
    if (a->type == SAKER_IP && b->type == SAKER_IP && a->len == b->len)
        return memcmp(a->as.ip, b->as.ip, a->len) == 0 ? 0 : 2;
    if (a->type == SAKER_NET && b->type == SAKER_NET)
        return within(a, b) ? 0 : 2;
    return 2;
}

/* ---- Text ---- */

static bool has_at(const saker_value *v, size_t at, const saker_value *part, bool fold)
{
    for (uint32_t i = 0; i < part->len; i++) {
        char a = v->as.s[at + i], b = part->as.s[i];
        if (fold ? skr_lower(a) != skr_lower(b) : a != b)
            return false;
    }
    return true;
}

static bool has(const saker_value *v, const saker_value *part, bool fold)
{
    for (size_t at = 0; at + part->len <= v->len; at++)
        if (has_at(v, at, part, fold))
            return true;
    return false;
}

static bool below(skr_str path, skr_str prefix)
{
    size_t at = 0, prefix_at = 0;
    skr_str have, want;
    while (skr_path_next(prefix, &prefix_at, &want)) {
        if (!skr_path_next(path, &at, &have))
            return false;
        if (skr_glob_special(want) ? !skr_glob(want, have, false) : !skr_str_eq(want, have))
            return false;
    }
    return true;
}

static bool matches(const question *q, const saker_value *v, uint32_t i)
{
    if (!is_text(v))
        return false;
    skr_regex_result r = skr_regex_match(q->c->as.regex[i], q->ev->regex, (skr_str){ v->as.s, v->len });
    q->ev->stats.limits += r == SKR_REGEX_LIMIT;
    return r == SKR_REGEX_YES;
}

static bool test_text(skr_op op, const saker_value *v, const saker_value *r)
{
    const skr_str text = { v->as.s, v->len }, part = { r->as.s, r->len };
    switch (op) {
    case SKR_OP_CONTAINS:
    case SKR_OP_BCONTAINS:
        return has(v, r, false);
    case SKR_OP_ICONTAINS:
        return has(v, r, true);
    case SKR_OP_STARTSWITH:
    case SKR_OP_BSTARTSWITH:
        return r->len <= v->len && has_at(v, 0, r, false);
    case SKR_OP_ENDSWITH:
        return r->len <= v->len && has_at(v, v->len - r->len, r, false);
    case SKR_OP_GLOB:
        return skr_glob(part, text, false);
    case SKR_OP_IGLOB:
        return skr_glob(part, text, true);
    case SKR_OP_PMATCH:
        return below(text, part);
    default:
        return false;
    }
}

/* v op r, for one literal or the value of another field */
static bool test(skr_op op, const saker_value *v, const saker_value *r)
{
    const int o = order(v, r);
    switch (op) {
    case SKR_OP_EQ:
    case SKR_OP_IN:
    case SKR_OP_INTERSECTS:
        return o == 0;
    case SKR_OP_NE:
        return o != 0;
    case SKR_OP_LT:
        return o == -1;
    case SKR_OP_LE:
        return o == -1 || o == 0;
    case SKR_OP_GT:
        return o == 1;
    case SKR_OP_GE:
        return o == 0 || o == 1;
    default:
        return is_text(v) && is_text(r) && test_text(op, v, r);
    }
}

/* ---- Literals ---- */

static bool test_literal(const question *q, const saker_value *v, uint32_t i)
{
    const skr_op op = q->t->op;
    if (op == SKR_OP_REGEX)
        return matches(q, v, i);
    if (q->left->kind == SKR_EXPR_FIELD && (q->left->arg.field->flags & SAKER_WITHIN))
        return test(SKR_OP_LE, v, &q->c->values[i]);
    saker_value trimmed = *v;
    while ((op == SKR_OP_IN || op == SKR_OP_INTERSECTS) && v->type == SAKER_BYTES && trimmed.len &&
           trimmed.as.s[trimmed.len - 1] == '\0')
        trimmed.len--;
    return test(op, &trimmed, &q->c->values[i]);
}

static bool test_value(const question *q, const saker_value *v)
{
    uint32_t yes = 0;
    for (uint32_t i = 0; i < q->c->count; i++)
        yes += test_literal(q, v, i);
    switch (q->t->modifier) {
    case SKR_MOD_ONEOF:
        return yes == 1;
    case SKR_MOD_ALLOF:
        return yes > 0 && yes == q->c->count;
    default:
        return yes > 0;
    }
}

static bool all_values(const question *q, const saker_value *v, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!test_value(q, &v[i]))
            return false;
    return true;
}

static bool some_value(const question *q, const saker_value *v, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (test_value(q, &v[i]))
            return true;
    return false;
}

/* ---- Fields on the right ---- */

static bool among(const saker_value *v, const saker_value *list, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (test(SKR_OP_EQ, v, &list[i]))
            return true;
    return false;
}

static bool test_field(const question *q, const skr_held *l)
{
    const skr_held *r = skr_slot_get(q->ev, q->c->right);
    if (!r->present)
        return false;
    const saker_value *a = skr_held_values(q->ev, l), *b = skr_held_values(q->ev, r);
    uint32_t common = 0;
    if (!q->left->is_list)
        return l->count && r->count && test(q->t->op, a, b);
    for (uint32_t i = 0; i < l->count; i++)
        common += among(&a[i], b, r->count);
    return q->t->op == SKR_OP_IN ? common == l->count : common > 0;
}

/* ---- Trees ---- */

static bool ask(saker_eval *ev, const skr_plain *t)
{
    const skr_check *c = &ev->p->checks.v[t->check];
    const question q = { ev, t, c, &ev->p->slots.v[c->slot] };
    skr_eval_forget(ev);
    ev->stats.checks++;
    const skr_held *h = skr_slot_get(ev, c->slot);
    if (!h->present || t->op == SKR_OP_EXISTS)
        return h->present;
    if (c->right != SKR_NO_ID)
        return test_field(&q, h);
    const saker_value *v = skr_held_values(ev, h);
    if (q.left->is_list && t->op == SKR_OP_IN)
        return all_values(&q, v, h->count);
    if (q.left->pair && t->op == SKR_OP_NE)
        return h->count && all_values(&q, v, h->count);
    return some_value(&q, v, h->count);
}

bool skr_naive_run(saker_eval *ev, const skr_plain *t)
{
    switch (t->kind) {
    case SKR_AND:
        for (uint32_t i = 0; i < t->count; i++)
            if (!skr_naive_run(ev, t->items[i]))
                return false;
        return true;
    case SKR_OR:
        for (uint32_t i = 0; i < t->count; i++)
            if (skr_naive_run(ev, t->items[i]))
                return true;
        return false;
    case SKR_NOT:
        return !skr_naive_run(ev, t->items[0]);
    default:
        return ask(ev, t);
    }
}
