/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules an event of a kind is asked about, and what is left of their conditions then. Kinds fall into classes
 * that every check on the kind sees alike; each class has its list of rules, each with its residue. An index of
 * witnesses can be put in front of a list without a change to what is here. */
#include "build.h"
#include "eval.h"
#include "index.h"

typedef SKR_VEC(uint32_t) ids;
typedef SKR_VEC(skr_entry) entries;

/* Entries of all indexes: so many, and more for each rule. A short list has an index however many there are. */
enum { MOST_INDEXED = 1 << 18, MOST_FOR_RULE = 32, SHORT_LIST = 64 };

/* Parts of trees that are folded once more for classes that see them in another way: each rule has some of its own, and
 * what it needs beyond comes out of what there is for all. */
enum { FOLDED_FOR_ALL = 1 << 21, FOLDED_FOR_RULE = 512 };

typedef struct plan {
    skr_builder *b;
    skr_program *p;
    skr_mem *mem;
    skr_residues residues;
    skr_witnesses witnesses;
    skr_map settled; /* by list: those that are equal are one */
    SKR_VEC(skr_class) made;
    size_t indexed; /* entries of these                  */
    size_t to_fold; /* parts, out of those that are for all */
    /* of the schema at hand */
    uint32_t index;
    skr_space *space;
    uint32_t kinds;
    uint32_t *class_of;
    ids rows;         /* checks that the kind decides */
    uint32_t *row_of; /* the inverse: by check, SKR_NO_ID for the others */
    uint64_t *facts;  /* by kind: a bit for each row */
    size_t words;     /* of a kind's facts */
    uint32_t *first;  /* by class: one of its kinds */
    entries *lists;   /* by class: rules that ask for the kind  */
    entries others;   /* rules that do not: they are in all lists */
    entries merged;   /* of both */
} plan;

/* ---- Checks on the kind ---- */

static bool by_kind(const skr_program *p, const skr_check *c)
{
    return p->slots.v[c->slot].by_kind && (c->right == SKR_NO_ID || p->slots.v[c->right].by_kind);
}

static bool find_rows(plan *pl, const skr_plain *t)
{
    if (t->kind == SKR_CMP && pl->row_of[t->check] == SKR_NO_ID && by_kind(pl->p, &pl->p->checks.v[t->check])) {
        pl->row_of[t->check] = (uint32_t)pl->rows.n;
        return skr_vec_push(pl->mem, &pl->rows, t->check);
    }
    for (uint32_t i = 0; i < t->count; i++)
        if (!find_rows(pl, t->items[i]))
            return false;
    return true;
}

static bool is_decided(const plan *pl, uint32_t kind)
{
    return pl->space->pub->kinds && pl->space->pub->kinds[kind];
}

/* Asks every check on the kind about every kind, with an event that has nothing but its kind. */
static int find_facts(plan *pl)
{
    size_t count;
    pl->words = (pl->rows.n + 63) / 64;
    pl->facts = skr_mul(pl->words, pl->kinds, &count) ? skr_zalloc(pl->mem, count * sizeof *pl->facts) : NULL;
    saker_eval *ev = pl->facts ? skr_eval_new(pl->p) : NULL;
    for (uint32_t k = 0; ev && k < pl->kinds; k++) {
        const saker_event event = { pl->space->pub, NULL, 0, 0, k };
        if (!is_decided(pl, k))
            continue;
        skr_eval_begin(ev, &event);
        for (size_t r = 0; r < pl->rows.n; r++)
            if (skr_check_run(ev, &pl->p->checks.v[pl->rows.v[r]]))
                pl->facts[k * pl->words + r / 64] |= (uint64_t)1 << r % 64;
    }
    bool failed = !ev || ev->stats.nomem;
    skr_eval_free(ev);
    return failed ? SAKER_ENOMEM : 0;
}

static bool fact(const plan *pl, uint32_t kind, size_t row)
{
    return pl->facts[kind * pl->words + row / 64] >> row % 64 & 1;
}

/* ---- Classes ---- */

typedef struct split {
    uint32_t kinds, with; /* kinds of the class, those of them with the fact */
    uint32_t to;          /* class of the latter; 0: none yet                */
} split;

