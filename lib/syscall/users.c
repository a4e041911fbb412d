/* SPDX-License-Identifier: Apache-2.0 */
/* Users and groups by container and number (state.md 5), and containers by id. Both tables are bounded: when one is
 * full the oldest entry goes. Containers write their own lists of users, so these are short, and go before the
 * machine's. */
#include "state_impl.h"

enum { MAX_USERS = 65536, MAX_OF_ONE = 2048, MAX_CONTAINERS = 4096, FIRST_BUCKETS = 64 };

/* ---- Users: a list for each container ---- */

static size_t list_bucket(const skr_state *s, skr_str container_id)
{
    return skr_hash(container_id.ptr, container_id.len, s->seed) & (s->users.cap - 1);
}

static skr_user_list *list_find(const skr_state *s, skr_str container_id)
{
    if (!container_id.len)
        return s->users.host;
    skr_user_list *l = s->users.cap ? s->users.buckets[list_bucket(s, container_id)] : NULL;
    while (l && !skr_str_eq(l->container_id, container_id))
        l = l->next;
    return l;
}

static bool lists_grow(skr_state *s)
{
    skr_users *u = &s->users;
    size_t cap = u->cap ? u->cap * 2 : FIRST_BUCKETS;
    skr_user_list **buckets = skr_zalloc(s->mem, cap * sizeof *buckets);
    if (!buckets)
        return u->cap != 0; /* longer chains will do */
    size_t old_cap = u->cap;
    skr_user_list **old = u->buckets;
    u->buckets = buckets;
    u->cap = cap;
    for (size_t i = 0; i < old_cap; i++)
        for (skr_user_list *l = old[i], *next; l; l = next) {
            next = l->next;
            skr_user_list **at = &buckets[list_bucket(s, l->container_id)];
            l->next = *at;
            *at = l;
        }
    skr_free(s->mem, old, old_cap * sizeof *old);
    return true;
}

static skr_user_list *list_new(skr_state *s, skr_str container_id)
{
    skr_users *u = &s->users;
    if (container_id.len && u->lists >= u->cap && !lists_grow(s))
        return NULL;
    skr_user_list *l = skr_zalloc(s->mem, sizeof *l);
    if (!l)
        return NULL;
    l->container_id = skr_text_make(&s->texts, container_id);
    if (container_id.len && !l->container_id.len) {
        skr_free(s->mem, l, sizeof *l);
        return NULL;
    }
    skr_idtable_init(&l->ids[0], s->mem, s->seed);
    skr_idtable_init(&l->ids[1], s->mem, s->seed);
    if (!container_id.len)
        return u->host = l;
    skr_user_list **at = &u->buckets[list_bucket(s, container_id)];
    l->next = *at;
    *at = l;
    u->lists++;
    return l;
}

static void list_free(skr_state *s, skr_user_list *l)
{
    if (l == s->users.host) {
        s->users.host = NULL;
    } else {
        skr_user_list **at = &s->users.buckets[list_bucket(s, l->container_id)];
        while (*at != l)
            at = &(*at)->next;
        *at = l->next;
        s->users.lists--;
    }
    skr_idtable_free(&l->ids[0]);
    skr_idtable_free(&l->ids[1]);
    skr_text_drop(&s->texts, l->container_id);
    skr_free(s->mem, l, sizeof *l);
}

static uint32_t id_of(const skr_user_rec *r)
{
    return r->group ? r->u.gid : r->u.uid;
}

static skr_user_rec *user_find(const skr_state *s, bool group, skr_str container_id, uint32_t id)
{
    const skr_user_list *l = list_find(s, container_id);
    return l ? skr_idtable_get(&l->ids[group], id) : NULL;
}

static skr_user_ages *ages_of(skr_state *s, const skr_user_list *l)
{
    return &s->users.ages[l != s->users.host];
}

/* Also its list when that becomes empty. */
static void user_remove(skr_state *s, skr_user_rec *r)
{
    skr_user_list *l = r->list;
    skr_user_ages *ages = ages_of(s, l);
    skr_idtable_remove(&l->ids[r->group], id_of(r));
    *(r->older ? &r->older->newer : &ages->oldest) = r->newer;
    *(r->newer ? &r->newer->older : &ages->newest) = r->older;
    s->users.n--;
    skr_text_drop(&s->texts, r->u.name);
    skr_text_drop(&s->texts, r->u.home);
    skr_text_drop(&s->texts, r->u.shell);
    skr_free(s->mem, r, sizeof *r);
    if (!l->ids[0].n && !l->ids[1].n)
        list_free(s, l);
}

