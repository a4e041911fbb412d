/* SPDX-License-Identifier: Apache-2.0 */
/* Which clause stands for each rule. All rules together: a family that is probed for one rule is free for the next, and
 * a family whose users are cheaper with their second choice (or without any) is not probed at all. */
#include "index_build.h"

#define MOST_FOUND 0.25 /* keys of a family that one value has, as a guess */

enum { ROUNDS = 128, REFINEMENTS = 16, MOST_PAIRS = 1 << 14, FEW_ATOMS = 16 };

static uint32_t slot_cost(const skr_index_builder *b, uint32_t slot)
{
    const skr_slot *s = &b->p->slots.v[slot];
    uint32_t cost = s->store == SAKER_STR || s->store == SAKER_BYTES ? 12 : 6;
    if (s->is_list || s->any)
        cost += 60;
    if (s->kind != SKR_EXPR_FIELD)
        cost += 30;
    else if (s->arg.key)
        cost += 60; /* found by its name, and mostly composed */
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
static bool add_choice(skr_index_builder *b, skr_item *item, const skr_choice *choice)
{
    skr_choice *c = &item->choices[item->choice_count];
    const skr_clause *clause = choice->clause;
    *c = *choice;
    c->first = (uint32_t)b->used.n;
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

/* What many rules ask for is likely to be there more often than its text says. */
static double chance_of(const skr_index_builder *b, const skr_clause *c, uint32_t part)
{
    double chance = c->chance;
    for (uint32_t n = skr_index_sharing(b, part); n > 1; n /= 4)
        chance *= 1.5;
    return chance < 0.5 ? chance : 0.5;
}

/* Long clauses of many rules must not cost their product. */
static bool can_be_filed(skr_index_builder *b, const skr_clause *c)
{
    enum { MOST_FILED = 1 << 19, MOST_FOR_RULE = 32 };
    const size_t most = MOST_FILED + (size_t)b->p->rule_count * MOST_FOR_RULE;
    if (c->count <= FEW_ATOMS)
        return true;
    if (c->count > most - b->w->filed)
        return false;
    b->w->filed += c->count;
    return true;
}

/* The most selective clauses of a rule. */
static bool find_choices(skr_index_builder *b, uint32_t i)
{
    skr_item *item = &b->items[i];
    skr_choice best[SKR_MOST_CLAUSES];
    uint32_t count, room, n = 0;
    const uint32_t *parts = skr_index_parts(b, i, &count, &room);
    for (uint32_t k = 0; k < count; k++) {
        const skr_clause *c = skr_witness_of(b->w, parts[k]);
        if (!c)
            return false;
        if (!c->count || c->chance > 0.5 || skr_index_is_fact(b, parts[k]) || /* a fact says it before any look-up */
            skr_index_is_done(b, i, parts[k]) || !can_be_filed(b, c))
            continue;
        const skr_choice choice = { c, parts[k], chance_of(b, c, parts[k]), 1, 0, 0 };
        uint32_t at = n < SKR_MOST_CLAUSES ? n : SKR_MOST_CLAUSES;
        for (; at > 0 && best[at - 1].chance > choice.chance; at--)
            if (at < SKR_MOST_CLAUSES)
                best[at] = best[at - 1];
        if (at < SKR_MOST_CLAUSES)
            best[at] = choice;
        n += n < SKR_MOST_CLAUSES;
    }
    for (uint32_t k = 0; k < n; k++)
        if (!add_choice(b, item, &best[k]))
            return false;
    return true;
}

/* A value has few of all the keys that rules look up in it: the more keys there are, the less likely is each. */
static bool share_chances(skr_index_builder *b)
{
    double *total = skr_arena_array(&b->tmp, b->families.n, sizeof *total);
    if (!total && b->families.n)
        return false;
    for (uint32_t i = 0; i < b->count; i++)
        for (uint32_t k = 0; k < b->items[i].choice_count; k++) {
            const skr_choice *c = &b->items[i].choices[k];
            for (uint32_t f = 0; f < c->count; f++)
                total[b->used.v[c->first + f]] += c->chance / skr_index_sharing(b, c->part) / c->count;
        }
    for (uint32_t i = 0; i < b->count; i++)
        for (uint32_t k = 0; k < b->items[i].choice_count; k++) {
            skr_choice *c = &b->items[i].choices[k];
            double least = c->count ? 1e9 : MOST_FOUND;
            for (uint32_t f = 0; f < c->count; f++)
                if (total[b->used.v[c->first + f]] < least)
                    least = total[b->used.v[c->first + f]];
            if (least > MOST_FOUND)
                c->chance *= MOST_FOUND / least;
        }
    return true;
}

/* ---- Costs ---- */

/* How many of those that a choice leads to get a look? Where many rules share it, an index of these follows, which
 * looks up another clause. */
static double rest_of(const skr_index_builder *b, const skr_item *item, const skr_choice *c)
{
    double rest = 1;
    if (skr_index_sharing(b, c->part) < SKR_FEWEST_OF_SUB)
        return 1;
    for (uint32_t k = 0; k < item->choice_count; k++) {
        const skr_choice *o = &item->choices[k];
        if (o != c && o->chance < rest && skr_index_sharing(b, o->part) < SKR_FEWEST_OF_SUB)
            rest = o->chance;
    }
    return rest;
}

static void find_rests(skr_index_builder *b)
{
    for (uint32_t i = 0; i < b->count; i++)
        for (uint32_t k = 0; k < b->items[i].choice_count; k++)
            b->items[i].choices[k].rest = rest_of(b, &b->items[i], &b->items[i].choices[k]);
}

/* What a full look costs: mostly some first checks, rarely all. */
static double cost_of_look(const skr_item *item)
{
    return 10 + (item->cost < 1000 ? item->cost : 1000) / 2.0;
}

/* The same where a rule is looked at whenever its group is live: its first checks often say no. */
static double cost_in_turn(const skr_item *item)
{
    return 10 + (item->cost < 1000 ? item->cost : 1000) / 3.0;
}

/* Is the family left alone for the rules of a group? */
static bool is_barred(const skr_index_builder *b, uint32_t family, uint32_t group)
{
    return b->barred && b->barred[family * b->needs.n + group];
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
            possible = b->families.v[id].active && id != but && !is_barred(b, id, item->group);
        }
        double cost = c->chance * cost_of_look(item) * c->rest * b->open[item->group];
        if (possible && cost < best) {
            best = cost;
            *chosen = k;
        }
    }
    return best;
}

