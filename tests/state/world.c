/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <stdlib.h>

void world_open(world *w, const saker_capture_options *options, const saker_alloc *alloc)
{
    memset(w, 0, sizeof *w);
    skr_mem_init(&w->mem, alloc, options ? options->max_memory : 0);
    w->state = skr_state_new(&w->mem, options, true);
    w->ts = 1000000000000;
    if (w->state)
        skr_state_handler(w->state, &w->lists);
}

void world_close(world *w)
{
    skr_state_free(w->state);
    w->state = NULL;
}

/* ---- Events ---- */

void ev(world *w, uint16_t code, int64_t tid)
{
    w->code = code;
    w->tid = tid;
    w->count = 0;
    w->used = 0;
}

void ev_bytes(world *w, const void *p, size_t len)
{
    if (w->count == SKR_MAX_PARAMS || len > sizeof w->values - w->used)
        abort();
    if (len)
        memcpy(w->values + w->used, p, len);
    w->used += len;
    w->lens[w->count++] = (uint32_t)len;
}

void ev_i64(world *w, int64_t v)
{
    ev_bytes(w, &v, sizeof v);
}

void ev_u32(world *w, uint32_t v)
{
    ev_bytes(w, &v, sizeof v);
}

void ev_u16(world *w, uint16_t v)
{
    ev_bytes(w, &v, sizeof v);
}

void ev_u8(world *w, uint8_t v)
{
    ev_bytes(w, &v, sizeof v);
}

void ev_str(world *w, const char *s)
{
    ev_bytes(w, s, strlen(s) + 1);
}

void ev_none(world *w, unsigned times)
{
    while (times--)
        ev_bytes(w, NULL, 0);
}

void ev_run(world *w)
{
    size_t width = skr_events[w->code].flags & SKR_EF_LARGE_PAYLOAD ? 4 : 2, at = SKR_EVT_HEADER;
    uint32_t len = (uint32_t)(SKR_EVT_HEADER + w->count * width + w->used);
    memcpy(w->raw, &w->ts, 8);
    memcpy(w->raw + 8, &w->tid, 8);
    memcpy(w->raw + 16, &len, 4);
    memcpy(w->raw + 20, &w->code, 2);
    memcpy(w->raw + 22, &w->count, 4);
    for (unsigned i = 0; i < w->count; i++, at += width)
        memcpy(w->raw + at, &w->lens[i], width); /* little-endian, as captures are */
    memcpy(w->raw + at, w->values, w->used);
    if (skr_evt_decode(w->raw, len, &w->event.evt))
        abort();
    w->shown = skr_state_event(w->state, &w->event.evt, &w->event);
    w->ts += 1000;
}

/* ---- Lists ---- */

skr_proc_entry a_process(int64_t tid, int64_t pid, int64_t ptid, const char *comm)
{
    skr_str none = SKR_STR("");
    skr_proc_entry p;
    memset(&p, 0, sizeof p);
    p.tid = p.vtid = tid;
    p.pid = p.vpid = pid;
    p.ptid = ptid;
    p.sid = p.vpgid = p.pgid = 1;
    p.fdlimit = 1024;
    p.comm = p.exe = skr_str_of(comm);
    p.exepath = p.args = p.env = p.cgroups = p.root = none;
    p.cwd = SKR_STR("/home/ann");
    p.flags = tid == pid ? 0 : SKR_CL_THREAD | SKR_CL_FILES;
    p.loginuid = UINT32_MAX;
    return p;
}

void add_process(world *w, const skr_proc_entry *p)
{
    w->lists.proc(w->lists.ctx, p);
}

void add_fd(world *w, const skr_fd_entry *f)
{
    w->lists.fd(w->lists.ctx, f);
}

/* ---- Common events ---- */

void ev_clone(world *w, clone_args a)
{
    const char *comm = a.comm ? a.comm : "cloned";
    ev(w, a.code ? a.code : SKR_E_SYSCALL_CLONE_20_X, a.tid);
    ev_i64(w, a.res);
    ev_str(w, comm);
    ev_none(w, 1);
    ev_i64(w, a.tid);
    ev_i64(w, a.pid);
    ev_i64(w, a.ptid);
    ev_none(w, 1);
    ev_i64(w, 1024);
    ev_none(w, 5);
    ev_str(w, comm);
    ev_none(w, 1);
    ev_u32(w, a.flags);
    ev_u32(w, 1000);
    ev_u32(w, 1001);
    ev_i64(w, a.vtid ? a.vtid : a.tid);
    ev_i64(w, a.vpid ? a.vpid : a.pid);
    ev_none(w, 1);
    ev_run(w);
}

void ev_fork(world *w, int64_t parent, int64_t child, const char *comm)
{
    ev_clone(w, (clone_args){ .res = child, .tid = parent, .pid = parent, .ptid = 1, .comm = comm });
    ev_clone(w, (clone_args){ .res = 0, .tid = child, .pid = child, .ptid = parent, .comm = comm });
}

void ev_exec(world *w, int64_t tid, int64_t pid, int64_t ptid, const char *exe, const char *comm, const char *args,
             size_t args_len)
{
    ev(w, SKR_E_SYSCALL_EXECVE_19_X, tid);
    ev_i64(w, 0);
    ev_str(w, comm);
    ev_bytes(w, args, args_len);
    ev_i64(w, tid);
    ev_i64(w, pid);
    ev_i64(w, ptid);
    ev_none(w, 1);
    ev_i64(w, 2048);
    ev_none(w, 5);
    ev_str(w, comm);
    ev_bytes(w, "cpu=/user.slice", 16);
    ev_bytes(w, "A=1\0B=2", 8);
    ev_none(w, 11);
    ev_str(w, exe);
    ev_i64(w, 77);
    ev_none(w, 2);
    ev_run(w);
}

