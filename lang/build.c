/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"
#include "eval.h"
#include "netset.h"
#include "paths.h"
#include "regex.h"
#include "search.h"
#include "strset.h"

/* ---- Keys: bytes that are equal when the things are ---- */

static void key_u64(skr_builder *b, uint64_t v)
{
    skr_buf_add(&b->key, &v, sizeof v);
}

static void key_str(skr_builder *b, skr_str s)
{
    key_u64(b, s.len);
    skr_buf_str(&b->key, s);
}

uint32_t skr_build_intern(skr_builder *b, skr_map *map, size_t next, bool *fresh)
{
    if (b->key.failed)
        return SKR_NO_ID;
    size_t id = skr_map_get(map, (skr_str){ b->key.ptr, b->key.len });
    *fresh = id == SIZE_MAX;
    if (!*fresh)
        return (uint32_t)id;
    char *key = skr_arena_dup(&b->keep, b->key.ptr, b->key.len);
    if (!key || next >= SKR_FALSE || skr_map_add(map, (skr_str){ key, b->key.len }, next) == SIZE_MAX)
        return SKR_NO_ID;
    return (uint32_t)next;
}

/* ---- Slots ---- */

static bool fill_slot(skr_builder *b, const skr_expr *e, const uint32_t *items, skr_slot *s)
{
    skr_arena *a = &b->p->arena;
    *s = (skr_slot){ .kind = (uint8_t)e->kind,
                     .type = (uint8_t)e->type,
                     .store = (uint8_t)skr_type(e->type)->store,
                     .xform = (uint8_t)e->xform,
                     .is_list = e->is_list,
                     .any = e->any,
                     .pair = e->pair,
                     .by_kind = e->by_kind,
                     .letter = (int16_t)e->letter,
                     .count = (uint32_t)e->count,
                     .arg = e->arg };
    if (e->kind == SKR_EXPR_LIST || !s->store)
        s->store = SAKER_DYN;
    /* A field of type SAKER_DYN holds what the event holds, whatever its argument says of literals. */
    if (e->kind == SKR_EXPR_FIELD && e->arg.field->type == SAKER_DYN)
        s->store = SAKER_DYN;
    s->form = (skr_form){ s->store, e->is_list || e->any || e->pair, false, false };
    if (e->kind == SKR_EXPR_FIELD) {
        s->get = e->arg.field->get;
        s->form.whole = e->arg.field->flags & SAKER_NO_NUL;
    }
    if (e->kind == SKR_EXPR_TEXT) {
        skr_str text = skr_str_dup(a, e->text);
        s->value = (saker_value){ .type = SAKER_STR, .len = (uint32_t)text.len, .as.s = text.ptr };
        return text.ptr != NULL;
    }
    if (e->arg.key && !(s->arg.key = skr_arena_dup(a, e->arg.key, strlen(e->arg.key))))
        return false;
    uint32_t *copy = skr_arena_array(a, e->count, sizeof *copy);
    if (copy && e->count)
        memcpy(copy, items, e->count * sizeof *copy);
    s->items = copy;
    return copy || !e->count;
}

static void slot_key(skr_builder *b, const skr_expr *e, const uint32_t *items)
{
    skr_buf_clear(&b->key);
    key_u64(b, (uint64_t)e->kind << 32 | (uint64_t)e->type);
    if (e->kind == SKR_EXPR_FIELD) {
        key_u64(b, (uint64_t)(uintptr_t)e->arg.field);
        key_u64(b, (uint64_t)e->arg.index);
        key_u64(b, e->arg.bound);
        key_u64(b, (uint64_t)e->arg.output << 2 | (uint64_t)e->arg.dotted << 1 | (e->arg.key != NULL));
        key_str(b, skr_str_of(e->arg.key));
    } else if (e->kind == SKR_EXPR_TEXT) {
        key_str(b, e->text);
    } else {
        key_u64(b, (uint64_t)e->xform << 32 | (uint32_t)e->letter);
        skr_buf_add(&b->key, items, e->count * sizeof *items);
    }
}

uint32_t skr_build_slot(skr_builder *b, const skr_expr *e)
{
    skr_program *p = b->p;
    bool fresh = false;
    skr_slot slot;
    uint32_t *items = skr_arena_array(&b->work, e->count, sizeof *items);
    if (!items && e->count)
        return SKR_NO_ID;
    for (size_t i = 0; i < e->count; i++)
        if ((items[i] = skr_build_slot(b, e->items[i])) == SKR_NO_ID)
            return SKR_NO_ID;
    slot_key(b, e, items);
    uint32_t id = skr_build_intern(b, &b->slot_ids, p->slots.n, &fresh);
    if (id == SKR_NO_ID || !fresh)
        return id;
    return fill_slot(b, e, items, &slot) && skr_vec_push(&p->mem, &p->slots, slot) ? id : SKR_NO_ID;
}

