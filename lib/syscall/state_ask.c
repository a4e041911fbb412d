/* SPDX-License-Identifier: Apache-2.0 */
/* What fields and others ask of the state. Nothing here changes what another question gives. */
#include "state_impl.h"

skr_thread *skr_state_find(const skr_state *s, int64_t tid)
{
    if (s->last && s->last->t.tid == tid)
        return &s->last->t;
    skr_thread_rec *r = skr_idtable_get(&s->threads, tid);
    return r ? &r->t : NULL;
}

skr_thread *skr_sysevent_thread(const skr_sysevent *e)
{
    return e->thread || !e->late_thread ? e->thread : skr_state_find(e->state, e->evt.tid);
}

void skr_state_cut(skr_state *s)
{
    s->stats.cut++;
}

bool skr_thread_is_main(const skr_thread *t)
{
    return t->tid == t->pid || (t->flags & SKR_CL_IS_MAIN_THREAD);
}

bool skr_thread_in_pidns(const skr_thread *t)
{
    return (t->flags & SKR_CL_CHILD_IN_PIDNS) || (t->vtid >= 0 && t->vtid != t->tid);
}

bool skr_thread_is_placeholder(const skr_thread *t)
{
    return t->tid < 0 || t->pid < 0 || t->ptid < 0;
}

skr_thread *skr_thread_main(const skr_thread *t)
{
    skr_thread_rec *main = skr_thread_rec_main(skr_rec((skr_thread *)(uintptr_t)t));
    return main ? &main->t : NULL;
}

skr_thread *skr_thread_parent(const skr_state *s, const skr_thread *t)
{
    const skr_thread *main = skr_thread_main(t);
    const skr_thread *parent = main ? skr_state_find(s, main->ptid) : NULL;
    return parent ? skr_thread_main(parent) : NULL;
}

skr_str skr_thread_cwd(const skr_state *s, const skr_thread *t)
{
    (void)s;
    const skr_thread *main = skr_thread_main(t);
    return main ? main->cwd : SKR_STR("./");
}

skr_str skr_thread_env(const skr_thread *t)
{
    const skr_thread *main = skr_thread_main(t);
    return main ? main->env : SKR_STR("");
}

/* Place + 2 of the first value of this name, 1: there is none. */
static uint32_t find_value(skr_str env, skr_str name)
{
    skr_str rest = env, item;
    while (env.len && skr_next_item(&rest, &item))
        if (item.len > name.len && item.ptr[name.len] == '=' && memcmp(item.ptr, name.ptr, name.len) == 0)
            return (uint32_t)(item.ptr - env.ptr + name.len + 1) + 2;
    return 1;
}

skr_str skr_thread_env_value(skr_state *s, const skr_thread *t, skr_str name)
{
    const skr_str env = skr_thread_env(t);
    skr_found *f = skr_finds_get(skr_text_finds(&s->texts, env), name, 'v');
    const uint32_t place = f && f->place ? f->place : find_value(env, name);
    if (f)
        f->place = place;
    if (place == 1)
        return SKR_STR("");
    skr_str rest = skr_str_cut(env, place - 2, env.len), value;
    skr_next_item(&rest, &value);
    return skr_str_trim(value, " ");
}

uint32_t skr_thread_live_count(const skr_thread *t)
{
    return t->group ? t->group->live : 0;
}

bool skr_thread_leader_alive(const skr_thread *t)
{
    const skr_thread *main = skr_thread_main(t);
    return main && !(main->flags & SKR_CL_CLOSED);
}

/* comm, then each argument behind a blank. */
static skr_str compose_cmdline(skr_state *s, const skr_thread *t)
{
    size_t len = t->comm.len + t->args.len + 1;
    skr_buf b;
    skr_buf_init(&b, s->mem);
    char *out = skr_buf_room(&b, len);
    skr_str text = SKR_STR("");
    if (out) {
        if (t->comm.len)
            memcpy(out, t->comm.ptr, t->comm.len);
        out[t->comm.len] = ' ';
        char *args = out + t->comm.len + 1, *end = args + t->args.len;
        if (t->args.len)
            memcpy(args, t->args.ptr, t->args.len);
        while (args < end && (args = memchr(args, 0, (size_t)(end - args))) != NULL)
            *args++ = ' ';
        text = skr_text_make(&s->texts, (skr_str){ out, len });
    } else {
        s->stats.nomem++;
    }
    skr_buf_free(&b);
    return text;
}

skr_str skr_thread_cmdline(skr_state *s, skr_thread *t)
{
    skr_thread_rec *r = skr_rec(t);
    if (!t->args_count)
        return t->comm;
    if (!r->cmdline.len)
        r->cmdline = compose_cmdline(s, t);
    return r->cmdline.len ? r->cmdline : t->comm;
}

skr_str skr_thread_args_text(skr_state *s, skr_thread *t)
{
    skr_str line = skr_thread_cmdline(s, t);
    return line.len > t->comm.len ? skr_str_cut(line, t->comm.len + 1, line.len) : SKR_STR("");
}

const skr_machine *skr_state_machine(const skr_state *s)
{
    return s->has_machine ? &s->machine : NULL;
}

int32_t skr_state_utc_offset(const skr_state *s)
{
    return s->utc_offset;
}

void skr_state_each_thread(const skr_state *s, bool (*fn)(void *ctx, const skr_thread *t), void *ctx)
{
    for (size_t i = 0; i < s->threads.cap; i++) {
        const skr_thread_rec *r = s->threads.slots[i].item;
        if (r && !fn(ctx, &r->t))
            return;
    }
}

/* ---- Purge (state.md 3.6) ---- */

bool skr_state_purge_some(skr_state *s, uint64_t before, size_t most)
{
    SKR_VEC(int64_t) gone = { 0 };
    size_t at = s->purged < s->threads.cap ? s->purged : 0;
    bool full = false;
    for (; at < s->threads.cap && most && !full; at++) {
        const skr_thread_rec *r = s->threads.slots[at].item;
        if (!r)
            continue;
        bool placeholder = skr_thread_is_placeholder(&r->t), ask = !placeholder && r->last_ts < before && s->os.alive;
        most -= ask;
        if (placeholder || (ask && !s->os.alive(s->os.ctx, &r->t)))
            full = !skr_vec_push(s->mem, &gone, r->t.tid); /* then the next purge takes the rest */
    }
    const bool done = full || at == s->threads.cap;
    s->purged = done ? 0 : at;
    for (size_t i = 0; i < gone.n; i++)
        skr_thread_rec_remove(s, gone.v[i]);
    skr_vec_free(s->mem, &gone);
    return done;
}

void skr_state_purge(skr_state *s, uint64_t before)
{
    s->purged = 0;
    skr_state_purge_some(s, before, SIZE_MAX);
}
