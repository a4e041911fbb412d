/* SPDX-License-Identifier: Apache-2.0 */
/* execve, execveat, procexit and context switches (state.md 3.2). */
#include "state_impl.h"

enum {
    RES,
    EXE,
    ARGS,
    TID,
    PID,
    PTID,
    CWD,
    FDLIMIT,
    PGFT_MAJ,
    PGFT_MIN,
    VM_SIZE,
    VM_RSS,
    VM_SWAP,
    COMM,
    CGROUPS,
    ENV,
    TTY,
    VPGID,
    LOGINUID,
    FLAGS,
    CAP_INHERITABLE,
    CAP_PERMITTED,
    CAP_EFFECTIVE,
    EXE_INO,
    EXE_CTIME,
    EXE_MTIME,
    UID,
    TRUSTED_PATH,
    PGID,
    GID
};

enum { EXE_WRITABLE = 1, EXE_UPPER = 2, EXE_MEMFD = 4, EXE_LOWER = 8, AT_EMPTY_PATH = 1, LARGE_ENV = 4096 };

static void take_i64(const skr_state *s, unsigned i, int64_t *at)
{
    *at = skr_param_i64(skr_p(s, i), *at);
}

static void take_u64(const skr_state *s, unsigned i, uint64_t *at)
{
    *at = skr_param_u64(skr_p(s, i), *at);
}

static void take_u32(const skr_state *s, unsigned i, uint32_t *at)
{
    *at = skr_param_u32(skr_p(s, i), *at);
}

static void set_ids(skr_state *s, skr_thread_rec *r)
{
    skr_thread *t = &r->t;
    if ((t->flags & SKR_CL_CLOSED) && t->group)
        t->group->live++;
    t->flags &= ~(uint32_t)SKR_CL_CLOSED;
    bool placeholder = skr_thread_is_placeholder(t);
    skr_thread_rec_set_pid(s, r, skr_param_i64(skr_p(s, PID), t->pid));
    if (placeholder)
        take_i64(s, PTID, &t->ptid);
    if (!skr_thread_in_pidns(t)) {
        t->vtid = t->tid;
        t->vpid = t->pid;
    }
    skr_thread_rec_link(s, r);
}

static void set_numbers(const skr_state *s, skr_thread *t)
{
    take_i64(s, FDLIMIT, &t->fdlimit);
    take_u64(s, PGFT_MAJ, &t->pfmajor);
    take_u64(s, PGFT_MIN, &t->pfminor);
    take_u32(s, VM_SIZE, &t->vmsize);
    take_u32(s, VM_RSS, &t->vmrss);
    take_u32(s, VM_SWAP, &t->vmswap);
    take_u32(s, TTY, &t->tty);
    take_i64(s, VPGID, &t->vpgid);
    t->pgid = skr_param_i64(skr_p(s, PGID), -1);
    take_u32(s, LOGINUID, &t->loginuid);
    take_u64(s, CAP_INHERITABLE, &t->cap_inheritable);
    take_u64(s, CAP_PERMITTED, &t->cap_permitted);
    take_u64(s, CAP_EFFECTIVE, &t->cap_effective);
    take_u32(s, UID, &t->uid);
    take_u32(s, GID, &t->gid);
}

static void set_executable(const skr_state *s, skr_thread *t)
{
    if (skr_p(s, FLAGS).len) {
        uint32_t flags = skr_param_u32(skr_p(s, FLAGS), 0);
        t->exe_writable = flags & EXE_WRITABLE;
        t->exe_upper = flags & EXE_UPPER;
        t->exe_lower = flags & EXE_LOWER;
        t->exe_memfd = flags & EXE_MEMFD;
    }
    take_u64(s, EXE_INO, &t->exe_ino);
    take_u64(s, EXE_CTIME, &t->exe_ino_ctime);
    if (!skr_p(s, EXE_MTIME).len)
        return;
    take_u64(s, EXE_MTIME, &t->exe_ino_mtime);
    if (t->clone_ts)
        t->exe_ino_ctime_duration_clone = t->clone_ts - t->exe_ino_ctime;
    if (t->pidns_init_start && t->exe_ino_ctime > t->pidns_init_start)
        t->exe_ino_ctime_duration_pidns = t->exe_ino_ctime - t->pidns_init_start;
}