/* ---- Literals ---- */

static bool is_text(const saker_value *v)
{
    return v->type == SAKER_STR || v->type == SAKER_BYTES;
}

static bool same_value(const saker_value *a, const saker_value *b)
{
    if (a->type != b->type || a->len != b->len || a->prefix != b->prefix)
        return false;
    if (is_text(a))
        return a->len == 0 || memcmp(a->as.s, b->as.s, a->len) == 0;
    return memcmp(&a->as, &b->as, sizeof a->as) == 0;
}

static bool same_literals(const skr_literals *l, const skr_test *t)
{
    if (l->count != t->count || (l->op == SKR_OP_REGEX) != (t->op == SKR_OP_REGEX))
        return false;
    for (uint32_t i = 0; i < l->count; i++)
        if (!same_value(&l->values[i], &t->values[i]))
            return false;
    return true;
}

static uint64_t hash_literals(const skr_builder *b, const skr_test *t)
{
    uint64_t h = skr_hash_u64(t->count ^ b->literal_ids.seed);
    for (size_t i = 0; i < t->count; i++) {
        const saker_value *v = &t->values[i];
        h = is_text(v) ? skr_hash(v->as.s, v->len, h) : skr_hash(&v->as, sizeof v->as, h);
    }
    return h;
}

/* The literals with their bytes, in the program's arena. */
static bool copy_literals(skr_builder *b, const skr_test *t, skr_literals *l)
{
    skr_arena *a = &b->p->arena;
    size_t bytes = 0;
    for (size_t i = 0; i < t->count; i++)
        if (is_text(&t->values[i]))
            bytes += t->values[i].len;
    saker_value *v = skr_arena_array(a, t->count, sizeof *v);
    char *text = skr_arena_raw(a, bytes + 1, 1);
    if (!text || (!v && t->count))
        return false;
    for (size_t i = 0; i < t->count; i++) {
        v[i] = t->values[i];
        if (!is_text(&v[i]))
            continue;
        if (v[i].len)
            memcpy(text, t->values[i].as.s, v[i].len);
        v[i].as.s = text;
        text += v[i].len;
    }
    *l = (skr_literals){ .values = v, .count = (uint32_t)t->count, .op = t->op, .next = SKR_NO_ID };
    return true;
}

static uint32_t build_literals(skr_builder *b, const skr_test *t)
{
    bool fresh = false;
    skr_literals l;
    if (t->count >= SKR_FALSE)
        return SKR_NO_ID;
    skr_buf_clear(&b->key);
    key_u64(b, hash_literals(b, t));
    uint32_t first = skr_build_intern(b, &b->literal_ids, b->literals.n, &fresh);
    if (first == SKR_NO_ID)
        return first;
    uint32_t last = SKR_NO_ID;
    for (uint32_t i = fresh ? SKR_NO_ID : first; i != SKR_NO_ID; i = b->literals.v[i].next) {
        if (same_literals(&b->literals.v[i], t))
            return i;
        last = i;
    }
    uint32_t id = (uint32_t)b->literals.n;
    if (!copy_literals(b, t, &l) || !skr_vec_push(b->mem, &b->literals, l))
        return SKR_NO_ID;
    if (last != SKR_NO_ID)
        b->literals.v[last].next = id;
    return id;
}

uint32_t skr_build_shared(skr_builder *b, skr_checker *c, const skr_test *t, const skr_shared *s)
{
    bool fresh = false;
    skr_buf_clear(&b->key);
    key_u64(b, (uint64_t)(uintptr_t)s);
    key_u64(b, (uint64_t)t->left->type);
    const skr_str key = { b->key.ptr, b->key.len };
    size_t known = b->key.failed ? SIZE_MAX : skr_map_get(&b->shared_ids, key);
    if (known != SIZE_MAX)
        return (uint32_t)known;
    skr_test own = *t;
    own.values = skr_shared_values(c, t, s);
    own.count = s->count;
    uint32_t id = own.values ? build_literals(b, &own) : SKR_NO_ID;
    if (id == SKR_NO_ID)
        return id;
    skr_buf_clear(&b->key);
    key_u64(b, (uint64_t)(uintptr_t)s);
    key_u64(b, (uint64_t)t->left->type);
    return skr_build_intern(b, &b->shared_ids, id, &fresh);
}