/* Splits every class in which some kinds have the fact of a row and some have not. */
static uint32_t split_by(plan *pl, size_t row, split *splits, uint32_t count)
{
    memset(splits, 0, count * sizeof *splits);
    for (uint32_t k = 0; k < pl->kinds; k++) {
        splits[pl->class_of[k]].kinds++;
        splits[pl->class_of[k]].with += fact(pl, k, row);
    }
    const uint32_t before = count;
    for (uint32_t k = 0; k < pl->kinds; k++) {
        split *s = &splits[pl->class_of[k]];
        if (pl->class_of[k] >= before || !fact(pl, k, row) || s->with == s->kinds)
            continue;
        if (!s->to)
            s->to = count++;
        pl->class_of[k] = s->to;
    }
    return count;
}

static int find_classes(plan *pl)
{
    pl->class_of = skr_arena_array(&pl->p->arena, pl->kinds, sizeof *pl->class_of);
    split *splits = skr_zalloc(pl->mem, ((size_t)pl->kinds + 2) * sizeof *splits);
    pl->first = skr_zalloc(pl->mem, ((size_t)pl->kinds + 2) * sizeof *pl->first);
    uint32_t count = 1;
    bool ok = splits && pl->first && (pl->class_of || !pl->kinds);
    for (uint32_t k = 0; ok && k < pl->kinds; k++) {
        pl->class_of[k] = is_decided(pl, k);
        if (pl->class_of[k])
            count = 2;
    }
    for (size_t r = 0; ok && r < pl->rows.n; r++)
        count = split_by(pl, r, splits, count);
    for (uint32_t k = pl->kinds; ok && k-- > 0;)
        pl->first[pl->class_of[k]] = k;
    skr_free(pl->mem, splits, ((size_t)pl->kinds + 2) * sizeof *splits);
    pl->space->class_of = pl->class_of;
    pl->space->class_count = count;
    return ok ? 0 : SAKER_ENOMEM;
}

static const uint64_t *facts_of(const plan *pl, uint32_t class)
{
    return class ? pl->facts + pl->first[class] * pl->words : NULL;
}

/* ---- Lists ---- */

static bool rows_of_tree(plan *pl, const skr_plain *t, ids *rows, size_t *parts)
{
    ++*parts;
    uint32_t row = t->kind == SKR_CMP ? pl->row_of[t->check] : SKR_NO_ID;
    if (row != SKR_NO_ID)
        return skr_vec_push(pl->mem, rows, row);
    for (uint32_t i = 0; i < t->count; i++)
        if (!rows_of_tree(pl, t->items[i], rows, parts))
            return false;
    return true;
}

/* Number of the code for a rule on events of a class; SKR_FALSE: it cannot match; SKR_NO_ID: out of memory. */
static uint32_t code_for(plan *pl, const skr_plain *tree, const uint64_t *bits)
{
    const skr_facts facts = { pl->row_of, bits };
    uint32_t residue = skr_residue_of(&pl->residues, tree, &facts);
    if (residue == SKR_NO_ID || residue == SKR_RESIDUE_FALSE)
        return residue == SKR_NO_ID ? SKR_NO_ID : SKR_FALSE;
    return skr_residue_code(&pl->residues, residue);
}

static bool add_entry(plan *pl, entries *to, uint32_t rule, uint32_t code)
{
    skr_entry e = { rule, code };
    return code == SKR_FALSE || (code != SKR_NO_ID && skr_vec_push(pl->mem, to, e));
}

/* The class's facts as far as the rule asks for them, as a text of bits. */
static skr_str facts_asked(plan *pl, const ids *rows, const uint64_t *bits)
{
    skr_buf *key = &pl->b->key;
    skr_buf_clear(key);
    skr_buf_char(key, bits ? '!' : '?');
    for (size_t i = 0; bits && i < rows->n; i += 8) {
        unsigned byte = 0;
        for (size_t k = i; k < rows->n && k < i + 8; k++)
            byte = byte << 1 | (bits[rows->v[k] / 64] >> rows->v[k] % 64 & 1);
        skr_buf_char(key, (char)byte);
    }
    return key->failed ? (skr_str){ NULL, 0 } : skr_str_dup(&pl->b->work, (skr_str){ key->ptr, key->len });
}

/* Can a tree of so many parts be folded once more (or so many words of facts be looked at)? */
static bool can_fold(plan *pl, size_t parts, size_t *own)
{
    size_t *from = parts <= *own ? own : &pl->to_fold;
    if (parts > *from)
        return false;
    *from -= parts;
    return true;
}

