/* SPDX-License-Identifier: Apache-2.0 */
/* Events that change what a thread may do, where it stands and what it uses (state.md 3.2). */
#include "state_impl.h"

static const uint64_t ALL_CAPABILITIES = ((uint64_t)1 << 41) - 1;

void skr_parse_setsid(skr_state *s)
{
    if (s->res >= 0)
        s->t->t.sid = s->res;
}

/* An "unchanged" -1 is stored as it is, as in Falco. */
static void set_uid(skr_state *s, unsigned param)
{
    if (s->res != 0 || !skr_p(s, param).len)
        return;
    s->t->t.uid = skr_param_u32(skr_p(s, param), UINT32_MAX);
    skr_state_need_ids(s, s->t);
}

static void set_gid(skr_state *s, unsigned param)
{
    if (s->res != 0 || !skr_p(s, param).len)
        return;
    s->t->t.gid = skr_param_u32(skr_p(s, param), UINT32_MAX);
    skr_state_need_ids(s, s->t);
}

void skr_parse_setuid(skr_state *s)
{
    set_uid(s, 1);
}

void skr_parse_seteuid(skr_state *s)
{
    set_uid(s, 2);
}

void skr_parse_setgid(skr_state *s)
{
    set_gid(s, 1);
}

void skr_parse_setegid(skr_state *s)
{
    set_gid(s, 2);
}

void skr_parse_capset(skr_state *s)
{
    skr_thread *t = &s->t->t;
    if (s->res < 0)
        return;
    t->cap_inheritable = skr_param_u64(skr_p(s, 1), t->cap_inheritable);
    t->cap_permitted = skr_param_u64(skr_p(s, 2), t->cap_permitted);
    t->cap_effective = skr_param_u64(skr_p(s, 3), t->cap_effective);
}

/* In a new user namespace a thread can do everything. */
static void new_user_namespace(skr_state *s, unsigned flags_param)
{
    skr_thread *t = &s->t->t;
    if (s->res >= 0 && (skr_param_u32(skr_p(s, flags_param), 0) & SKR_CL_NEWUSER))
        t->cap_inheritable = t->cap_permitted = t->cap_effective = ALL_CAPABILITIES;
}

void skr_parse_unshare(skr_state *s)
{
    new_user_namespace(s, 1);
}

void skr_parse_setns(skr_state *s)
{
    new_user_namespace(s, 2);
}

/* The base is the calling thread's own directory, which only main threads have, as in Falco. */
static void change_directory(skr_state *s, skr_str path)
{
    skr_thread_rec *main = skr_thread_rec_main(s->t);
    char out[1025];
    if (!main)
        return;
    size_t len = skr_path_join(s->t->t.cwd, path, out);
    skr_thread_set_cwd(s, main, (skr_str){ out, len });
}

void skr_parse_chdir(skr_state *s)
{
    if (s->res >= 0 && skr_p(s, 1).len)
        change_directory(s, skr_param_text(skr_p(s, 1)));
}

void skr_parse_fchdir(skr_state *s)
{
    if (s->res >= 0 && s->fd)
        change_directory(s, s->fd->f.name);
}

void skr_parse_chroot(skr_state *s)
{
    if (s->res != 0 || !skr_p(s, 1).len)
        return;
    skr_str path = skr_param_text(skr_p(s, 1));
    char out[1025];
    if (path.len && path.ptr[0] != '/' && !skr_str_is(path, "<NA>"))
        path = (skr_str){ out, skr_path_join(skr_thread_cwd(s, &s->t->t), path, out) };
    skr_state_text(s, &s->t->t.root, path);
    skr_thread_update_container(s, s->t);
}

void skr_parse_prctl(skr_state *s)
{
    enum { SET_CHILD_SUBREAPER = 36, GET_CHILD_SUBREAPER = 37 }; /* the second one too, as in Falco */
    uint32_t option = skr_param_u32(skr_p(s, 1), 0);
    if (s->res >= 0 && s->t->t.group && (option == SET_CHILD_SUBREAPER || option == GET_CHILD_SUBREAPER))
        s->t->t.group->reaper = skr_param_i64(skr_p(s, 3), 0) != 0;
}

enum { RLIMIT_NOFILE = 7 };

static void set_fdlimit(skr_thread_rec *r, int64_t limit)
{
    skr_thread_rec *main = r ? skr_thread_rec_main(r) : NULL;
    if (main && limit != -1)
        main->t.fdlimit = limit;
}

void skr_parse_rlimit(skr_state *s)
{
    if (s->res >= 0 && skr_param_u8(skr_p(s, 3), 0) == RLIMIT_NOFILE)
        set_fdlimit(s->t, skr_param_i64(skr_p(s, 1), -1));
}

void skr_parse_prlimit(skr_state *s)
{
    int64_t tid = skr_param_i64(skr_p(s, 5), -1), limit = skr_param_i64(skr_p(s, 1), -1);
    if (s->res < 0 || limit == -1 || skr_param_u8(skr_p(s, 6), 0) != RLIMIT_NOFILE)
        return;
    set_fdlimit(tid == 0 ? s->t : tid > 0 ? skr_thread_rec_get(s, tid) : NULL, limit);
}

void skr_parse_memory(skr_state *s)
{
    skr_thread *t = &s->t->t;
    t->vmsize = skr_param_u32(skr_p(s, 1), t->vmsize);
    t->vmrss = skr_param_u32(skr_p(s, 2), t->vmrss);
    t->vmswap = skr_param_u32(skr_p(s, 3), t->vmswap);
}
