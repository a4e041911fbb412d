/* SPDX-License-Identifier: Apache-2.0 */
/* clone, clone3, fork, vfork (state.md 3.1). A new thread shows up twice: when its parent's call returns and when its
 * own does, in either order, and one of the two may be missing. */
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
    FLAGS,
    UID,
    GID,
    VTID,
    VPID,
    PIDNS_START
};

enum { STALE_NS = 2000000000 };

static uint32_t flags_of(const skr_state *s)
{
    return skr_param_u32(skr_p(s, FLAGS), 0);
}

static bool young(const skr_state *s, uint64_t since)
{
    return s->now <= since || s->now - since < STALE_NS;
}

/* What the event says of the caller, for a record that knows nothing. */
static void fill_ids(const skr_state *s, skr_thread *t)
{
    t->pid = skr_param_i64(skr_p(s, PID), -1);
    t->ptid = skr_param_i64(skr_p(s, PTID), -1);
    t->vtid = skr_param_i64(skr_p(s, VTID), t->tid);
    t->vpid = skr_param_i64(skr_p(s, VPID), -1);
}

static void set_names(skr_state *s, skr_thread_rec *r)
{
    skr_param comm = skr_p(s, COMM);
    skr_str exe = skr_param_text(skr_p(s, EXE));
    skr_state_text(s, &r->t.exe, exe);
    skr_thread_set_comm(s, r, comm.len ? skr_param_text(comm) : exe);
    skr_thread_set_args(s, r, skr_state_array(skr_p(s, ARGS)));
}

static void set_resources(skr_state *s, skr_thread_rec *r)
{
    skr_thread *t = &r->t;
    t->fdlimit = skr_param_i64(skr_p(s, FDLIMIT), t->fdlimit);
    if (skr_p(s, VM_SWAP).len) {
        t->pfmajor = skr_param_u64(skr_p(s, PGFT_MAJ), 0);
        t->pfminor = skr_param_u64(skr_p(s, PGFT_MIN), 0);
        t->vmsize = skr_param_u32(skr_p(s, VM_SIZE), 0);
        t->vmrss = skr_param_u32(skr_p(s, VM_RSS), 0);
        t->vmswap = skr_param_u32(skr_p(s, VM_SWAP), 0);
    }
    t->uid = skr_param_u32(skr_p(s, UID), t->uid);
    t->gid = skr_param_u32(skr_p(s, GID), t->gid);
    if (skr_p(s, CGROUPS).len)
        skr_thread_set_cgroups(s, r, skr_state_array(skr_p(s, CGROUPS)));
    t->clone_ts = s->now;
}

static void inherit(skr_state *s, skr_thread_rec *child, const skr_thread_rec *from)
{
    skr_thread *t = &child->t;
    const skr_thread *f = &from->t;
    skr_text_copy(&s->texts, &t->exepath, f->exepath);
    skr_text_copy(&s->texts, &t->root, f->root);
    t->exe_writable = f->exe_writable;
    t->exe_upper = f->exe_upper;
    t->exe_lower = f->exe_lower;
    t->exe_memfd = f->exe_memfd;
    t->sid = f->sid;
    t->vpgid = f->vpgid;
    t->pgid = f->pgid;
    t->tty = f->tty;
    t->loginuid = f->loginuid;
    t->cap_inheritable = f->cap_inheritable;
    t->cap_permitted = f->cap_permitted;
    t->cap_effective = f->cap_effective;
    t->exe_ino = f->exe_ino;
    t->exe_ino_ctime = f->exe_ino_ctime;
    t->exe_ino_mtime = f->exe_ino_mtime;
    t->exe_ino_ctime_duration_clone = f->exe_ino_ctime_duration_clone;
}

/* A process gets its parent's descriptors, directory and environment. The environment is the calling thread's own, as
 * in Falco: empty if that is not the main thread. */
static void inherit_process(skr_state *s, skr_thread_rec *child, skr_thread_rec *from)
{
    skr_fd_table **fds = skr_fds_of(from);
    if (fds) {
        skr_fds_release(s, child->fds);
        child->fds = skr_fds_share(*fds);
    }
    const skr_thread_rec *main = skr_thread_rec_main(from);
    if (main)
        skr_text_copy(&s->texts, &child->t.cwd, main->t.cwd);
    else
        skr_state_text(s, &child->t.cwd, SKR_STR("./"));
    skr_text_copy(&s->texts, &child->t.env, from->t.env);
}

/* ---- The caller's event ---- */

static bool left_to_child(const skr_state *s, const skr_thread *caller)
{
    uint32_t flags = flags_of(s);
    return (flags & (SKR_CL_CHILD_IN_PIDNS | SKR_CL_NEWPID | SKR_CL_PARENT | SKR_CL_VFORK)) ||
           caller->tid != caller->vtid || s->e->type == SKR_E_SYSCALL_VFORK_20_X;
}