/* Classes that a rule sees alike share its residue: it is folded once for all of them. Where a large rule is seen in
 * many ways, the rest of the classes have what is left of it when nothing is known of the kind. */
static int add_rule(plan *pl, uint32_t rule, ids *rows)
{
    const skr_plain *tree = pl->p->rules[rule].plain;
    size_t parts = 0, own = FOLDED_FOR_RULE;
    skr_map seen;
    int err = 0;
    rows->n = 0;
    if (!rows_of_tree(pl, tree, rows, &parts))
        return SAKER_ENOMEM;
    const bool is_seen = rows->n && can_fold(pl, rows->n * pl->space->class_count / 64, &own);
    if (!is_seen)
        return add_entry(pl, &pl->others, rule, code_for(pl, tree, NULL)) ? 0 : SAKER_ENOMEM;
    skr_arena_reset(&pl->b->work);
    skr_map_init(&seen, pl->mem);
    for (uint32_t class = 0; class < pl->space->class_count && !err; class ++) {
        const uint64_t *bits = facts_of(pl, class);
        skr_str key = facts_asked(pl, rows, bits);
        size_t code = key.ptr ? skr_map_get(&seen, key) : SIZE_MAX;
        if (key.ptr && code == SIZE_MAX && bits && !can_fold(pl, parts, &own)) {
            key = SKR_STR("?");
            code = skr_map_get(&seen, key); /* of the first class */
        }
        if (key.ptr && code == SIZE_MAX) {
            code = code_for(pl, tree, bits);
            if (skr_map_add(&seen, key, code) == SIZE_MAX)
                code = SKR_NO_ID;
        }
        if (!key.ptr || !add_entry(pl, &pl->lists[class], rule, (uint32_t)code))
            err = SAKER_ENOMEM;
    }
    skr_map_free(&seen);
    return err;
}

/* Kinds and rules must not cost their product, where each kind has a long list that differs a little from the others:
 * kinds then have the list that is good for all, which asks for the kind, too. */
static bool takes_first(const plan *pl, uint32_t class, size_t n)
{
    const size_t most = MOST_INDEXED + (size_t)pl->p->rule_count * MOST_FOR_RULE;
    return class > 0 && n > SHORT_LIST && pl->indexed + n > most;
}

/* The list of a class, in the order of the rules. */
static bool merge_list(plan *pl, uint32_t class)
{
    const entries *own = &pl->lists[class], *others = &pl->others;
    size_t i = 0, k = 0;
    pl->merged.n = 0;
    while (i < own->n || k < others->n) {
        const bool is_own = k == others->n || (i < own->n && own->v[i].rule < others->v[k].rule);
        if (!skr_vec_push(pl->mem, &pl->merged, is_own ? own->v[i] : others->v[k]))
            return false;
        i += is_own;
        k += !is_own;
    }
    return true;
}

/* A class with a list that no other has, and an index of it. */
static int add_class(plan *pl, const entries *l, skr_class *class)
{
    skr_program *p = pl->p;
    skr_entry *list = skr_arena_array(&p->arena, l->n, sizeof *list);
    if (!list)
        return SAKER_ENOMEM;
    memcpy(list, l->v, l->n * sizeof *list);
    *class = (skr_class){ list, (uint32_t)l->n, NULL };
    pl->indexed += l->n;
    const skr_str key = { (const char *)list, l->n * sizeof *list };
    if (skr_map_add(&pl->settled, key, pl->made.n) == SIZE_MAX ||
        skr_index_build(p, &pl->residues, &pl->witnesses, list, class->count, &class->index) ||
        !skr_vec_push(pl->mem, &pl->made, *class))
        return SAKER_ENOMEM;
    if (class->index && class->count > p->most_entries)
        p->most_entries = class->count;
    if (class->index && class->index->most > p->most_found)
        p->most_found = class->index->most;
    if (class->index && class->index->sub_count > p->most_subs)
        p->most_subs = class->index->sub_count;
    return 0;
}

