/* SPDX-License-Identifier: Apache-2.0 */
#include "state_impl.h"

enum { FIRST_CAP = 16 };

/* A small number is its own place; larger ones are spread with a seed, so that nobody can choose colliding ones. */
static uint32_t home(const skr_fd_table *t, int64_t fd)
{
    if (SKR_LIKELY((uint64_t)fd < t->cap))
        return (uint32_t)fd;
    return (uint32_t)skr_hash_u64((uint64_t)fd ^ t->seed) & (t->cap - 1);
}

/* The slot of `fd`, or the free one where it belongs: there always is one. */
static skr_fd_rec **find(skr_fd_table *t, int64_t fd)
{
    uint32_t i = home(t, fd);
    while (t->slots[i] && t->slots[i]->f.fd != fd)
        i = (i + 1) & (t->cap - 1);
    return &t->slots[i];
}

skr_fd_rec *skr_fds_get(skr_fd_table *t, int64_t fd)
{
    return t && fd >= 0 ? *find(t, fd) : NULL;
}

skr_fd_table **skr_fds_of(skr_thread_rec *r)
{
    if (!(r->t.flags & SKR_CL_FILES))
        return &r->fds;
    skr_thread_rec *main = skr_thread_rec_main(r);
    return main ? &main->fds : NULL;
}

static size_t table_size(uint32_t cap)
{
    return sizeof(skr_fd_table) + cap * sizeof(skr_fd_rec *);
}

static skr_fd_table *table_new(skr_state *s, uint32_t cap)
{
    skr_fd_table *t = skr_zalloc(s->mem, table_size(cap));
    if (!t)
        return NULL;
    t->refs = 1;
    t->cap = cap;
    t->seed = s->seed;
    return t;
}

static void rec_release(skr_state *s, skr_fd_rec *rec)
{
    if (--rec->refs)
        return;
    skr_text_drop(&s->texts, rec->f.name);
    skr_text_drop(&s->texts, rec->f.name_raw);
    skr_slab_put(&s->fd_slab, rec);
    s->stats.fds--;
}

skr_fd_table *skr_fds_share(skr_fd_table *t)
{
    if (t)
        t->refs++;
    return t;
}

void skr_fds_release(skr_state *s, skr_fd_table *t)
{
    if (!t || --t->refs)
        return;
    for (uint32_t i = 0; i < t->cap; i++)
        if (t->slots[i])
            rec_release(s, t->slots[i]);
    skr_free(s->mem, t, table_size(t->cap));
}

/* Makes *t this holder's own, with room for one more if asked. */
static bool own_table(skr_state *s, skr_fd_table **t, bool one_more)
{
    skr_fd_table *old = *t;
    uint32_t cap = old ? old->cap : FIRST_CAP;
    if (one_more && old && (old->count + 1) * 4 > cap * 3)
        cap *= 2;
    if (old && old->refs == 1 && old->cap == cap)
        return true;
    skr_fd_table *new = table_new(s, cap);
    if (!new) {
        s->stats.nomem++;
        return false;
    }
    bool moved = old && old->refs == 1;
    for (uint32_t i = 0; old && i < old->cap; i++) {
        skr_fd_rec *rec = old->slots[i];
        if (!rec)
            continue;
        *find(new, rec->f.fd) = rec;
        rec->refs += !moved;
    }
    new->count = old ? old->count : 0;
    if (moved)
        skr_free(s->mem, old, table_size(old->cap));
    else if (old)
        old->refs--;
    *t = new;
    return true;
}

static void drop_texts(skr_state *s, const skr_fd *f)
{
    skr_text_drop(&s->texts, f->name);
    skr_text_drop(&s->texts, f->name_raw);
}

static skr_fd_rec *rec_new(skr_state *s, const skr_fd *f)
{
    skr_fd_rec *rec = skr_slab_get(&s->fd_slab);
    if (!rec) {
        s->stats.nomem++;
        return NULL;
    }
    rec->f = *f;
    rec->refs = 1;
    s->stats.fds++;
    return rec;
}

skr_fd_rec *skr_fds_put(skr_state *s, skr_fd_table **t, const skr_fd *f)
{
    bool known = *t && *find(*t, f->fd);
    if (!known && *t && (*t)->count >= s->max_fds) {
        s->stats.full_fds++;
        drop_texts(s, f);
        return NULL;
    }
    skr_fd_rec *rec = own_table(s, t, !known) ? rec_new(s, f) : NULL;
    if (!rec) {
        drop_texts(s, f);
        return NULL;
    }
    skr_fd_rec **slot = find(*t, f->fd);
    if (*slot)
        rec_release(s, *slot);
    else
        (*t)->count++;
    *slot = rec;
    return rec;
}

