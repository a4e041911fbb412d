/* SPDX-License-Identifier: Apache-2.0 */
/* After each file the whole collection counts as compiled anew. What has to be done for that is only what the file can
 * have changed: units that it defines or appends to, that hold the name of a list that it changed, or that refer to a
 * macro that it changed. Words are known by hashes; a collision costs a compilation and nothing else. */
#include "loader.h"

enum { BLOOM_BITS = 1 << 16, MAX_ROUNDS = 16 };

typedef struct changes {
    skr_loader *l;
    uint64_t names[BLOOM_BITS / 64]; /* of lists that changed */
    bool any, odd;
} changes;

bool skr_put_words(skr_loader *l, skr_str text, skr_words *words)
{
    skr_str word;
    for (size_t at = 0; skr_next_word(text, &at, &word);)
        if (!skr_vec_push(l->mem, words, skr_hash_word(l, word)))
            return skr_loader_lost(l);
    return true;
}

static void add_name(changes *c, skr_str name)
{
    uint32_t h = skr_hash_word(c->l, name) % BLOOM_BITS;
    c->names[h / 64] |= (uint64_t)1 << h % 64;
    c->any = true;
    for (size_t i = 0; i < name.len; i++)
        c->odd = c->odd || skr_is_list_delimiter(name.ptr[i]);
}

static bool mentions(const changes *c, const skr_words *words)
{
    for (size_t i = 0; c->any && i < words->n; i++) {
        uint32_t h = words->v[i] % BLOOM_BITS;
        if (c->names[h / 64] >> h % 64 & 1)
            return true;
    }
    return false;
}

static void mark_lists(changes *c)
{
    skr_loader *l = c->l;
    for (size_t i = 0; i < l->lists.n; i++)
        if (l->lists.v[i].head.touched)
            add_name(c, l->lists.v[i].head.name);
    for (size_t i = 0; i < l->lists.n; i++) {
        skr_list *x = &l->lists.v[i];
        x->mentions = x->changed = x->head.touched || mentions(c, &x->words);
    }
    for (size_t i = 0; i < l->lists.n; i++) {
        skr_list *x = &l->lists.v[i];
        for (size_t k = 0; k < x->nested.n && !x->changed; k++)
            x->changed = l->lists.v[x->nested.v[k]].mentions;
    }
}

/* By what its text is made of. */
static bool text_changed(const changes *c, const skr_head *h, const skr_unit *u)
{
    if (h->touched || !u->text || c->odd || mentions(c, &u->words))
        return true;
    for (size_t i = 0; c->any && i < u->lists.n; i++)
        if (c->l->lists.v[u->lists.v[i].list].changed)
            return true;
    return false;
}

static bool macros_changed(const changes *c, const skr_unit *u)
{
    const skr_loader *l = c->l;
    for (size_t i = 0; i < u->refs.n; i++) {
        const skr_ref *r = &u->refs.v[i];
        if (r->macro == SIZE_MAX ? skr_map_get(&l->macro_names, r->node->name) != SIZE_MAX
                                 : l->macros.v[r->macro].unit.dirty)
            return true;
    }
    return false;
}

/* References mostly lead to macros defined before; each round takes one step in the other direction. */
static void mark_macros(changes *c)
{
    skr_loader *l = c->l;
    bool more = true;
    for (size_t i = 0; i < l->macros.n; i++)
        l->macros.v[i].unit.dirty = text_changed(c, &l->macros.v[i].head, &l->macros.v[i].unit);
    for (int round = 0; more; round++) {
        more = false;
        for (size_t i = 0; i < l->macros.n; i++) {
            skr_unit *u = &l->macros.v[i].unit;
            if (u->dirty || (round < MAX_ROUNDS && !macros_changed(c, u)))
                continue;
            u->dirty = more = true;
        }
    }
}

static void mark_rules(changes *c)
{
    skr_loader *l = c->l;
    for (size_t i = 0; i < l->rules.n; i++) {
        skr_rule *r = &l->rules.v[i];
        bool late = !r->schema && skr_loader_schema(l, r->source);
        r->unit.dirty =
            r->schema ? text_changed(c, &r->head, &r->unit) || macros_changed(c, &r->unit) : late || r->head.touched;
    }
}

bool skr_find_changes(skr_loader *l)
{
    changes *c = skr_zalloc(l->mem, sizeof *c);
    if (!c)
        return skr_loader_lost(l);
    c->l = l;
    mark_lists(c);
    mark_macros(c);
    mark_rules(c);
    for (size_t i = 0; i < l->lists.n; i++)
        l->lists.v[i].head.touched = false;
    for (size_t i = 0; i < l->macros.n; i++)
        l->macros.v[i].head.touched = false;
    for (size_t i = 0; i < l->rules.n; i++)
        l->rules.v[i].head.touched = false;
    skr_free(l->mem, c, sizeof *c);
    return true;
}