static skr_thread_rec *new_child(skr_state *s, skr_thread_rec *caller, int64_t tid, bool reliable)
{
    skr_thread_rec *r = skr_thread_rec_new(s, tid);
    if (!r)
        return NULL;
    skr_thread *t = &r->t;
    t->flags |= flags_of(s);
    if (t->flags & SKR_CL_THREAD) {
        t->pid = caller->t.pid;
        t->ptid = caller->t.ptid;
        t->flags |= SKR_CL_FILES;
        t->lastexec_ts = caller->t.lastexec_ts;
    } else {
        t->pid = tid;
        t->ptid = caller->t.tid;
        if (reliable)
            inherit_process(s, r, caller);
    }
    t->vtid = t->tid;
    t->vpid = t->pid;
    set_names(s, r);
    set_resources(s, r);
    t->pidns_init_start = s->machine.boot_ts;
    if (reliable) {
        inherit(s, r, caller);
    } else {
        skr_text_copy(&s->texts, &caller->t.exe, t->exe);
        skr_thread_set_comm(s, caller, t->comm);
        skr_thread_set_args(s, caller, t->args);
    }
    return r;
}

static void parse_caller(skr_state *s, int64_t child_tid)
{
    skr_thread_rec *caller = skr_thread_rec_get(s, s->e->tid);
    s->t = caller;
    if (!caller)
        return;
    bool reliable = !skr_thread_is_placeholder(&caller->t);
    if (!reliable) {
        fill_ids(s, &caller->t);
        skr_thread_rec_link(s, caller);
    }
    if (left_to_child(s, &caller->t) || skr_exits_recent(s, caller->t.tid, child_tid, s->now))
        return;
    const skr_thread_rec *known = skr_thread_rec_find(s, child_tid);
    if (known == caller || (known && (known->t.flags & SKR_CL_INVERTED)))
        return;
    if (known)
        skr_thread_rec_remove(s, child_tid);
    caller = s->t; /* the removal may have taken it */
    skr_thread_rec *child = caller ? new_child(s, caller, child_tid, reliable) : NULL;
    if (!child || !skr_thread_rec_add(s, child))
        return;
    skr_thread_rec_link(s, child);
    skr_state_need_ids(s, child);
}

/* ---- The child's event ---- */

/* Whom the child inherits from; for a thread also repairs what is known of its process. NULL: the table is full. */
static skr_thread_rec *source_of(skr_state *s, const skr_thread *child, bool *reliable)
{
    bool thread = child->flags & SKR_CL_THREAD;
    skr_thread_rec *from = skr_thread_rec_get(s, thread ? child->pid : child->ptid);
    if (!from)
        return NULL;
    *reliable = !skr_thread_is_placeholder(&from->t);
    if (*reliable || !thread)
        return from;
    from->t.pid = child->pid;
    from->t.ptid = child->ptid;
    from->t.vtid = from->t.vpid = child->vpid;
    skr_thread_rec_link(s, from);
    set_names(s, from);
    return from;
}

static uint64_t pidns_start(const skr_state *s, const skr_thread *t)
{
    if (!(t->flags & (SKR_CL_CHILD_IN_PIDNS | SKR_CL_NEWPID)) && t->tid == t->vtid)
        return s->machine.boot_ts;
    skr_param since_boot = skr_p(s, PIDNS_START);
    return since_boot.len ? skr_param_u64(since_boot, 0) + s->machine.boot_ts : 0;
}

/* A record that a list brought has no time of birth: the new one takes its place, and its children stay. */
static void parse_child(skr_state *s)
{
    skr_thread_rec *known = skr_thread_rec_find(s, s->e->tid);
    if (known && known->t.clone_ts && young(s, known->t.clone_ts))
        return; /* the caller's event made it */
    if (known && known->t.clone_ts)
        skr_thread_rec_remove(s, s->e->tid);
    s->t = NULL;
    skr_thread_rec *r = skr_thread_rec_new(s, s->e->tid);
    if (!r)
        return;
    skr_thread *t = &r->t;
    fill_ids(s, t);
    t->flags |= flags_of(s) | SKR_CL_INVERTED;
    bool reliable = false;
    skr_thread_rec *from = source_of(s, t, &reliable);
    if (!from) {
        skr_thread_rec_free(s, r);
        return;
    }
    set_names(s, r);
    if (t->flags & SKR_CL_THREAD) {
        t->flags |= SKR_CL_FILES;
        if (reliable)
            t->lastexec_ts = from->t.lastexec_ts;
    } else if (reliable) {
        inherit_process(s, r, from);
    }
    if (reliable)
        inherit(s, r, from);
    set_resources(s, r);
    t->pidns_init_start = pidns_start(s, t);
    if (!skr_thread_rec_add(s, r))
        return;
    skr_thread_rec_link(s, r);
    s->t = r;
    skr_state_need_ids(s, r);
}

void skr_parse_clone(skr_state *s)
{
    skr_param res = skr_p(s, RES);
    if (res.len != 8 || s->res < 0)
        return;
    if (s->res > 0)
        parse_caller(s, s->res);
    else
        parse_child(s);
    if (s->t)
        skr_thread_update_container(s, s->t);
}