/* Frees slot i and closes the gap: whatever could have stood there moves. */
static void empty_slot(skr_state *s, skr_fd_table *t, uint32_t hole)
{
    uint32_t mask = t->cap - 1;
    rec_release(s, t->slots[hole]);
    t->count--;
    for (uint32_t i = (hole + 1) & mask; t->slots[i]; i = (i + 1) & mask)
        if (((i - home(t, t->slots[i]->f.fd)) & mask) >= ((i - hole) & mask)) {
            t->slots[hole] = t->slots[i];
            hole = i;
        }
    t->slots[hole] = NULL;
}

void skr_fds_remove(skr_state *s, skr_fd_table **t, int64_t fd)
{
    if (skr_fds_get(*t, fd) && own_table(s, t, false))
        empty_slot(s, *t, (uint32_t)(find(*t, fd) - (*t)->slots));
}

void skr_fds_sweep(skr_state *s, skr_fd_table **t, bool (*test)(const void *arg, const skr_fd *f), const void *arg)
{
    bool own = false;
    for (uint32_t i = 0; *t && i < (*t)->cap; i++) {
        if (!(*t)->slots[i] || !test(arg, &(*t)->slots[i]->f))
            continue;
        if (!own && !own_table(s, t, false)) /* a copy has everything in places of its own: begin again */
            return;
        if (!own) {
            own = true;
            i = UINT32_MAX;
            continue;
        }
        empty_slot(s, *t, i);
        i--; /* something else may stand there now */
    }
}

skr_fd *skr_fds_write(skr_state *s, skr_fd_table **t, skr_fd_rec *rec)
{
    if (!own_table(s, t, false))
        return NULL;
    if (rec->refs == 1)
        return &rec->f;
    skr_fd_rec *copy = rec_new(s, &rec->f);
    if (!copy)
        return NULL;
    skr_text_share(copy->f.name);
    skr_text_share(copy->f.name_raw);
    *find(*t, rec->f.fd) = copy;
    rec->refs--;
    if (s->fd == rec)
        s->fd = copy;
    return &copy->f;
}

/* ---- The event at hand ---- */

static void remember_name(skr_state *s, skr_str name)
{
    skr_text_copy(&s->texts, &s->old_name, name);
    s->name_touched = true;
}

skr_fd_rec *skr_event_add_fd(skr_state *s, const skr_fd *f)
{
    skr_fd_table **t = s->t ? skr_fds_of(s->t) : NULL;
    if (!t) {
        drop_texts(s, f);
        return NULL;
    }
    s->t->t.last_fd = f->fd;
    s->fd = skr_fds_put(s, t, f);
    remember_name(s, SKR_STR(""));
    return s->fd;
}

skr_fd_rec *skr_event_copy_fd(skr_state *s, const skr_fd *from, int64_t to, uint32_t open_flags)
{
    skr_fd f = *from;
    f.fd = to;
    f.open_flags = open_flags;
    skr_text_share(f.name);
    skr_text_share(f.name_raw);
    skr_str name = skr_text_share(f.name);
    skr_fd_rec *rec = skr_event_add_fd(s, &f);
    remember_name(s, name);
    skr_text_drop(&s->texts, name);
    return rec;
}

skr_fd *skr_event_write_fd(skr_state *s)
{
    skr_fd_table **t = s->t && s->fd ? skr_fds_of(s->t) : NULL;
    return t ? skr_fds_write(s, t, s->fd) : NULL;
}

void skr_event_set_fd_name(skr_state *s, skr_fd *f, skr_str name)
{
    if (!s->name_touched)
        remember_name(s, f->name);
    skr_text_set(&s->texts, &f->name, name);
}

/* ---- Questions ---- */

const skr_fd *skr_thread_fd(const skr_thread *t, int64_t fd)
{
    skr_fd_table *const *table = skr_fds_of(skr_rec((skr_thread *)(uintptr_t)t));
    const skr_fd_rec *rec = table ? skr_fds_get(*table, fd) : NULL;
    return rec ? &rec->f : NULL;
}

size_t skr_thread_fd_count(const skr_thread *t)
{
    skr_fd_table *const *table = skr_fds_of(skr_rec((skr_thread *)(uintptr_t)t));
    return table && *table ? (*table)->count : 0;
}

void skr_thread_each_fd(const skr_thread *t, bool (*fn)(void *ctx, const skr_fd *fd), void *ctx)
{
    skr_fd_table *const *table = skr_fds_of(skr_rec((skr_thread *)(uintptr_t)t));
    for (uint32_t i = 0; table && *table && i < (*table)->cap; i++)
        if ((*table)->slots[i] && !fn(ctx, &(*table)->slots[i]->f))
            return;
}
