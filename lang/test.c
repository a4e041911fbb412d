/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to checks (language.md 7-9, 11). */
#include "compat.h"
#include "eval.h"
#include "glob.h"
#include "netset.h"
#include "num.h"
#include "paths.h"
#include "regex.h"
#include "search.h"
#include "strset.h"

static inline skr_str text_of(const saker_value *v)
{
    return (skr_str){ v->as.s, v->len };
}

static inline bool same_text(const saker_value *a, const saker_value *b)
{
    return a->len == b->len && skr_same_bytes(a->as.s, b->as.s, a->len);
}

static inline bool same_ip(const saker_value *a, const saker_value *b)
{
    return a->len == b->len && memcmp(a->as.ip, b->as.ip, a->len) == 0;
}

/* Is the network (or address) a within b? */
static bool in_net(const saker_value *a, const saker_value *b)
{
    return a->len == b->len && a->prefix >= b->prefix && skr_ip_in_net(a->as.ip, b->as.ip, b->prefix);
}

static bool by_order(int cmp, skr_op op)
{
    switch (op) {
    case SKR_OP_LT:
        return cmp < 0;
    case SKR_OP_LE:
        return cmp <= 0;
    case SKR_OP_GT:
        return cmp > 0;
    case SKR_OP_GE:
        return cmp >= 0;
    case SKR_OP_NE:
        return cmp != 0;
    default:
        return cmp == 0;
    }
}

/* ---- Any value with any other ---- */

static bool is_text(const saker_value *v)
{
    return v->type == SAKER_STR || v->type == SAKER_BYTES;
}

static bool is_number(const saker_value *v)
{
    return v->type == SAKER_INT || v->type == SAKER_UINT || v->type == SAKER_TIME || v->type == SAKER_SPAN ||
           v->type == SAKER_FLOAT || v->type == SAKER_BOOL;
}

static double as_double(const saker_value *v)
{
    switch (v->type) {
    case SAKER_FLOAT:
        return v->as.f;
    case SAKER_INT:
        return (double)v->as.i;
    case SAKER_BOOL:
        return v->as.b;
    default:
        return (double)v->as.u;
    }
}

static bool compare_doubles(double a, double b, skr_op op)
{
    switch (op) {
    case SKR_OP_LT:
        return a < b;
    case SKR_OP_LE:
        return a <= b;
    case SKR_OP_GT:
        return a > b;
    case SKR_OP_GE:
        return a >= b;
    case SKR_OP_NE:
        return a != b;
    default:
        return a == b;
    }
}

static uint64_t as_unsigned(const saker_value *v)
{
    return v->type == SAKER_BOOL ? v->as.b : v->as.u;
}

/* Numbers compare by what they are worth, also a negative with an unsigned one. */
static bool compare_numbers(const saker_value *a, const saker_value *b, skr_op op)
{
    if (a->type == SAKER_FLOAT || b->type == SAKER_FLOAT)
        return compare_doubles(as_double(a), as_double(b), op);
    bool a_below = a->type == SAKER_INT && a->as.i < 0, b_below = b->type == SAKER_INT && b->as.i < 0;
    if (a_below != b_below)
        return by_order(a_below ? -1 : 1, op);
    uint64_t x = as_unsigned(a), y = as_unsigned(b); /* two negative ones are in order, too */
    return by_order((x > y) - (x < y), op);
}

static bool icontains(saker_eval *ev, skr_str text, skr_str part)
{
    skr_ipart p;
    if (skr_ipart_init(&p, &ev->scratch, part))
        return skr_icontains(text, &p);
    ev->stats.nomem++;
    return false;
}