/* ---- What a comparator needs of its literals, made once ---- */

static bool make_set(skr_builder *b, skr_literals *l)
{
    skr_arena *a = &b->p->arena;
    skr_str *keys = skr_alloc(b->mem, l->count * sizeof *keys);
    skr_strset *set = skr_arena_alloc(a, sizeof *set);
    const bool own_bytes = is_text(&l->values[0]) || l->values[0].type == SAKER_IP;
    uint64_t none, *rooms = own_bytes ? &none : skr_arena_array(a, l->count, sizeof *rooms);
    bool ok = keys && set && rooms;
    for (uint32_t i = 0; ok && i < l->count; i++)
        keys[i] = skr_set_key(&l->values[i], own_bytes ? &none : &rooms[i]);
    ok = ok && skr_strset_init(set, a, keys, l->count);
    skr_free(b->mem, keys, l->count * sizeof *keys);
    l->set = ok ? set : NULL;
    return ok;
}

static bool make_nets(skr_builder *b, skr_literals *l)
{
    skr_net *nets = skr_alloc(b->mem, l->count * sizeof *nets);
    skr_netset *set = skr_arena_alloc(&b->p->arena, sizeof *set);
    bool ok = nets && set;
    for (uint32_t i = 0; ok && i < l->count; i++) {
        const saker_value *v = &l->values[i];
        nets[i] = (skr_net){ .len = (uint8_t)v->len, .bits = v->prefix };
        memcpy(nets[i].ip, v->as.ip, sizeof nets[i].ip);
    }
    ok = ok && skr_netset_init(set, &b->p->arena, nets, l->count);
    skr_free(b->mem, nets, l->count * sizeof *nets);
    l->nets = ok ? set : NULL;
    return ok;
}

static bool make_paths(skr_builder *b, skr_literals *l)
{
    skr_str *paths = skr_alloc(b->mem, l->count * sizeof *paths);
    for (uint32_t i = 0; paths && i < l->count; i++)
        paths[i] = (skr_str){ l->values[i].as.s, l->values[i].len };
    l->paths = paths ? skr_paths_new(&b->p->arena, paths, l->count) : NULL;
    skr_free(b->mem, paths, l->count * sizeof *paths);
    return l->paths != NULL;
}

static bool make_iparts(skr_builder *b, skr_literals *l)
{
    skr_ipart *parts = skr_arena_array(&b->p->arena, l->count, sizeof *parts);
    for (uint32_t i = 0; parts && i < l->count; i++)
        if (!skr_ipart_init(&parts[i], &b->p->arena, (skr_str){ l->values[i].as.s, l->values[i].len }))
            return false;
    l->iparts = parts;
    return parts != NULL;
}

/* The checker has compiled each text before, within the limits. Lists may have the same ones. */
static skr_regex *one_regex(skr_builder *b, skr_str text)
{
    skr_program *p = b->p;
    const char *why;
    const size_t next = p->regexes.n, known = skr_map_get(&b->regex_ids, text);
    if (known != SIZE_MAX)
        return p->regexes.v[known];
    if (!skr_vec_reserve(&p->mem, &p->regexes, next + 1) ||
        skr_regex_new(&p->mem, &b->work, text, &p->regexes.v[next], &why))
        return NULL;
    p->regexes.n++;
    return skr_map_add(&b->regex_ids, text, next) == SIZE_MAX ? NULL : p->regexes.v[next];
}

static bool make_regexes(skr_builder *b, skr_literals *l)
{
    skr_regex **list = skr_arena_array(&b->p->arena, l->count, sizeof *list);
    for (uint32_t i = 0; list && i < l->count; i++)
        if (!(list[i] = one_regex(b, (skr_str){ l->values[i].as.s, l->values[i].len })))
            return false;
    l->regexes = list;
    return list != NULL;
}

