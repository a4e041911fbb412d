/* SPDX-License-Identifier: Apache-2.0 */
/* The look-up structures of an index, and the order in which one is made. */
#include "index_build.h"

#include <stdlib.h>

enum { FEWEST_ENTRIES = 2, MOST_DEPTH = 3 };

/* ---- Postings: which entries an atom stands for ---- */

/* An atom of the chosen clause of an entry. */
typedef struct use {
    const skr_atom *atom;
    uint32_t group, entry;
} use;

static uint64_t number_key(const skr_atom *a)
{
    return a->number;
}

/* Atoms are sorted by family, then by what is looked up, so that equal keys stand side by side. */
static int compare_keys(const skr_atom *a, const skr_atom *b)
{
    if (a->family == SKR_FAM_SET)
        return 0;
    if (a->family == SKR_FAM_NUMBER)
        return (number_key(a) > number_key(b)) - (number_key(a) < number_key(b));
    if (a->when != b->when)
        return (int)a->when - (int)b->when;
    return skr_str_cmp(a->key, b->key);
}

static int compare_uses(const void *x, const void *y)
{
    const use *a = x, *b = y;
    if (a->atom->family != b->atom->family)
        return (int)a->atom->family - (int)b->atom->family;
    if (a->atom->slot != b->atom->slot)
        return a->atom->slot < b->atom->slot ? -1 : 1;
    if (a->atom->set != b->atom->set)
        return a->atom->set < b->atom->set ? -1 : 1;
    int c = compare_keys(a->atom, b->atom);
    if (c)
        return c;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    return (a->entry > b->entry) - (a->entry < b->entry);
}

typedef struct maker {
    skr_index_builder *b;
    use *uses;
    size_t count;
    SKR_VEC(skr_posting) postings;
    SKR_VEC(skr_run) runs;
    SKR_VEC(uint32_t) posted;
    SKR_VEC(uint32_t) list; /* group and entries of a run under construction */
    skr_map lists;          /* run by its list: keys of one clause have equal lists */
} maker;

static bool same_family(const skr_atom *a, const skr_atom *b)
{
    return a->family == b->family && a->slot == b->slot && a->set == b->set;
}

static uint32_t number_of(const skr_index_builder *b, uint32_t entry)
{
    return b->ids ? b->ids[entry] : entry;
}

static bool make_sub(skr_index_builder *above, const uint32_t *entries, uint32_t count, uint32_t *sub);

/* Completes `r`, whose entries are those of the list. */
static bool settle_run(maker *m, skr_run *r)
{
    const size_t size = m->list.n * sizeof *m->list.v;
    size_t same = skr_map_get(&m->lists, (skr_str){ (const char *)m->list.v, size });
    if (same != SIZE_MAX) {
        *r = m->runs.v[same];
        return true;
    }
    const char *key = skr_arena_dup(&m->b->tmp, m->list.v, size);
    r->first = (uint32_t)m->posted.n;
    r->count = (uint32_t)m->list.n - 1;
    if (!key || skr_map_add(&m->lists, (skr_str){ key, size }, m->runs.n) == SIZE_MAX)
        return false;
    for (uint32_t i = 1; i <= r->count; i++)
        if (!skr_vec_push(m->b->mem, &m->posted, number_of(m->b, m->list.v[i])))
            return false;
    return make_sub(m->b, m->list.v + 1, r->count, &r->sub);
}

/* The posting of uses [from, to), which are sorted by group and entry. */
static bool add_posting(maker *m, size_t from, size_t to)
{
    skr_mem *mem = m->b->mem;
    skr_posting p = { (uint32_t)m->runs.n, 0 };
    for (size_t i = from, next; i < to; i = next) {
        skr_run r = { .group = m->uses[i].group, .sub = SKR_NO_ID };
        m->list.n = 0;
        if (!skr_vec_push(mem, &m->list, r.group))
            return false;
        for (next = i; next < to && m->uses[next].group == r.group; next++)
            if ((next == i || m->uses[next].entry != m->uses[next - 1].entry) &&
                !skr_vec_push(mem, &m->list, m->uses[next].entry))
                return false;
        if (!settle_run(m, &r) || !skr_vec_push(mem, &m->runs, r))
            return false;
        p.count++;
    }
    return skr_vec_push(mem, &m->postings, p);
}

static int by_entry(const void *x, const void *y)
{
    const use *a = x, *b = y;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    return (a->entry > b->entry) - (a->entry < b->entry);
}