/* Old captures: only the enter event knows the path. */
static void exepath_from_enter(skr_state *s, skr_thread_rec *r)
{
    skr_evt enter;
    if (!s->enter_valid || !r->enter_len || skr_evt_decode(r->enter, r->enter_len, &enter))
        return;
    char base_room[1025], out[1025];
    bool at = enter.type == SKR_E_SYSCALL_EXECVEAT_E;
    skr_param name = skr_evt_param(&enter, at ? 1 : 0);
    skr_str path = skr_param_text(name), base = skr_thread_cwd(s, &r->t);
    int64_t dirfd = skr_param_i64(skr_evt_param(&enter, 0), SKR_AT_FDCWD);
    if (at && (skr_param_u32(skr_evt_param(&enter, 2), 0) & AT_EMPTY_PATH)) {
        const skr_fd *f = skr_thread_fd(&r->t, dirfd);
        path = f ? f->name : SKR_STR("<NA>");
    } else if (at) {
        base = skr_dirfd_base(s, r, dirfd, path, base_room);
        if (skr_str_is(base, "<UNKNOWN>"))
            path = SKR_STR("<NA>");
    }
    if (skr_str_is(path, "<NA>")) {
        skr_thread_set_exepath(s, r, path);
        return;
    }
    size_t len = skr_path_join(base, path, out);
    skr_thread_set_exepath(s, r, (skr_str){ out, len });
}

static void set_env(skr_state *s, skr_thread_rec *r)
{
    skr_param env = skr_p(s, ENV);
    skr_buf b;
    skr_buf_init(&b, s->mem);
    if (env.len == LARGE_ENV && s->os.env && s->os.env(s->os.ctx, r->t.pid, &b) && !b.failed)
        skr_state_text(s, &r->t.env, (skr_str){ b.ptr, b.len });
    else if (env.len)
        skr_state_text(s, &r->t.env, skr_state_array(env));
    skr_buf_free(&b);
}

static void set_strings(skr_state *s, skr_thread_rec *r)
{
    if (skr_p(s, EXE).len)
        skr_state_text(s, &r->t.exe, skr_param_text(skr_p(s, EXE)));
    skr_param comm = skr_p(s, COMM);
    skr_thread_set_comm(s, r, comm.len ? skr_param_text(comm) : r->t.exe);
    skr_thread_set_args(s, r, skr_state_array(skr_p(s, ARGS)));
    if (skr_p(s, CGROUPS).len)
        skr_thread_set_cgroups(s, r, skr_state_array(skr_p(s, CGROUPS)));
    set_env(s, r);
    if (skr_p(s, TRUSTED_PATH).len)
        skr_thread_set_exepath(s, r, skr_param_text(skr_p(s, TRUSTED_PATH)));
    else
        exepath_from_enter(s, r);
}

static bool closes_on_exec(const void *arg, const skr_fd *f)
{
    (void)arg;
    bool own_bit = f->type == SKR_FD_EVENTPOLL || f->type == SKR_FD_MEMFD;
    return (f->open_flags & SKR_O_CLOEXEC) || (own_bit && (f->open_flags & 1));
}

static void end_other_threads(skr_state *s, const skr_thread_rec *r)
{
    skr_group *g = r->t.group;
    if (!g || g->live <= 1)
        return;
    for (skr_thread_rec *other = skr_rec(g->first), *next; other; other = next) {
        next = other->next_member;
        if (other != r && !skr_thread_is_main(&other->t))
            skr_thread_rec_remove(s, other->t.tid);
    }
}

void skr_parse_exec(skr_state *s)
{
    skr_thread_rec *r = s->t;
    if (s->res < 0 || !r)
        return;
    enum { KEPT = SKR_CL_PIPE_SRC | SKR_CL_PIPE_DST | SKR_CL_IS_MAIN_THREAD | SKR_CL_INVERTED };
    set_ids(s, r);
    set_strings(s, r);
    set_numbers(s, &r->t);
    set_executable(s, &r->t);
    r->t.lastexec_ts = s->now;
    skr_fd_table **fds = skr_fds_of(r);
    if (fds)
        skr_fds_sweep(s, fds, closes_on_exec, NULL);
    r->t.flags = (r->t.flags & KEPT) | SKR_CL_ACTIVE | SKR_CL_NAME_CHANGED;
    end_other_threads(s, r);
    skr_state_need_ids(s, r);
    skr_thread_update_container(s, r);
}

void skr_parse_procexit(skr_state *s)
{
    skr_thread_rec *r = s->t;
    if (!r)
        return;
    if (!(r->t.flags & SKR_CL_CLOSED)) {
        if (r->t.group && r->t.group->live)
            r->t.group->live--;
        r->t.flags |= SKR_CL_CLOSED;
    }
    if (r->children)
        r->t.reaper_tid = skr_param_i64(skr_p(s, 4), -1);
    s->exited = r->t.tid;
    if (r->t.vtid == 1 && r->t.vpid == 1 && r->t.container_id.len)
        skr_text_copy(&s->texts, &s->gone_container, r->t.container_id);
}

void skr_parse_switch(skr_state *s)
{
    skr_thread_rec *r = s->t, *main = r ? skr_thread_rec_main(r) : NULL;
    if (!r)
        return;
    take_u64(s, 1, &r->t.pfmajor);
    take_u64(s, 2, &r->t.pfminor);
    if (!main)
        return;
    take_u32(s, 3, &main->t.vmsize);
    take_u32(s, 4, &main->t.vmrss);
    take_u32(s, 5, &main->t.vmswap);
}