static bool attach(skr_builder *b, skr_check *c, skr_literals *l)
{
    bool ok = true;
    switch (c->op) {
    case SKR_OP_REGEX:
        ok = l->regexes || make_regexes(b, l);
        c->as.regex = l->regexes;
        return ok;
    case SKR_OP_ICONTAINS:
        ok = l->iparts || make_iparts(b, l);
        c->as.ipart = l->iparts;
        return ok;
    case SKR_OP_PMATCH:
        ok = l->paths || make_paths(b, l);
        c->as.paths = l->paths;
        return ok;
    default:
        break;
    }
    switch (c->pred) {
    case SKR_P_SET:
        ok = l->set || make_set(b, l);
        c->as.set = l->set;
        return ok;
    case SKR_P_NET_SET:
        ok = l->nets || make_nets(b, l);
        c->as.nets = l->nets;
        return ok;
    default:
        if (l->count)
            c->as.v = l->values[0];
        return ok;
    }
}

/* ---- Comparators ---- */

static skr_pred number_pred(skr_op op, skr_pred first) /* first: ..._EQ of six in a row */
{
    switch (op) {
    case SKR_OP_NE:
        return first + 1;
    case SKR_OP_LT:
        return first + 2;
    case SKR_OP_LE:
        return first + 3;
    case SKR_OP_GT:
        return first + 4;
    case SKR_OP_GE:
        return first + 5;
    default:
        return first;
    }
}

static skr_pred text_pred(skr_op op)
{
    switch (op) {
    case SKR_OP_EQ:
        return SKR_P_STR_EQ;
    case SKR_OP_NE:
        return SKR_P_STR_NE;
    case SKR_OP_CONTAINS:
    case SKR_OP_BCONTAINS:
        return SKR_P_CONTAINS;
    case SKR_OP_ICONTAINS:
        return SKR_P_ICONTAINS;
    case SKR_OP_STARTSWITH:
    case SKR_OP_BSTARTSWITH:
        return SKR_P_STARTS;
    case SKR_OP_ENDSWITH:
        return SKR_P_ENDS;
    case SKR_OP_GLOB:
        return SKR_P_GLOB;
    case SKR_OP_IGLOB:
        return SKR_P_IGLOB;
    case SKR_OP_REGEX:
        return SKR_P_REGEX;
    default:
        return SKR_P_STR_ORDER;
    }
}

static skr_pred plain_pred(skr_op op, uint8_t store)
{
    const bool ne = op == SKR_OP_NE;
    switch (store) {
    case SAKER_BOOL:
        return ne ? SKR_P_BOOL_NE : SKR_P_BOOL_EQ;
    case SAKER_INT:
        return number_pred(op, SKR_P_INT_EQ);
    case SAKER_UINT:
    case SAKER_TIME:
    case SAKER_SPAN:
        return number_pred(op, SKR_P_UINT_EQ);
    case SAKER_FLOAT:
        return SKR_P_FLOAT;
    case SAKER_IP:
        return ne ? SKR_P_IP_NE : SKR_P_IP_EQ;
    case SAKER_NET:
        return ne ? SKR_P_NET_NE : SKR_P_NET_EQ;
    default:
        return text_pred(op);
    }
}

static void choose_set(skr_check *c)
{
    c->pred = c->store == SAKER_NET ? SKR_P_NET_SET : SKR_P_SET;
    c->op = SKR_OP_IN;
    c->modifier = SKR_MOD_NONE;
}

/* Simplest comparator that means the same. */
static void choose(skr_check *c, const skr_expr *left)
{
    const bool in = c->op == SKR_OP_IN || c->op == SKR_OP_INTERSECTS;
    if (c->count == 1)
        c->modifier = SKR_MOD_NONE;
    if (left->kind == SKR_EXPR_FIELD && (left->arg.field->flags & SAKER_WITHIN))
        c->op = SKR_OP_LE;
    if (c->count == 0) {
        c->pred = SKR_P_NEVER;
    } else if (left->kind == SKR_EXPR_FIELD && left->arg.field->type == SAKER_DYN) {
        c->pred = SKR_P_MODIFIER; /* compares values of any kind */
    } else if (c->op == SKR_OP_PMATCH) {
        c->pred = SKR_P_PATHS;
    } else if (in && c->count == 1 && c->store != SAKER_BYTES && !left->is_list) {
        c->op = SKR_OP_EQ;
        c->pred = (uint8_t)plain_pred(SKR_OP_EQ, c->store);
    } else if (in || (c->op == SKR_OP_EQ && c->modifier == SKR_MOD_ANYOF && c->store != SAKER_BYTES)) {
        choose_set(c);
    } else if (c->op == SKR_OP_NE && c->modifier == SKR_MOD_ALLOF && c->store != SAKER_BYTES) {
        choose_set(c);
        c->negate = true;
    } else if (c->modifier != SKR_MOD_NONE) {
        c->pred = SKR_P_MODIFIER;
    } else {
        c->pred = (uint8_t)plain_pred((skr_op)c->op, c->store);
    }
}

