/* SPDX-License-Identifier: Apache-2.0 */
/* The lists at the head of a capture, and what a running system says of threads (state.md 9). */
#include "state_impl.h"

static int on_section(void *ctx)
{
    skr_state_reset(ctx);
    return 0;
}

static int on_machine(void *ctx, const skr_machine *m)
{
    skr_state *s = ctx;
    s->machine = *m;
    s->machine.hostname[sizeof s->machine.hostname - 1] = 0;
    s->has_machine = true;
    return 0;
}

static skr_str array_of(skr_str s)
{
    return skr_state_array((skr_param){ (const uint8_t *)s.ptr, (uint32_t)s.len });
}

static void set_numbers(skr_thread *t, const skr_proc_entry *p)
{
    t->pid = p->pid;
    t->ptid = p->ptid;
    t->sid = p->sid;
    t->vpgid = p->vpgid;
    t->pgid = p->pgid;
    t->vtid = p->vtid;
    t->vpid = p->vpid;
    t->fdlimit = p->fdlimit;
    t->flags |= p->flags | SKR_CL_ACTIVE;
    if (p->tid != p->pid)
        t->flags &= ~(uint32_t)SKR_CL_CLOSED; /* only leaders are kept after their end */
    t->uid = p->uid;
    t->gid = p->gid;
    t->vmsize = p->vmsize;
    t->vmrss = p->vmrss;
    t->vmswap = p->vmswap;
    t->tty = p->tty;
    t->loginuid = p->loginuid;
    t->pfmajor = p->pfmajor;
    t->pfminor = p->pfminor;
    t->clone_ts = p->clone_ts;
    t->pidns_init_start = p->pidns_init_start;
    t->cap_inheritable = p->cap_inheritable;
    t->cap_permitted = p->cap_permitted;
    t->cap_effective = p->cap_effective;
    t->exe_ino = p->exe_ino;
    t->exe_ino_ctime = p->exe_ino_ctime;
    t->exe_ino_mtime = p->exe_ino_mtime;
    t->exe_writable = p->exe_writable;
    t->exe_upper = p->exe_upper;
    t->exe_lower = p->exe_lower;
    t->exe_memfd = p->exe_memfd;
}

static int on_proc(void *ctx, const skr_proc_entry *p)
{
    skr_state *s = ctx;
    skr_thread_rec *r = skr_thread_rec_new(s, p->tid);
    if (!r)
        return 0;
    set_numbers(&r->t, p);
    skr_state_text(s, &r->t.comm, p->comm);
    skr_state_text(s, &r->t.exe, p->exe);
    skr_thread_set_exepath(s, r, p->exepath);
    skr_thread_set_args(s, r, array_of(p->args));
    skr_state_text(s, &r->t.root, p->root);
    skr_thread_set_cgroups(s, r, array_of(p->cgroups));
    if (skr_thread_is_main(&r->t)) {
        skr_state_text(s, &r->t.env, array_of(p->env));
        skr_thread_set_cwd(s, r, p->cwd);
    }
    if (!skr_thread_rec_add(s, r))
        return 0;
    skr_thread_update_container(s, r);
    skr_state_need_ids(s, r);
    if (s->lists_done)
        skr_thread_rec_link(s, r);
    return 0;
}

static bool is_socket(uint8_t type)
{
    return (type >= SKR_FD_IPV4_SOCK && type <= SKR_FD_IPV6_SERVSOCK) || type == SKR_FD_UNIX_SOCK;
}

static int on_fd(void *ctx, const skr_fd_entry *in)
{
    skr_state *s = ctx;
    skr_thread_rec *r = skr_thread_rec_find(s, in->tid);
    skr_fd_table **t = r ? skr_fds_of(r) : NULL;
    if (!t)
        return 0;
    skr_fd f = { .fd = in->fd, .type = in->type, .name = { "", 0 }, .name_raw = { "", 0 } };
    f.ino = in->ino;
    f.marks = SKR_FDM_FROM_PROC;
    f.open_flags = in->open_flags;
    f.dev = in->dev;
    f.pid = in->type == SKR_FD_PIDFD ? in->pid : 0;
    f.name = skr_text_make(&s->texts, in->name);
    if (is_socket(in->type))
        skr_sockets_import(s, in, &f);
    skr_fds_put(s, t, &f);
    return 0;
}

static int on_interfaces(void *ctx)
{
    skr_interfaces_clear(ctx);
    return 0;
}

static int on_interface(void *ctx, const skr_if_entry *i)
{
    skr_interfaces_add(ctx, i);
    return 0;
}

static int on_users(void *ctx)
{
    skr_state_forget_users(ctx, SKR_STR(""));
    return 0;
}

static int on_user(void *ctx, const skr_user_entry *in)
{
    skr_user u = { in->group ? in->gid : in->uid, in->gid, in->name, in->home, in->shell };
    skr_state_add_user(ctx, in->group, SKR_STR(""), &u);
    return 0;
}

void skr_state_handler(skr_state *s, skr_scap_handler *h)
{
    *h =
        (skr_scap_handler){ s, on_section, on_machine, on_proc, on_fd, on_interfaces, on_interface, on_users, on_user };
}

void skr_state_lists_done(skr_state *s)
{
    if (s->lists_done)
        return;
    s->lists_done = true;
    skr_sockets_fix_roles(s);
    for (size_t i = 0; i < s->threads.cap; i++)
        if (s->threads.slots[i].item)
            skr_thread_rec_link(s, s->threads.slots[i].item);
}