static bool compare_text(saker_eval *ev, skr_op op, const saker_value *a, const saker_value *b)
{
    skr_str text = text_of(a), part = text_of(b);
    switch (op) {
    case SKR_OP_CONTAINS:
    case SKR_OP_BCONTAINS:
        return skr_contains(text, part);
    case SKR_OP_ICONTAINS:
        return icontains(ev, text, part);
    case SKR_OP_STARTSWITH:
    case SKR_OP_BSTARTSWITH:
        return skr_str_starts(text, part);
    case SKR_OP_ENDSWITH:
        return skr_str_ends(text, part);
    case SKR_OP_GLOB:
        return skr_glob(part, text, false);
    case SKR_OP_IGLOB:
        return skr_glob(part, text, true);
    default:
        return by_order(skr_str_cmp(text, part), op);
    }
}

bool skr_compare(saker_eval *ev, skr_op op, const saker_value *a, const saker_value *b)
{
    if (is_number(a) && is_number(b))
        return compare_numbers(a, b, op);
    if (is_text(a) && is_text(b))
        return compare_text(ev, op, a, b);
    if (a->type != b->type)
        return op == SKR_OP_NE;
    switch (a->type) {
    case SAKER_IP:
        return same_ip(a, b) == (op != SKR_OP_NE);
    case SAKER_NET:
        return in_net(a, b) == (op != SKR_OP_NE);
    default:
        return false;
    }
}

/* ---- Sets ---- */

/* The bytes by which a value is found in a set; `room` holds them where the value does not. */
skr_str skr_set_key(const saker_value *v, uint64_t *room)
{
    switch (v->type) {
    case SAKER_STR:
    case SAKER_BYTES:
        return text_of(v);
    case SAKER_IP:
    case SAKER_NET: /* for an index, which looks at the bits in front only */
        return (skr_str){ (const char *)v->as.ip, v->len };
    case SAKER_BOOL:
        *room = v->as.b;
        break;
    case SAKER_FLOAT: {
        double d = v->as.f + 0.0; /* -0.0 is 0.0 */
        memcpy(room, &d, sizeof d);
        break;
    }
    default:
        *room = v->as.u;
    }
    return (skr_str){ (const char *)room, sizeof *room };
}

static bool in_strings(const skr_check *c, const saker_value *v)
{
    uint64_t room;
    skr_str key = skr_set_key(v, &room);
    while (v->type == SAKER_BYTES && key.len && key.ptr[key.len - 1] == '\0')
        key.len--; /* as the reference: NULs at the end of the event's bytes do not count */
    return skr_strset_has(c->as.set, key);
}

static bool in_nets(const skr_check *c, const saker_value *v)
{
    if (v->prefix == v->len * 8)
        return skr_netset_has(c->as.nets, v->as.ip, v->len);
    for (uint32_t i = 0; i < c->count; i++) /* the value is a network itself: rare */
        if (in_net(v, &c->values[i]))
            return true;
    return false;
}

/* ---- One value ---- */

static bool run_regex(saker_eval *ev, const skr_regex *regex, const saker_value *v)
{
    skr_regex_event(ev->regex, ev->epoch);
    skr_regex_result r = skr_regex_match(regex, ev->regex, text_of(v));
    if (r == SKR_REGEX_LIMIT)
        ev->stats.limits++;
    return r == SKR_REGEX_YES;
}

static bool one_literal(saker_eval *ev, const skr_check *c, const saker_value *v, uint32_t i)
{
    switch (c->op) {
    case SKR_OP_REGEX:
        return is_text(v) && run_regex(ev, c->as.regex[i], v);
    case SKR_OP_ICONTAINS:
        return is_text(v) && skr_icontains(text_of(v), &c->as.ipart[i]);
    case SKR_OP_PMATCH: /* all at once */
        return is_text(v) && skr_paths_match(c->as.paths, text_of(v));
    case SKR_OP_IN:
    case SKR_OP_INTERSECTS:
        return skr_compare(ev, SKR_OP_EQ, v, &c->values[i]);
    default:
        return skr_compare(ev, (skr_op)c->op, v, &c->values[i]);
    }
}