static skr_user_rec *user_new(skr_state *s, bool group, skr_str container_id, uint32_t id)
{
    skr_users *u = &s->users;
    skr_user_list *l = list_find(s, container_id);
    if (u->n >= MAX_USERS) {
        s->stats.full_lists++;
        user_remove(s, u->ages[1].oldest ? u->ages[1].oldest : u->ages[0].oldest);
        l = list_find(s, container_id); /* may have gone with its last */
    }
    if (!l)
        l = list_new(s, container_id);
    skr_user_rec *r = l ? skr_zalloc(s->mem, sizeof *r) : NULL;
    if (!r || !skr_idtable_put(&l->ids[group], id, r)) {
        skr_free(s->mem, r, sizeof *r);
        if (l && !l->ids[0].n && !l->ids[1].n)
            list_free(s, l);
        return NULL;
    }
    r->list = l;
    r->group = group;
    r->u = (skr_user){ id, id, SKR_STR(""), SKR_STR(""), SKR_STR("") };
    skr_user_ages *ages = ages_of(s, l);
    r->older = ages->newest;
    *(ages->newest ? &ages->newest->newer : &ages->oldest) = r;
    ages->newest = r;
    u->n++;
    return r;
}

/* Has a container told of as many as it may? */
static bool list_full(const skr_state *s, bool group, skr_str container_id)
{
    const skr_user_list *l = container_id.len ? list_find(s, container_id) : NULL;
    return l && l->ids[group].n >= MAX_OF_ONE;
}

bool skr_state_add_user(skr_state *s, bool group, skr_str container_id, const skr_user *u)
{
    uint32_t id = group ? u->gid : u->uid;
    skr_user_rec *r = user_find(s, group, container_id, id);
    if (!r && list_full(s, group, container_id)) {
        s->stats.full_lists++;
        return false;
    }
    if (!r)
        r = user_new(s, group, container_id, id);
    if (!r) {
        s->stats.nomem++;
        return false;
    }
    r->number = s->users.added++;
    r->u.gid = u->gid;
    skr_state_text(s, &r->u.name, u->name);
    skr_state_text(s, &r->u.home, u->home);
    skr_state_text(s, &r->u.shell, u->shell);
    return true;
}

void skr_users_remove(skr_state *s, bool group, skr_str container_id, uint32_t id)
{
    skr_user_rec *r = user_find(s, group, container_id, id);
    if (r)
        user_remove(s, r);
}

void skr_state_forget_users(skr_state *s, skr_str container_id)
{
    skr_user_list *l = list_find(s, container_id);
    if (!l)
        return;
    for (int group = 0; group < 2; group++)
        for (size_t i = 0; i < l->ids[group].cap; i++) {
            skr_user_rec *r = l->ids[group].slots[i].item;
            if (!r)
                continue;
            bool last = l->ids[0].n + l->ids[1].n == 1;
            user_remove(s, r);
            if (last)
                return; /* the list went with it */
            i--;        /* removal moves what follows into the gap */
        }
}

void skr_users_free(skr_state *s)
{
    for (int i = 0; i < 2; i++)
        while (s->users.ages[i].oldest)
            user_remove(s, s->users.ages[i].oldest);
    skr_free(s->mem, s->users.buckets, s->users.cap * sizeof *s->users.buckets);
    s->users = (skr_users){ 0 };
}

const skr_user *skr_state_user(const skr_state *s, skr_str container_id, uint32_t uid)
{
    const skr_user_rec *r = user_find(s, false, container_id, uid);
    return r ? &r->u : NULL;
}

const skr_user *skr_state_group(const skr_state *s, skr_str container_id, uint32_t gid)
{
    const skr_user_rec *r = user_find(s, true, container_id, gid);
    return r ? &r->u : NULL;
}

uint64_t skr_state_user_count(const skr_state *s)
{
    return s->users.added;
}

void skr_state_each_user(const skr_state *s, uint64_t count,
                         bool (*fn)(void *ctx, bool group, skr_str container_id, const skr_user *u), void *ctx)
{
    uint64_t first = count < s->users.added ? s->users.added - count : 0;
    for (int i = 0; i < 4; i++)
        for (const skr_user_rec *r = s->users.ages[i & 1].oldest; r; r = r->newer)
            if (r->number >= first && r->group == (i > 1) && !fn(ctx, r->group, r->list->container_id, &r->u))
                return;
}