/* Equal lists (of openat and openat2, say) are one. */
static int settle_lists(plan *pl)
{
    skr_class *classes = skr_arena_array(&pl->p->arena, pl->space->class_count, sizeof *classes);
    if (!classes)
        return SAKER_ENOMEM;
    for (uint32_t i = 0; i < pl->space->class_count; i++) {
        const entries *l = &pl->merged;
        if (!merge_list(pl, i))
            return SAKER_ENOMEM;
        if (!l->n)
            continue;
        const size_t at = skr_map_get(&pl->settled, (skr_str){ (const char *)l->v, l->n * sizeof *l->v });
        if (at != SIZE_MAX)
            classes[i] = pl->made.v[at];
        else if (takes_first(pl, i, l->n))
            classes[i] = classes[0];
        else if (add_class(pl, l, &classes[i]))
            return SAKER_ENOMEM;
    }
    pl->space->classes = classes;
    return 0;
}

static int make_lists(plan *pl)
{
    ids rows = { NULL, 0, 0 };
    int err = 0;
    const size_t count = pl->space->class_count;
    pl->lists = skr_zalloc(pl->mem, count * sizeof *pl->lists);
    if (!pl->lists)
        return SAKER_ENOMEM;
    for (uint32_t i = 0; i < pl->p->rule_count && !err; i++)
        if (pl->p->rules[i].space == pl->index)
            err = add_rule(pl, i, &rows);
    if (!err)
        err = settle_lists(pl);
    for (size_t i = 0; i < count; i++)
        skr_vec_free(pl->mem, &pl->lists[i]);
    skr_free(pl->mem, pl->lists, count * sizeof *pl->lists);
    skr_vec_free(pl->mem, &pl->others);
    skr_vec_free(pl->mem, &pl->merged);
    skr_vec_free(pl->mem, &rows);
    return err;
}

/* ---- All ---- */

static int find_all_rows(plan *pl)
{
    pl->rows.n = 0;
    memset(pl->row_of, 0xff, pl->p->checks.n * sizeof *pl->row_of);
    for (uint32_t i = 0; i < pl->p->rule_count; i++)
        if (pl->p->rules[i].space == pl->index && !find_rows(pl, pl->p->rules[i].plain))
            return SAKER_ENOMEM;
    return 0;
}

static int plan_space(plan *pl, uint32_t index)
{
    pl->index = index;
    pl->space = &pl->p->spaces[index];
    pl->space->pub = pl->b->schemas.v[index]->pub;
    pl->kinds = (uint32_t)pl->space->pub->kind_count;
    pl->first = NULL;
    int err = find_all_rows(pl);
    if (!err)
        err = find_facts(pl);
    if (!err)
        err = find_classes(pl);
    if (!err)
        err = make_lists(pl);
    skr_free(pl->mem, pl->facts, pl->words * pl->kinds * sizeof *pl->facts);
    skr_free(pl->mem, pl->first, ((size_t)pl->kinds + 2) * sizeof *pl->first);
    return err;
}

static int settle_codes(plan *pl)
{
    skr_program *p = pl->p;
    const size_t n = pl->residues.codes.n;
    skr_code *codes = skr_arena_array(&p->arena, n, sizeof *codes);
    if (!codes && n)
        return SAKER_ENOMEM;
    if (n)
        memcpy(codes, pl->residues.codes.v, n * sizeof *codes);
    p->codes = codes;
    p->code_count = (uint32_t)n;
    return 0;
}

int skr_plan(skr_builder *b)
{
    skr_program *p = b->p;
    plan pl = { .b = b, .p = p, .mem = b->mem, .to_fold = FOLDED_FOR_ALL };
    p->spaces = skr_arena_array(&p->arena, b->schemas.n, sizeof *p->spaces);
    if (!p->spaces && b->schemas.n)
        return SAKER_ENOMEM;
    p->space_count = (uint32_t)b->schemas.n;
    pl.row_of = skr_alloc(b->mem, p->checks.n * sizeof *pl.row_of);
    int err = pl.row_of && skr_residues_init(&pl.residues, b->mem, &b->keep, p) ? 0 : SAKER_ENOMEM;
    skr_witnesses_init(&pl.witnesses, &pl.residues, &b->keep);
    skr_map_init(&pl.settled, b->mem);
    for (uint32_t i = 0; i < p->space_count && !err; i++)
        err = plan_space(&pl, i);
    if (!err)
        err = settle_codes(&pl);
    if (pl.residues.mem)
        skr_residues_free(&pl.residues);
    skr_free(b->mem, pl.row_of, p->checks.n * sizeof *pl.row_of);
    skr_vec_free(b->mem, &pl.rows);
    skr_witnesses_free(&pl.witnesses);
    skr_map_free(&pl.settled);
    skr_vec_free(b->mem, &pl.made);
    return err;
}