/* One posting for all BELOW keys of a family, for paths that do not stand in plain form. */
static bool add_below(maker *m, skr_family *f, size_t from, size_t to)
{
    size_t n = 0, keep = m->count;
    f->below = SKR_NO_ID;
    use *all = skr_arena_array(&m->b->tmp, to - from, sizeof *all), *before = m->uses;
    if (!all)
        return false;
    for (size_t i = from; i < to; i++) {
        const skr_atom *a = m->uses[i].atom;
        if (a->when != SKR_RADIX_BELOW)
            continue;
        all[n++] = m->uses[i];
        if (a->key.len > f->below_len)
            f->below_len = (uint32_t)a->key.len;
    }
    if (n == 0)
        return true;
    qsort(all, n, sizeof *all, by_entry);
    f->below = (uint32_t)m->postings.n;
    m->uses = all;
    bool ok = add_posting(m, 0, n);
    m->uses = before;
    m->count = keep;
    return ok;
}

/* ---- Families ---- */

/* Whole keys: a set whose strings have postings. */
static bool make_set(maker *m, skr_family *f, const skr_radix_key *keys, size_t count)
{
    skr_arena *a = &m->b->p->arena;
    skr_str *texts = skr_arena_array(&m->b->tmp, count, sizeof *texts);
    uint32_t *values = skr_arena_array(a, count, sizeof *values);
    skr_strset *set = skr_arena_alloc(a, sizeof *set);
    if (!texts || !values || !set)
        return false;
    for (size_t i = 0; i < count; i++)
        texts[i] = keys[i].key;
    if (!skr_strset_init(set, a, texts, count) || set->count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        values[skr_strset_find(set, keys[i].key)] = keys[i].value;
    f->set = set;
    f->values = values;
    f->most = 1;
    return true;
}

static bool make_radix(maker *m, skr_family *f, skr_radix_key *keys, size_t count)
{
    f->radix = skr_radix_new(&m->b->p->arena, keys, count, f->kind == SKR_FAM_BACKWARD);
    f->most = f->radix ? f->radix->most : 0;
    return f->radix != NULL;
}

static bool make_grams(maker *m, skr_family *f, const skr_radix_key *keys, size_t count)
{
    skr_gram_pattern *patterns = skr_arena_array(&m->b->tmp, count, sizeof *patterns);
    if (!patterns)
        return false;
    for (size_t i = 0; i < count; i++)
        patterns[i] = (skr_gram_pattern){ keys[i].key, keys[i].value };
    f->grams = skr_grams_new(&m->b->p->arena, patterns, count);
    return f->grams != NULL;
}

static bool make_structure(maker *m, skr_family *f, skr_radix_key *keys, size_t count)
{
    bool whole = true;
    for (size_t i = 0; i < count; i++)
        whole = whole && keys[i].when == SKR_RADIX_WHOLE;
    switch ((skr_family_kind)f->kind) {
    case SKR_FAM_TEXT:
        return make_grams(m, f, keys, count);
    case SKR_FAM_SET:
        f->always = keys[0].value;
        f->most = 1;
        return true;
    case SKR_FAM_FORWARD:
    case SKR_FAM_ADDRESS:
        return whole ? make_set(m, f, keys, count) : make_radix(m, f, keys, count);
    case SKR_FAM_BACKWARD:
        return make_radix(m, f, keys, count);
    case SKR_FAM_NUMBER:
        return make_set(m, f, keys, count);
    }
    return false;
}

static bool key_of(maker *m, const skr_atom *atom, skr_str *key)
{
    skr_arena *a = &m->b->p->arena;
    if (atom->family == SKR_FAM_SET) {
        *key = SKR_STR("");
        return true;
    }
    *key = atom->family == SKR_FAM_NUMBER
               ? skr_str_dup(a, (skr_str){ (const char *)&atom->number, sizeof atom->number })
               : skr_str_dup(a, atom->key);
    return key->ptr != NULL;
}

/* The family of uses [from, to). */
static bool make_family(maker *m, skr_family *f, size_t from, size_t to)
{
    const skr_atom *first = m->uses[from].atom;
    *f = (skr_family){ .kind = first->family, .slot = first->slot, .set = first->set, .below = SKR_NO_ID };
    skr_radix_key *keys = skr_arena_array(&m->b->tmp, to - from, sizeof *keys);
    size_t count = 0;
    if (!keys)
        return false;
    for (size_t i = from, next; i < to; i = next) {
        const skr_atom *a = m->uses[i].atom;
        next = i + 1;
        while (next < to && compare_keys(a, m->uses[next].atom) == 0)
            next++;
        keys[count].when = a->family == SKR_FAM_NUMBER ? SKR_RADIX_WHOLE : (skr_radix_when)a->when;
        keys[count].value = (uint32_t)m->postings.n;
        if (!key_of(m, a, &keys[count].key) || !add_posting(m, i, next))
            return false;
        count++;
    }
    return add_below(m, f, from, to) && make_structure(m, f, keys, count);
}

static bool collect_uses(maker *m)
{
    skr_index_builder *b = m->b;
    size_t total = 0;
    for (uint32_t i = 0; i < b->count; i++)
        total += b->items[i].chosen < 0 ? 0 : b->items[i].choices[b->items[i].chosen].clause->count;
    m->uses = skr_arena_array(&b->tmp, total + 1, sizeof *m->uses);
    if (!m->uses)
        return false;
    for (uint32_t i = 0; i < b->count; i++) {
        const skr_item *item = &b->items[i];
        const skr_clause *c = item->chosen < 0 ? NULL : item->choices[item->chosen].clause;
        for (uint32_t k = 0; c && k < c->count; k++)
            m->uses[m->count++] = (use){ &c->atoms[k], item->group, i };
    }
    qsort(m->uses, m->count, sizeof *m->uses, compare_uses);
    return true;
}

/* The number that a family got among those in use is that of its first use: leaves refer to it by this order. */
static bool make_families(maker *m)
{
    skr_index_builder *b = m->b;
    uint32_t n = 0;
    for (size_t f = 0; f < b->families.n; f++)
        n += b->families.v[f].users > 0;
    skr_family *made = skr_arena_array(&b->p->arena, n, sizeof *made);
    if (!made && n)
        return false;
    for (size_t from = 0, to; from < m->count; from = to) {
        const skr_atom *a = m->uses[from].atom;
        uint32_t at = 0;
        to = from + 1;
        while (to < m->count && same_family(a, m->uses[to].atom))
            to++;
        for (size_t f = 0; f < b->families.n; f++) {
            const skr_family_id *id = &b->families.v[f];
            if (id->kind == a->family && id->slot == a->slot && id->set == a->set)
                break;
            at += id->users > 0;
        }
        if (!make_family(m, &made[at], from, to))
            return false;
        if (made[at].most > b->ix->most)
            b->ix->most = made[at].most;
    }
    b->ix->families = made;
    b->ix->family_count = n;
    return true;
}

/* ---- Groups: rules without a clause ---- */

static bool make_groups(skr_index_builder *b)
{
    const size_t n = b->needs.n;
    skr_group *groups = skr_arena_array(&b->p->arena, n, sizeof *groups);
    uint32_t *direct = skr_arena_array(&b->p->arena, b->count, sizeof *direct), at = 0;
    if (!groups || !direct)
        return false;
    for (uint32_t i = 0; i < b->count; i++)
        groups[b->items[i].group].count += b->items[i].chosen < 0;
    for (size_t g = 0; g < n; g++) {
        groups[g].first = at;
        at += groups[g].count;
        groups[g].count = 0;
    }
    for (uint32_t i = 0; i < b->count; i++) {
        skr_group *g = &groups[b->items[i].group];
        if (b->items[i].chosen < 0)
            direct[g->first + g->count++] = i;
    }
    const bool lost = b->above && !b->facts.n && !b->ix->family_count; /* it tells nothing apart and is not kept */
    for (size_t g = 0; g < n; g++)
        if (lost)
            groups[g].sub = SKR_NO_ID;
        else if (!make_sub(b, direct + groups[g].first, groups[g].count, &groups[g].sub))
            return false;
    for (uint32_t i = 0; i < at; i++)
        direct[i] = number_of(b, direct[i]);
    b->ix->groups = groups;
    b->ix->group_count = (uint32_t)n;
    b->ix->direct = direct;
    return true;
}

/* ---- One index ---- */

static void *keep(skr_index_builder *b, const void *v, size_t count, size_t item)
{
    void *p = skr_arena_array(&b->p->arena, count, item);
    if (p && count)
        memcpy(p, v, count * item);
    return p;
}

bool skr_index_families(skr_index_builder *b)
{
    maker m = { .b = b };
    skr_map_init(&m.lists, b->mem);
    bool ok = collect_uses(&m) && make_families(&m) && make_groups(b);
    if (ok) {
        b->ix->postings = keep(b, m.postings.v, m.postings.n, sizeof *m.postings.v);
        b->ix->runs = keep(b, m.runs.v, m.runs.n, sizeof *m.runs.v);
        b->ix->posted = keep(b, m.posted.v, m.posted.n, sizeof *m.posted.v);
        ok = (b->ix->postings || !m.postings.n) && (b->ix->runs || !m.runs.n) && (b->ix->posted || !m.posted.n);
    }
    skr_map_free(&m.lists);
    skr_vec_free(b->mem, &m.list);
    skr_vec_free(b->mem, &m.postings);
    skr_vec_free(b->mem, &m.runs);
    skr_vec_free(b->mem, &m.posted);
    return ok;
}

static bool make_items(skr_index_builder *b)
{
    b->items = skr_arena_array(&b->tmp, b->count, sizeof *b->items);
    for (uint32_t i = 0; b->items && i < b->count; i++)
        b->items[i].cost = b->rs->all.v[b->rs->of_code.v[b->entries[i].code]].cost;
    return b->items != NULL;
}

/* Makes b->ix of the entries. */
static bool build(skr_index_builder *b)
{
    skr_arena_init(&b->tmp, b->mem);
    skr_map_init(&b->family_ids, b->mem);
    skr_map_init(&b->fact_ids, b->mem);
    skr_map_init(&b->tally_ids, b->mem);
    b->ix = skr_arena_alloc(&b->p->arena, sizeof *b->ix);
    bool ok = b->ix && make_items(b) && skr_index_gates(b) && skr_index_choose(b) && skr_index_families(b) &&
              skr_index_graph(b);
    if (ok)
        b->ix->entry_count = b->count;
    skr_vec_free(b->mem, &b->facts);
    skr_vec_free(b->mem, &b->needs);
    skr_vec_free(b->mem, &b->families);
    skr_vec_free(b->mem, &b->used);
    skr_map_free(&b->family_ids);
    skr_map_free(&b->fact_ids);
    skr_map_free(&b->tally_ids);
    return ok;
}

/* ---- Indexes that follow from another ---- */

static skr_index_builder *first_of(skr_index_builder *b)
{
    while (b->above)
        b = b->above;
    return b;
}

/* Does an index tell entries apart? */
static bool is_worthwhile(const skr_index *ix)
{
    return ix->gate_count > 0 || ix->family_count > 0;
}

/* An index of some entries of the one above, which share a key or have none. *sub is SKR_NO_ID if there is no use for
 * one. */
static bool make_sub(skr_index_builder *above, const uint32_t *entries, uint32_t count, uint32_t *sub)
{
    skr_index_builder *first = first_of(above);
    skr_index_builder b = { .above = above, .p = above->p, .rs = above->rs, .w = above->w, .mem = above->mem };
    *sub = SKR_NO_ID;
    if (count < SKR_FEWEST_OF_SUB || above->depth == MOST_DEPTH || first->subs.n >= SKR_MOST_SUBS)
        return true;
    skr_entry *list = skr_arena_array(&above->tmp, count, sizeof *list);
    uint32_t *in_above = skr_arena_array(&above->tmp, count, sizeof *in_above);
    uint32_t *ids = skr_arena_array(&above->tmp, count, sizeof *ids);
    if (!list || !in_above || !ids)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        list[i] = above->entries[entries[i]];
        in_above[i] = entries[i];
        ids[i] = number_of(above, entries[i]);
    }
    b.depth = above->depth + 1;
    b.entries = list;
    b.count = count;
    b.in_above = in_above;
    b.ids = ids;
    bool ok = build(&b);
    skr_arena_free(&b.tmp);
    if (!ok || !is_worthwhile(b.ix))
        return ok;
    *sub = (uint32_t)first->subs.n;
    if (b.ix->most > first->most)
        first->most = b.ix->most;
    return skr_vec_push(first->mem, &first->subs, b.ix);
}

/* ---- All ---- */

int skr_index_build(skr_program *p, skr_residues *rs, skr_witnesses *w, const skr_entry *entries, uint32_t count,
                    const skr_index **index)
{
    *index = NULL;
    if (count < FEWEST_ENTRIES)
        return 0;
    skr_index_builder b = { .p = p, .rs = rs, .w = w, .mem = rs->mem, .entries = entries, .count = count };
    bool ok = build(&b);
    if (ok) {
        b.ix->subs = keep(&b, b.subs.v, b.subs.n, sizeof *b.subs.v);
        b.ix->sub_count = (uint32_t)b.subs.n;
        b.ix->most = b.most > b.ix->most ? b.most : b.ix->most;
        ok = b.ix->subs || !b.subs.n;
    }
    if (ok)
        *index = b.ix;
    skr_vec_free(b.mem, &b.subs);
    skr_arena_free(&b.tmp);
    return ok ? 0 : SAKER_ENOMEM;
}