/* Literal by literal: modifiers, and values that may be of any kind (below SAKER_DYN), which take one of the list. */
static bool by_modifier(saker_eval *ev, const skr_check *c, const saker_value *value)
{
    uint32_t yes = 0;
    saker_value v = *value;
    while ((c->op == SKR_OP_IN || c->op == SKR_OP_INTERSECTS) && v.type == SAKER_BYTES && v.len &&
           v.as.s[v.len - 1] == '\0')
        v.len--; /* as in_strings */
    for (uint32_t i = 0; i < c->count; i++) {
        bool is = one_literal(ev, c, &v, i);
        if (is && (c->modifier == SKR_MOD_ANYOF || c->modifier == SKR_MOD_NONE))
            return true;
        if (!is && c->modifier == SKR_MOD_ALLOF)
            return false;
        yes += is;
        if (yes > 1 && c->modifier == SKR_MOD_ONEOF)
            return false;
    }
    return c->modifier == SKR_MOD_ALLOF ? c->count > 0 : c->modifier == SKR_MOD_ONEOF && yes == 1;
}

/* What takes more than a few instructions. */
static SKR_APART bool test_hard(saker_eval *ev, const skr_check *c, const saker_value *v)
{
    const saker_value *r = &c->as.v;
    switch ((skr_pred)c->pred) {
    case SKR_P_FLOAT:
        return compare_doubles(v->as.f, r->as.f, (skr_op)c->op);
    case SKR_P_STR_ORDER:
        return by_order(skr_str_cmp(text_of(v), text_of(r)), (skr_op)c->op);
    case SKR_P_CONTAINS:
        return skr_contains(text_of(v), text_of(r));
    case SKR_P_ICONTAINS:
        return skr_icontains(text_of(v), c->as.ipart);
    case SKR_P_GLOB:
        return skr_glob(text_of(r), text_of(v), false);
    case SKR_P_IGLOB:
        return skr_glob(text_of(r), text_of(v), true);
    case SKR_P_REGEX:
        return run_regex(ev, c->as.regex[0], v);
    case SKR_P_PATHS:
        return skr_paths_match(c->as.paths, text_of(v));
    case SKR_P_IP_EQ:
        return same_ip(v, r);
    case SKR_P_IP_NE:
        return !same_ip(v, r);
    case SKR_P_NET_EQ:
        return in_net(v, r);
    case SKR_P_NET_NE:
        return !in_net(v, r);
    case SKR_P_NET_SET:
        return in_nets(c, v) != c->negate;
    case SKR_P_MODIFIER:
        return by_modifier(ev, c, v);
    default: /* FIELD is run elsewhere */
        return false;
    }
}

static bool test_value(saker_eval *ev, const skr_check *c, const saker_value *v)
{
    const saker_value *r = &c->as.v;
    switch ((skr_pred)c->pred) {
    case SKR_P_EXISTS:
        return true;
    case SKR_P_NEVER:
        return false;
    case SKR_P_BOOL_EQ:
        return v->as.b == r->as.b;
    case SKR_P_BOOL_NE:
        return v->as.b != r->as.b;
    case SKR_P_INT_EQ:
        return v->as.i == r->as.i;
    case SKR_P_INT_NE:
        return v->as.i != r->as.i;
    case SKR_P_INT_LT:
        return v->as.i < r->as.i;
    case SKR_P_INT_LE:
        return v->as.i <= r->as.i;
    case SKR_P_INT_GT:
        return v->as.i > r->as.i;
    case SKR_P_INT_GE:
        return v->as.i >= r->as.i;
    case SKR_P_UINT_EQ:
        return v->as.u == r->as.u;
    case SKR_P_UINT_NE:
        return v->as.u != r->as.u;
    case SKR_P_UINT_LT:
        return v->as.u < r->as.u;
    case SKR_P_UINT_LE:
        return v->as.u <= r->as.u;
    case SKR_P_UINT_GT:
        return v->as.u > r->as.u;
    case SKR_P_UINT_GE:
        return v->as.u >= r->as.u;
    case SKR_P_STR_EQ:
        return same_text(v, r);
    case SKR_P_STR_NE:
        return !same_text(v, r);
    case SKR_P_STARTS:
        return v->len >= r->len && skr_same_bytes(v->as.s, r->as.s, r->len);
    case SKR_P_ENDS:
        return v->len >= r->len && skr_same_bytes(v->as.s + (v->len - r->len), r->as.s, r->len);
    case SKR_P_SET:
        return in_strings(c, v) != c->negate;
    default:
        return test_hard(ev, c, v);
    }
}