void skr_state_need_ids(skr_state *s, skr_thread_rec *r)
{
    if (s->os.ids &&
        (!skr_state_user(s, r->t.container_id, r->t.uid) || !skr_state_group(s, r->t.container_id, r->t.gid)))
        s->os.ids(s->os.ctx, &r->t, r->t.uid, r->t.gid);
}

/* ---- Containers ---- */

static size_t container_bucket(const skr_state *s, skr_str id)
{
    return skr_hash(id.ptr, id.len, s->seed) & (s->containers.cap - 1);
}

static skr_container_rec *container_find(const skr_state *s, skr_str id)
{
    if (!s->containers.n)
        return NULL;
    skr_container_rec *r = s->containers.buckets[container_bucket(s, id)];
    while (r && !skr_str_eq(r->c->id, id))
        r = r->next;
    return r;
}

static void container_remove(skr_state *s, skr_container_rec *r)
{
    skr_containers *t = &s->containers;
    skr_container_rec **at = &t->buckets[container_bucket(s, r->c->id)];
    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
    *(r->older ? &r->older->newer : &t->oldest) = r->newer;
    *(r->newer ? &r->newer->older : &t->newest) = r->older;
    t->n--;
    skr_container_free(s->mem, r->c);
    skr_free(s->mem, r, sizeof *r);
}

static bool containers_grow(skr_state *s)
{
    skr_containers *t = &s->containers;
    size_t cap = t->cap ? t->cap * 2 : FIRST_BUCKETS;
    skr_container_rec **buckets = skr_zalloc(s->mem, cap * sizeof *buckets);
    if (!buckets)
        return t->cap != 0;
    skr_free(s->mem, t->buckets, t->cap * sizeof *t->buckets);
    t->buckets = buckets;
    t->cap = cap;
    for (skr_container_rec *r = t->oldest; r; r = r->newer) {
        skr_container_rec **at = &buckets[container_bucket(s, r->c->id)];
        r->next = *at;
        *at = r;
    }
    return true;
}

bool skr_state_add_container(skr_state *s, skr_container *c)
{
    skr_containers *t = &s->containers;
    skr_container_rec *old = container_find(s, c->id);
    if (old)
        container_remove(s, old);
    if (t->n >= MAX_CONTAINERS) {
        s->stats.full_lists++;
        container_remove(s, t->oldest);
    }
    skr_container_rec *r = t->n < t->cap || containers_grow(s) ? skr_zalloc(s->mem, sizeof *r) : NULL;
    if (!r) {
        s->stats.nomem++;
        skr_container_free(s->mem, c);
        return false;
    }
    r->c = c;
    r->ip = skr_container_ip(c);
    r->number = t->added++;
    skr_container_rec **at = &t->buckets[container_bucket(s, c->id)];
    r->next = *at;
    *at = r;
    r->older = t->newest;
    *(t->newest ? &t->newest->newer : &t->oldest) = r;
    t->newest = r;
    t->n++;
    return true;
}

void skr_state_remove_container(skr_state *s, skr_str id)
{
    skr_container_rec *r = container_find(s, id);
    if (r)
        container_remove(s, r);
}

void skr_containers_free(skr_state *s)
{
    while (s->containers.oldest)
        container_remove(s, s->containers.oldest);
    skr_free(s->mem, s->containers.buckets, s->containers.cap * sizeof *s->containers.buckets);
    if (s->containers.host)
        skr_container_free(s->mem, s->containers.host);
    s->containers = (skr_containers){ 0 };
}

const skr_container *skr_state_container(const skr_state *s, skr_str id)
{
    if (!id.len)
        return s->containers.host;
    const skr_container_rec *r = container_find(s, id);
    return r ? r->c : NULL;
}

uint64_t skr_state_container_count(const skr_state *s)
{
    return s->containers.added;
}

void skr_state_each_container(const skr_state *s, uint64_t count, bool (*fn)(void *ctx, const skr_container *c),
                              void *ctx)
{
    uint64_t first = count < s->containers.added ? s->containers.added - count : 0;
    for (const skr_container_rec *r = s->containers.oldest; r; r = r->newer)
        if (r->number >= first && !fn(ctx, r->c))
            return;
}