void ev_exit(world *w, int64_t tid, int64_t reaper)
{
    ev(w, SKR_E_PROCEXIT_1_E, tid);
    ev_i64(w, 0);
    ev_i64(w, 0);
    ev_u8(w, 0);
    ev_u8(w, 0);
    ev_i64(w, reaper);
    ev_run(w);
}

void ev_open(world *w, int64_t tid, int64_t fd, const char *path, uint32_t flags)
{
    ev(w, SKR_E_SYSCALL_OPENAT_2_X, tid);
    ev_i64(w, fd);
    ev_i64(w, -100);
    ev_str(w, path);
    ev_u32(w, flags);
    ev_u32(w, 0);
    ev_u32(w, 5);
    ev_i64(w, 99);
    ev_run(w);
}

void ev_close(world *w, int64_t tid, int64_t fd)
{
    ev(w, SKR_E_SYSCALL_CLOSE_X, tid);
    ev_i64(w, 0);
    ev_i64(w, fd);
    ev_run(w);
}

void ev_nothing(world *w, int64_t tid)
{
    ev(w, SKR_E_SYSCALL_GETUID_X, tid);
    ev_u32(w, 0);
    ev_run(w);
}

/* ---- Agreement ---- */

static const char *group_wrong(skr_group *g)
{
    uint32_t members = 0, live = 0;
    const skr_thread_rec *last = NULL;
    for (const skr_thread_rec *r = skr_rec_const(g->first); r; last = r, r = r->next_member) {
        members++;
        live += !(r->t.flags & SKR_CL_CLOSED);
        if (r->t.group != g)
            return "a member of another group in the list";
        if (last && r->prev_member != last)
            return "members not linked both ways";
        if (last && skr_thread_is_main(&r->t) && !skr_thread_is_main(&last->t))
            return "the main thread is not the first";
    }
    if (skr_rec_const(g->first)->prev_member != last)
        return "the first member does not know the last";
    return members != g->members ? "members miscounted" : live != g->live ? "live threads miscounted" : NULL;
}

static const char *family_wrong(const skr_thread_rec *r)
{
    const skr_thread_rec *last = NULL;
    for (const skr_thread_rec *c = r->children; c; last = c, c = c->next_child)
        if (c->parent != r || c->prev_child != last)
            return "children not linked both ways";
    return NULL;
}

static const char *fds_wrong(const skr_fd_table *t, uint32_t limit)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < t->cap; i++) {
        if (!t->slots[i])
            continue;
        count++;
        if (!t->slots[i]->refs || !t->refs)
            return "a descriptor without a holder";
        skr_fd_rec *found = skr_fds_get((skr_fd_table *)(uintptr_t)t, t->slots[i]->f.fd);
        if (found != (t->slots[i]->f.fd < 0 ? NULL : t->slots[i])) /* negative: of a memfd_create that failed */
            return "a descriptor is not found by its number";
    }
    return count != t->count ? "descriptors miscounted" : count > limit ? "too many descriptors" : NULL;
}

const char *world_wrong(const world *w)
{
    const skr_state *s = w->state;
    size_t threads = 0;
    for (size_t i = 0; i < s->threads.cap; i++) {
        const skr_thread_rec *r = s->threads.slots[i].item;
        if (!r)
            continue;
        threads++;
        if (r->t.tid != s->threads.slots[i].id || skr_state_find(s, r->t.tid) != &r->t)
            return "a thread is not found by its number";
        const char *wrong = r->t.group ? group_wrong(r->t.group) : NULL;
        if (!wrong)
            wrong = family_wrong(r);
        if (!wrong && r->fds)
            wrong = fds_wrong(r->fds, s->max_fds);
        if (wrong)
            return wrong;
    }
    if (threads != s->threads.n)
        return "threads miscounted";
    return threads > s->max_threads + 1u ? "too many threads" : NULL;
}

static volatile size_t seen; /* so that looking is not optimised away */

static void see(skr_str text)
{
    for (size_t i = 0; i < text.len; i += 16)
        seen += (unsigned char)text.ptr[i];
}

static bool see_fd(void *ctx, const skr_fd *f)
{
    (void)ctx;
    see(f->name);
    see(f->name_raw);
    return true;
}

void world_look(world *w)
{
    skr_state *s = w->state;
    skr_thread *t = skr_sysevent_thread(&w->event);
    if (w->event.fd)
        see_fd(NULL, w->event.fd);
    if (w->event.container)
        see(w->event.container->id);
    for (unsigned depth = 0; t && depth < 32; depth++) {
        see(t->comm);
        see(t->exe);
        see(t->exepath);
        see(t->root);
        see(t->cgroups);
        see(t->container_id);
        see(skr_thread_env(t));
        see(skr_thread_cwd(s, t));
        see(skr_thread_cmdline(s, t));
        see(skr_thread_args_text(s, t));
        skr_thread_each_fd(t, see_fd, NULL);
        seen += skr_thread_live_count(t) + skr_thread_leader_alive(t) + skr_thread_fd_count(t);
        t = skr_thread_parent(s, t);
    }
}