/* ---- Slot against slot ---- */

/* How many of the values `a` are among `b`? Both may be long. */
static uint32_t count_common(saker_eval *ev, const saker_value *a, uint32_t n, const saker_value *b, uint32_t m)
{
    uint32_t common = 0;
    uint64_t room, *rooms = skr_arena_array(&ev->scratch, m, sizeof *rooms);
    skr_str *keys = skr_arena_array(&ev->scratch, m, sizeof *keys);
    skr_strset set;
    if (!n || !m)
        return 0;
    for (uint32_t i = 0; keys && rooms && i < m; i++)
        keys[i] = skr_set_key(&b[i], &rooms[i]);
    if (!keys || !rooms || !skr_strset_init(&set, &ev->scratch, keys, m)) {
        ev->stats.nomem++;
        return 0;
    }
    for (uint32_t i = 0; i < n; i++)
        common += skr_strset_has(&set, skr_set_key(&a[i], &room));
    return common;
}

static bool run_field(saker_eval *ev, const skr_check *c)
{
    const skr_held *l = skr_slot_get(ev, c->slot), *r = l->present ? skr_slot_get(ev, c->right) : l;
    if (!l->present || !r->present)
        return false;
    const saker_value *a = skr_held_values(ev, l), *b = skr_held_values(ev, r);
    if (ev->p->slots.v[c->slot].is_list) {
        uint32_t common = count_common(ev, a, l->count, b, r->count);
        return c->op == SKR_OP_IN ? common == l->count : common > 0;
    }
    skr_op op = c->op == SKR_OP_IN || c->op == SKR_OP_INTERSECTS ? SKR_OP_EQ : (skr_op)c->op;
    return l->count && r->count && skr_compare(ev, op, a, b);
}

/* ---- Checks ---- */

static bool each(saker_eval *ev, const skr_check *c, const saker_value *v, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!test_value(ev, c, &v[i]))
            return false;
    return true;
}

static bool some(saker_eval *ev, const skr_check *c, const saker_value *v, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (test_value(ev, c, &v[i]))
            return true;
    return false;
}

/* More values than one, or another slot. */
static SKR_APART bool run_many(saker_eval *ev, const skr_check *c, const skr_held *h)
{
    if (c->pred == SKR_P_FIELD)
        return run_field(ev, c);
    if (!h->present)
        return false;
    const saker_value *v = skr_held_values(ev, h);
    switch ((skr_over)c->over) {
    case SKR_OVER_SOME:
        return some(ev, c, v, h->count);
    case SKR_OVER_EACH:
        return each(ev, c, v, h->count);
    case SKR_OVER_BOTH:
        return h->count && each(ev, c, v, h->count);
    case SKR_OVER_ONE: /* and there is none, or more than one */
        break;
    }
    return c->pred == SKR_P_EXISTS;
}

bool skr_check_run(saker_eval *ev, const skr_check *c)
{
    ev->stats.checks++;
    const skr_held *h = skr_slot_get(ev, c->slot);
    if (SKR_UNLIKELY(c->over != SKR_OVER_ONE || h->count != 1 || c->pred == SKR_P_FIELD))
        return run_many(ev, c, h);
    return test_value(ev, c, &h->one);
}
