/* SPDX-License-Identifier: Apache-2.0 */
/* Which clause stands for each rule. All rules together: a family that is probed for one rule is free for the next, and
 * a family whose users are cheaper with their second choice (or without any) is not probed at all. */
#include "index_build.h"

enum { ROUNDS = 64 };

static uint32_t slot_cost(const skr_index_builder *b, uint32_t slot)
{
    const skr_slot *s = &b->p->slots.v[slot];
    uint32_t cost = s->store == SAKER_STR || s->store == SAKER_BYTES ? 12 : 6;
    if (s->is_list || s->any)
        cost += 60;
    if (s->kind != SKR_EXPR_FIELD)
        cost += 30;
    return cost;
}

static uint32_t family_cost(const skr_index_builder *b, const skr_atom *a)
{
    static const uint32_t look_up[] = { [SKR_FAM_FORWARD] = 15, [SKR_FAM_BACKWARD] = 14, [SKR_FAM_TEXT] = 70,
                                        [SKR_FAM_NUMBER] = 5,   [SKR_FAM_ADDRESS] = 10,  [SKR_FAM_SET] = 14 };
    return look_up[a->family] + slot_cost(b, a->slot);
}

/* Number of an atom's family; SKR_NO_ID: out of memory. */
static uint32_t family_of(skr_index_builder *b, const skr_atom *a)
{
    struct {
        uint64_t kind, slot;
        const skr_strset *set;
    } *key = skr_arena_alloc(&b->tmp, sizeof *key);
    if (!key)
        return SKR_NO_ID;
    key->kind = a->family;
    key->slot = a->slot;
    key->set = a->set;
    size_t id = skr_map_add(&b->family_ids, (skr_str){ (const char *)key, sizeof *key }, b->families.n);
    skr_family_id f = { .kind = a->family, .slot = a->slot, .set = a->set, .cost = family_cost(b, a), .active = true };
    if (id == SIZE_MAX || (id == b->families.n && !skr_vec_push(b->mem, &b->families, f)))
        return SKR_NO_ID;
    return (uint32_t)id;
}

/* Families of a clause's atoms, each once, behind `used`. */
static bool add_choice(skr_index_builder *b, skr_item *item, const skr_clause *clause)
{
    skr_choice *c = &item->choices[item->choice_count];
    *c = (skr_choice){ clause, (uint32_t)b->used.n, 0 };
    for (uint32_t i = 0; i < clause->count; i++) {
        const skr_atom *a = &clause->atoms[i], *before = i ? a - 1 : NULL;
        if (before && before->family == a->family && before->slot == a->slot && before->set == a->set)
            continue;
        uint32_t f = family_of(b, a), k = 0;
        if (f == SKR_NO_ID)
            return false;
        while (k < c->count && b->used.v[c->first + k] != f)
            k++;
        if (k == c->count) {
            if (!skr_vec_push(b->mem, &b->used, f))
                return false;
            c->count++;
        }
    }
    item->choice_count++;
    return true;
}

/* The most selective clauses of a rule. */
static bool find_choices(skr_index_builder *b, uint32_t i)
{
    skr_item *item = &b->items[i];
    const skr_clause *best[SKR_MOST_CLAUSES];
    uint32_t count, room, n = 0;
    const uint32_t *parts = skr_index_parts(b, i, &count, &room);
    for (uint32_t k = 0; k < count; k++) {
        const skr_clause *c = skr_witness_of(b->w, parts[k]);
        if (!c)
            return false;
        if (!c->count || c->chance > 0.5)
            continue;
        uint32_t at = n < SKR_MOST_CLAUSES ? n : SKR_MOST_CLAUSES;
        while (at > 0 && best[at - 1]->chance > c->chance) {
            if (at < SKR_MOST_CLAUSES)
                best[at] = best[at - 1];
            at--;
        }
        if (at < SKR_MOST_CLAUSES)
            best[at] = c;
        n += n < SKR_MOST_CLAUSES;
    }
    for (uint32_t k = 0; k < n; k++)
        if (!add_choice(b, item, best[k]))
            return false;
    return true;
}

/* ---- Costs ---- */

/* What a rule costs where it is looked at whenever its group is live: mostly its first check, sometimes more. */
static double cost_in_turn(const skr_item *item)
{
    double cost = item->cost < 60 ? item->cost : 60;
    return 6 + cost / 2;
}

/* The rule's cost with the families that are active, one of them (`but`) left out; *chosen says by which clause. */
static double cost_of(const skr_index_builder *b, const skr_item *item, uint32_t but, int8_t *chosen)
{
    double best = cost_in_turn(item) * b->open[item->group];
    *chosen = -1;
    for (int8_t k = 0; k < (int8_t)item->choice_count; k++) {
        const skr_choice *c = &item->choices[k];
        bool possible = true;
        for (uint32_t f = 0; f < c->count && possible; f++) {
            uint32_t id = b->used.v[c->first + f];
            possible = b->families.v[id].active && id != but;
        }
        double cost = c->clause->chance * (10 + item->cost) * b->open[item->group];
        if (possible && cost < best) {
            best = cost;
            *chosen = k;
        }
    }
    return best;
}

static void choose_all(skr_index_builder *b)
{
    for (size_t f = 0; f < b->families.n; f++) {
        b->families.v[f].users = 0;
        b->families.v[f].reach = 0;
    }
    for (uint32_t i = 0; i < b->count; i++) {
        skr_item *item = &b->items[i];
        cost_of(b, item, SKR_NO_ID, &item->chosen);
        const skr_choice *c = item->chosen < 0 ? NULL : &item->choices[item->chosen];
        for (uint32_t k = 0; c && k < c->count; k++) {
            skr_family_id *f = &b->families.v[b->used.v[c->first + k]];
            f->users++;
            f->reach += (1 - f->reach) * b->open[item->group]; /* as if gates opened by chance */
        }
    }
}

/* Adds to `gain` what each family would save if it were not probed: its look-up, less what its users pay then. */
static void weigh(const skr_index_builder *b, double *gain)
{
    for (size_t f = 0; f < b->families.n; f++)
        gain[f] = b->families.v[f].active ? b->families.v[f].cost * b->families.v[f].reach : 0;
    for (uint32_t i = 0; i < b->count; i++) {
        const skr_item *item = &b->items[i];
        int8_t other;
        if (item->chosen < 0)
            continue;
        const skr_choice *c = &item->choices[item->chosen];
        double now = cost_of(b, item, SKR_NO_ID, &other);
        for (uint32_t k = 0; k < c->count; k++) {
            uint32_t f = b->used.v[c->first + k];
            gain[f] -= cost_of(b, item, f, &other) - now;
        }
    }
}

bool skr_index_choose(skr_index_builder *b)
{
    for (uint32_t i = 0; i < b->count; i++)
        if (!find_choices(b, i))
            return false;
    double *gain = skr_arena_array(&b->tmp, b->families.n, sizeof *gain);
    if (!gain && b->families.n)
        return false;
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t best = SIZE_MAX;
        choose_all(b);
        weigh(b, gain);
        for (size_t f = 0; f < b->families.n; f++)
            if (b->families.v[f].active && (!b->families.v[f].users || gain[f] > 0) &&
                (best == SIZE_MAX || gain[f] > gain[best]))
                best = f;
        if (best == SIZE_MAX)
            break;
        for (size_t f = 0; f < b->families.n; f++) /* those that nobody uses go at once */
            if (!b->families.v[f].users)
                b->families.v[f].active = false;
        if (b->families.v[best].users)
            b->families.v[best].active = false;
    }
    choose_all(b);
    return true;
}