/* Chooses for every rule, and finds how likely it is that each family is asked: when one of its users' groups is open,
 * as if gates opened by chance. */
static bool choose_all(skr_index_builder *b)
{
    uint32_t *last =
        skr_arena_array(&b->tmp, b->families.n, sizeof *last); /* group + 1 that was counted last, by family */
    if (!last && b->families.n)
        return false;
    for (size_t f = 0; f < b->families.n; f++) {
        b->families.v[f].users = 0;
        b->families.v[f].reach = 0;
    }
    for (uint32_t n = 0; n < b->count; n++) {
        skr_item *item = &b->items[b->by_group[n]];
        cost_of(b, item, SKR_NO_ID, &item->chosen);
        const skr_choice *c = item->chosen < 0 ? NULL : &item->choices[item->chosen];
        for (uint32_t k = 0; c && k < c->count; k++) {
            uint32_t id = b->used.v[c->first + k];
            skr_family_id *f = &b->families.v[id];
            f->users++;
            if (last[id] != item->group + 1)
                f->reach += (1 - f->reach) * b->open[item->group];
            last[id] = item->group + 1;
        }
    }
    return true;
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

/* Adds to `gain` what each family that is not probed would save if it were: what rules that lack only it pay more now,
 * less its look-up. */
static bool weigh_back(skr_index_builder *b, double *gain)
{
    double *reach = skr_arena_array(&b->tmp, b->families.n, sizeof *reach);
    uint32_t *last = skr_arena_array(&b->tmp, b->families.n, sizeof *last);
    if ((!reach || !last) && b->families.n)
        return false;
    memset(gain, 0, b->families.n * sizeof *gain);
    for (uint32_t n = 0; n < b->count; n++) {
        const skr_item *item = &b->items[b->by_group[n]];
        int8_t chosen;
        const double now = cost_of(b, item, SKR_NO_ID, &chosen), open = b->open[item->group];
        for (uint32_t k = 0; k < item->choice_count; k++) {
            const skr_choice *c = &item->choices[k];
            uint32_t lacking = 0, id = 0;
            for (uint32_t f = 0; f < c->count; f++)
                if (!b->families.v[b->used.v[c->first + f]].active) {
                    id = b->used.v[c->first + f];
                    lacking++;
                }
            const double cost = c->chance * cost_of_look(item) * c->rest * open;
            if (lacking != 1 || cost >= now)
                continue;
            gain[id] += now - cost;
            if (last[id] != item->group + 1)
                reach[id] += (1 - reach[id]) * open;
            last[id] = item->group + 1;
        }
    }
    for (size_t f = 0; f < b->families.n; f++)
        gain[f] -= b->families.v[f].cost * reach[f];
    return true;
}

/* Families that nobody uses go at once; of the others the one whose loss saves most. */
static size_t best_drop(skr_index_builder *b, double *gain)
{
    size_t best = SIZE_MAX;
    weigh(b, gain);
    for (size_t f = 0; f < b->families.n; f++) {
        skr_family_id *id = &b->families.v[f];
        if (!id->users)
            id->active = false;
        if (id->active && gain[f] > 0 && (best == SIZE_MAX || gain[f] > gain[best]))
            best = f;
    }
    return best;
}

static size_t best_return(const skr_index_builder *b, const double *gain)
{
    size_t best = SIZE_MAX;
    for (size_t f = 0; f < b->families.n; f++)
        if (!b->families.v[f].active && gain[f] > 0.001 && (best == SIZE_MAX || gain[f] > gain[best]))
            best = f;
    return best;
}

/* Entries by group, in order within one. */
static bool sort_by_group(skr_index_builder *b)
{
    uint32_t *starts = skr_arena_array(&b->tmp, b->needs.n + 1, sizeof *starts);
    b->by_group = skr_arena_array(&b->tmp, b->count, sizeof *b->by_group);
    if (!starts || !b->by_group)
        return false;
    for (uint32_t i = 0; i < b->count; i++)
        starts[b->items[i].group + 1]++;
    for (size_t g = 0; g < b->needs.n; g++)
        starts[g + 1] += starts[g];
    for (uint32_t i = 0; i < b->count; i++)
        b->by_group[starts[b->items[i].group]++] = i;
    return true;
}

/* ---- One group at a time ---- */

typedef struct pairs { /* by family and group */
    uint32_t *users;
    double *loss; /* of the group's rules without the family */
    double *shut; /* by family: chance that no group which has users is open */
} pairs;

/* What it costs that a group has the family looked up: only where no other group does. */
static double cost_of_pair(const skr_index_builder *b, const pairs *p, uint32_t family, uint32_t group)
{
    const double open = b->open[group] < 0.99 ? b->open[group] : 0.99;
    const bool used = p->users[family * b->needs.n + group] > 0;
    return b->families.v[family].cost * open * p->shut[family] / (used ? 1 - open : 1);
}

static void count_users(const skr_index_builder *b, pairs *p)
{
    const size_t groups = b->needs.n;
    memset(p->users, 0, b->families.n * groups * sizeof *p->users);
    for (uint32_t i = 0; i < b->count; i++) {
        const skr_item *item = &b->items[i];
        const skr_choice *c = item->chosen < 0 ? NULL : &item->choices[item->chosen];
        for (uint32_t k = 0; c && k < c->count; k++)
            p->users[b->used.v[c->first + k] * groups + item->group]++;
    }
    for (size_t f = 0; f < b->families.n; f++) {
        p->shut[f] = 1;
        for (size_t g = 0; g < groups; g++)
            if (p->users[f * groups + g])
                p->shut[f] *= 1 - (b->open[g] < 0.99 ? b->open[g] : 0.99);
    }
}

/* What the rules of each group would pay more, each without one family: their own looks, and families that are looked
 * up instead. */
static void find_losses(const skr_index_builder *b, pairs *p)
{
    memset(p->loss, 0, b->families.n * b->needs.n * sizeof *p->loss);
    for (uint32_t i = 0; i < b->count; i++) {
        const skr_item *item = &b->items[i];
        const skr_choice *c = item->chosen < 0 ? NULL : &item->choices[item->chosen];
        int8_t other;
        const double now = c ? cost_of(b, item, SKR_NO_ID, &other) : 0;
        for (uint32_t k = 0; c && k < c->count; k++) {
            const uint32_t f = b->used.v[c->first + k];
            double *loss = &p->loss[f * b->needs.n + item->group];
            *loss += cost_of(b, item, f, &other) - now;
            const skr_choice *o = other < 0 ? NULL : &item->choices[other];
            for (uint32_t n = 0; o && n < o->count; n++) {
                const uint32_t id = b->used.v[o->first + n];
                if (!p->users[id * b->needs.n + item->group])
                    *loss += cost_of_pair(b, p, id, item->group);
            }
        }
    }
}

/* A family that is cheap to ask for where it is asked anyway may be dear to one more group: where the rules of a group
 * have another clause, they take that. */
static bool refine(skr_index_builder *b)
{
    size_t count;
    if (!skr_mul(b->families.n, b->needs.n, &count) || count == 0 || count > MOST_PAIRS || b->needs.n < 2)
        return true;
    pairs p = { skr_arena_array(&b->tmp, count, sizeof *p.users), skr_arena_array(&b->tmp, count, sizeof *p.loss),
                skr_arena_array(&b->tmp, b->families.n, sizeof *p.shut) };
    b->barred = skr_arena_array(&b->tmp, count, sizeof *b->barred);
    if (!p.users || !p.loss || !p.shut || !b->barred)
        return false;
    for (unsigned round = 0; round < REFINEMENTS; round++) {
        size_t best = SIZE_MAX;
        double most = 0;
        count_users(b, &p);
        find_losses(b, &p);
        for (size_t i = 0; i < count; i++) {
            const double gain =
                p.users[i] ? cost_of_pair(b, &p, (uint32_t)(i / b->needs.n), (uint32_t)(i % b->needs.n)) - p.loss[i]
                           : 0;
            if (gain > most) {
                most = gain;
                best = i;
            }
        }
        if (best == SIZE_MAX)
            return true;
        b->barred[best] = true;
        if (!choose_all(b))
            return false;
    }
    return true;
}

bool skr_index_choose(skr_index_builder *b)
{
    for (uint32_t i = 0; i < b->count; i++)
        if (!find_choices(b, i))
            return false;
    double *gain = skr_arena_array(&b->tmp, b->families.n, sizeof *gain);
    if ((!gain && b->families.n) || !share_chances(b) || !sort_by_group(b))
        return false;
    find_rests(b);
    for (unsigned round = 0; round < ROUNDS; round++) {
        const bool dropping = round < ROUNDS / 2;
        if (!choose_all(b))
            return false;
        size_t best = best_drop(b, gain);
        if (best == SIZE_MAX || !dropping) { /* what was dropped early may be worth it now */
            if (!weigh_back(b, gain))
                return false;
            best = best_return(b, gain);
        }
        if (best == SIZE_MAX)
            break;
        b->families.v[best].active = !b->families.v[best].active;
    }
    return choose_all(b) && refine(b);
}