static skr_over over_of(const skr_test *t)
{
    const skr_expr *l = t->left;
    if (l->is_list)
        return t->op == SKR_OP_IN ? SKR_OVER_EACH : SKR_OVER_SOME;
    if (l->pair)
        return t->op == SKR_OP_NE ? SKR_OVER_BOTH : SKR_OVER_SOME;
    return l->any ? SKR_OVER_SOME : SKR_OVER_ONE;
}

/* ---- Costs, in the unit of a comparison of two integers ---- */

static uint32_t slot_cost(const skr_program *p, uint32_t id)
{
    const skr_slot *s = &p->slots.v[id];
    uint32_t cost = s->store == SAKER_STR || s->store == SAKER_BYTES ? 12 : 5;
    if (s->any)
        cost += 60;
    else if (s->is_list || s->pair || s->arg.index > 0)
        cost += 20;
    for (uint32_t i = 0; i < s->count; i++)
        cost += 20 + slot_cost(p, s->items[i]);
    return cost < 10000 ? cost : 10000;
}

static uint32_t pred_cost(const skr_check *c)
{
    switch (c->pred) {
    case SKR_P_STR_EQ:
    case SKR_P_STR_NE:
    case SKR_P_STARTS:
    case SKR_P_ENDS:
    case SKR_P_STR_ORDER:
        return 4;
    case SKR_P_SET:
    case SKR_P_NET_SET:
    case SKR_P_FIELD:
        return 12;
    case SKR_P_CONTAINS:
    case SKR_P_ICONTAINS:
    case SKR_P_PATHS:
        return 25;
    case SKR_P_GLOB:
    case SKR_P_IGLOB:
        return 40;
    case SKR_P_REGEX:
        return 300;
    case SKR_P_MODIFIER:
        return (c->op == SKR_OP_REGEX ? 300 : 20) * (c->count < 100 ? c->count : 100);
    default:
        return 2;
    }
}

/* ---- Checks ---- */

static void check_key(skr_builder *b, const skr_check *c, uint32_t literals)
{
    skr_buf_clear(&b->key);
    key_u64(b, (uint64_t)c->pred << 32 | (uint64_t)c->over << 24 | (uint64_t)c->op << 16 | (uint64_t)c->modifier << 8 |
                   c->negate);
    key_u64(b, (uint64_t)c->slot << 32 | c->right);
    key_u64(b, literals);
}

static bool new_check(skr_builder *b, const skr_test *t, skr_check *c, uint32_t *literals)
{
    *c = (skr_check){ .pred = SKR_P_EXISTS, .op = (uint8_t)t->op, .modifier = (uint8_t)t->modifier };
    c->store = (uint8_t)skr_type(t->left->type)->store;
    c->slot = skr_build_slot(b, t->left);
    c->right = SKR_NO_ID;
    if (c->slot == SKR_NO_ID)
        return false;
    if (t->op == SKR_OP_EXISTS)
        return true;
    if (t->right) {
        c->pred = SKR_P_FIELD;
        c->right = skr_build_slot(b, t->right);
        return c->right != SKR_NO_ID;
    }
    if (*literals == SKR_NO_ID)
        *literals = build_literals(b, t);
    if (*literals == SKR_NO_ID)
        return false;
    c->over = (uint8_t)over_of(t);
    c->values = b->literals.v[*literals].values;
    c->count = b->literals.v[*literals].count;
    choose(c, t->left);
    return true;
}

uint32_t skr_build_check(skr_builder *b, const skr_test *t, uint32_t literals)
{
    skr_program *p = b->p;
    skr_check c;
    bool fresh = false;
    if (!new_check(b, t, &c, &literals))
        return SKR_NO_ID;
    check_key(b, &c, literals);
    uint32_t id = skr_build_intern(b, &b->check_ids, p->checks.n, &fresh);
    if (id == SKR_NO_ID || !fresh)
        return id;
    if (literals != SKR_NO_ID && !attach(b, &c, &b->literals.v[literals]))
        return SKR_NO_ID;
    c.cost = pred_cost(&c) + slot_cost(p, c.slot) + (c.right == SKR_NO_ID ? 0 : slot_cost(p, c.right));
    return skr_vec_push(&p->mem, &p->checks, c) ? id : SKR_NO_ID;
}
