/* SPDX-License-Identifier: Apache-2.0 */
/* Users and groups by container and number (state.md 5), and containers by id. Both tables are bounded: when one is
 * full the oldest entry goes. */
#include "state_impl.h"

enum { MAX_USERS = 65536, MAX_CONTAINERS = 4096, FIRST_BUCKETS = 64 };

/* ---- Users ---- */

static size_t user_bucket(const skr_state *s, bool group, skr_str container_id, uint32_t id)
{
    uint64_t h = skr_hash(container_id.ptr, container_id.len, s->seed + group);
    return skr_hash_u64(h ^ id) & (s->users.cap - 1);
}

static uint32_t id_of(const skr_user_rec *r)
{
    return r->group ? r->u.gid : r->u.uid;
}

static skr_user_rec *user_find(const skr_state *s, bool group, skr_str container_id, uint32_t id)
{
    if (!s->users.n)
        return NULL;
    skr_user_rec *r = s->users.buckets[user_bucket(s, group, container_id, id)];
    while (r && (id_of(r) != id || r->group != group || !skr_str_eq(r->container_id, container_id)))
        r = r->next;
    return r;
}

static bool users_grow(skr_state *s)
{
    skr_users *u = &s->users;
    size_t cap = u->cap ? u->cap * 2 : FIRST_BUCKETS;
    skr_user_rec **buckets = skr_zalloc(s->mem, cap * sizeof *buckets);
    if (!buckets)
        return u->cap != 0; /* longer chains will do */
    skr_free(s->mem, u->buckets, u->cap * sizeof *u->buckets);
    u->buckets = buckets;
    u->cap = cap;
    for (skr_user_rec *r = u->oldest; r; r = r->newer) {
        skr_user_rec **at = &buckets[user_bucket(s, r->group, r->container_id, id_of(r))];
        r->next = *at;
        *at = r;
    }
    return true;
}

static void user_remove(skr_state *s, skr_user_rec *r)
{
    skr_users *u = &s->users;
    skr_user_rec **at = &u->buckets[user_bucket(s, r->group, r->container_id, id_of(r))];
    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
    *(r->older ? &r->older->newer : &u->oldest) = r->newer;
    *(r->newer ? &r->newer->older : &u->newest) = r->older;
    u->n--;
    skr_text_drop(&s->texts, r->container_id);
    skr_text_drop(&s->texts, r->u.name);
    skr_text_drop(&s->texts, r->u.home);
    skr_text_drop(&s->texts, r->u.shell);
    skr_free(s->mem, r, sizeof *r);
}

static skr_user_rec *user_new(skr_state *s, bool group, skr_str container_id, uint32_t id)
{
    skr_users *u = &s->users;
    if (u->n >= MAX_USERS) {
        s->stats.full_lists++;
        user_remove(s, u->oldest);
    }
    if (u->n >= u->cap && !users_grow(s))
        return NULL;
    skr_user_rec *r = skr_zalloc(s->mem, sizeof *r);
    if (!r)
        return NULL;
    r->container_id = skr_text_make(&s->texts, container_id);
    r->group = group;
    r->u = (skr_user){ id, id, SKR_STR(""), SKR_STR(""), SKR_STR("") };
    skr_user_rec **at = &u->buckets[user_bucket(s, group, r->container_id, id)];
    r->next = *at;
    *at = r;
    r->older = u->newest;
    *(u->newest ? &u->newest->newer : &u->oldest) = r;
    u->newest = r;
    u->n++;
    return r;
}

bool skr_state_add_user(skr_state *s, bool group, skr_str container_id, const skr_user *u)
{
    uint32_t id = group ? u->gid : u->uid;
    skr_user_rec *r = user_find(s, group, container_id, id);
    if (!r)
        r = user_new(s, group, container_id, id);
    if (!r) {
        s->stats.nomem++;
        return false;
    }
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
    for (skr_user_rec *r = s->users.oldest, *next; r; r = next) {
        next = r->newer;
        if (skr_str_eq(r->container_id, container_id))
            user_remove(s, r);
    }
}

void skr_users_free(skr_state *s)
{
    while (s->users.oldest)
        user_remove(s, s->users.oldest);
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

void skr_state_each_user(const skr_state *s, bool (*fn)(void *ctx, bool group, skr_str container_id, const skr_user *u),
                         void *ctx)
{
    for (int group = 0; group < 2; group++)
        for (const skr_user_rec *r = s->users.oldest; r; r = r->newer)
            if (r->group == (group == 1) && !fn(ctx, r->group, r->container_id, &r->u))
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
