/* SPDX-License-Identifier: Apache-2.0 */
#include "dump_state.h"

#include "container.h"

typedef struct dumper {
    skr_scap_writer *w;
    const skr_state *s;
    const skr_dump_tree *tree; /* NULL: everything */
    uint64_t ts;
    skr_str container;                       /* whose users are meant */
    skr_buf args, env, cgroups, event, json; /* scratch */
    uint8_t served[65536 / 8];               /* ports on which this machine listens */
} dumper;

static void start(dumper *d, skr_scap_writer *w, skr_mem *mem, const skr_state *s, const skr_dump_tree *tree,
                  uint64_t ts)
{
    memset(d, 0, sizeof *d);
    d->w = w;
    d->s = s;
    d->tree = tree;
    d->ts = ts;
    skr_buf *const all[] = { &d->args, &d->env, &d->cgroups, &d->event, &d->json };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        skr_buf_init(all[i], mem);
}

static void finish(dumper *d)
{
    skr_buf *const all[] = { &d->args, &d->env, &d->cgroups, &d->event, &d->json };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        skr_buf_free(all[i]);
}

static bool is_meant(const dumper *d, const skr_thread *t)
{
    return !d->tree || skr_dump_tree_has(d->tree, t);
}

/* What cannot be put together is not left out in silence. */
static bool no_memory(dumper *d)
{
    skr_scap_write_nomem(d->w);
    return false;
}

/* ---- Threads ---- */

/* A list as files hold it: each element with its NUL. */
static skr_str with_nul(dumper *d, skr_buf *b, skr_str list, bool any)
{
    skr_buf_clear(b);
    skr_buf_str(b, list);
    if (any)
        skr_buf_char(b, 0);
    if (b->failed)
        no_memory(d);
    return b->failed ? list : (skr_str){ b->ptr ? b->ptr : "", b->len };
}

static bool put_thread(void *ctx, const skr_thread *t)
{
    dumper *d = ctx;
    if (!is_meant(d, t))
        return true;
    bool main = skr_thread_is_main(t);
    skr_str none = SKR_STR(""), env = main ? skr_thread_env(t) : none;
    skr_proc_entry p = { .tid = t->tid,
                         .pid = t->pid,
                         .ptid = t->ptid,
                         .sid = t->sid,
                         .vpgid = t->vpgid,
                         .pgid = t->pgid,
                         .vtid = t->vtid,
                         .vpid = t->vpid,
                         .fdlimit = t->fdlimit,
                         .comm = t->comm,
                         .exe = t->exe,
                         .exepath = t->exepath,
                         .args = with_nul(d, &d->args, t->args, t->args_count > 0),
                         .cwd = main ? t->cwd : none,
                         .env = with_nul(d, &d->env, env, env.len > 0),
                         .cgroups = with_nul(d, &d->cgroups, t->cgroups, t->cgroups.len > 0),
                         .root = t->root,
                         .flags = t->flags,
                         .uid = t->uid,
                         .gid = t->gid,
                         .vmsize = t->vmsize,
                         .vmrss = t->vmrss,
                         .vmswap = t->vmswap,
                         .tty = t->tty,
                         .loginuid = t->loginuid,
                         .pfmajor = t->pfmajor,
                         .pfminor = t->pfminor,
                         .pidns_init_start = t->pidns_init_start,
                         .cap_inheritable = t->cap_inheritable,
                         .cap_permitted = t->cap_permitted,
                         .cap_effective = t->cap_effective,
                         .exe_ino = t->exe_ino,
                         .exe_ino_ctime = t->exe_ino_ctime,
                         .exe_ino_mtime = t->exe_ino_mtime,
                         .exe_writable = t->exe_writable,
                         .exe_upper = t->exe_upper,
                         .exe_lower = t->exe_lower,
                         .exe_memfd = t->exe_memfd };
    return skr_scap_write_proc(d->w, &p) == 0;
}

/* ---- Descriptors ---- */

static bool has_own_table(const skr_thread *t)
{
    return skr_thread_is_main(t) || !(t->flags & SKR_CL_FILES);
}

static bool note_served(void *ctx, const skr_fd *f)
{
    dumper *d = ctx;
    if (f->type == SKR_FD_IPV4_SERVSOCK || f->type == SKR_FD_IPV6_SERVSOCK)
        d->served[f->sport / 8] |= (uint8_t)(1u << f->sport % 8);
    return true;
}

static bool note_thread(void *ctx, const skr_thread *t)
{
    if (is_meant(ctx, t) && has_own_table(t))
        skr_thread_each_fd(t, note_served, ctx);
    return true;
}

/* A reader takes an IPv4 socket whose source port is one that is listened on for a server's, and exchanges its ends:
 * those of servers are written the other way round. */
static bool is_turned(const dumper *d, const skr_fd *f)
{
    return f->type == SKR_FD_IPV4_SOCK && (f->marks & SKR_FDM_SERVER) && (d->served[f->sport / 8] >> f->sport % 8 & 1);
}

typedef struct fd_list {
    dumper *d;
    int64_t tid;
} fd_list;

static bool put_fd(void *ctx, const skr_fd *f)
{
    const fd_list *l = ctx;
    bool turned = is_turned(l->d, f);
    skr_fd_entry e = { .tid = l->tid,
                       .fd = f->fd,
                       .ino = f->ino,
                       .type = f->type,
                       .l4 = f->l4,
                       .open_flags = f->open_flags,
                       .dev = f->dev,
                       .sport = turned ? f->sport : f->cport,
                       .dport = turned ? f->cport : f->sport,
                       .source = f->source,
                       .destination = f->destination,
                       .name = f->name };
    memcpy(e.sip, turned ? f->sip : f->cip, sizeof e.sip);
    memcpy(e.dip, turned ? f->cip : f->sip, sizeof e.dip);
    return skr_scap_write_fd(l->d->w, &e) == 0;
}

static bool put_fds(void *ctx, const skr_thread *t)
{
    fd_list l = { ctx, t->tid };
    if (!is_meant(ctx, t))
        return true;
    int status = skr_scap_write_fds_of(l.d->w, t->tid);
    if (!status && has_own_table(t))
        skr_thread_each_fd(t, put_fd, &l);
    return status == 0;
}

/* ---- Interfaces and users ---- */

static bool put_interface(void *ctx, const skr_if_entry *i)
{
    return skr_scap_write_interface(((dumper *)ctx)->w, i) == 0;
}

static bool is_user_meant(const dumper *d, bool group, skr_str container_id, const skr_user *u)
{
    if (!d->tree)
        return true;
    return container_id.len ? skr_dump_tree_refers_container(d->tree, container_id)
                            : skr_dump_tree_refers_id(d->tree, group, group ? u->gid : u->uid);
}

static bool put_host_user(void *ctx, bool group, skr_str container_id, const skr_user *u)
{
    dumper *d = ctx;
    if (container_id.len || !is_user_meant(d, group, container_id, u))
        return true;
    skr_user_entry e = { group, u->uid, u->gid, u->name, u->home, u->shell };
    return skr_scap_write_user(d->w, &e) == 0;
}

/* ---- Events for what has no list ---- */

typedef struct arg {
    const void *ptr;
    size_t len;
    bool text; /* a NUL follows */
} arg;

static arg text_arg(skr_str s)
{
    return (arg){ s.ptr, s.len, true };
}

static arg number_arg(const uint32_t *v)
{
    return (arg){ v, sizeof *v, false };
}

static bool put_event(dumper *d, uint16_t code, const arg *args, uint32_t n)
{
    bool wide = skr_events[code].flags & SKR_EF_LARGE_PAYLOAD;
    skr_buf *b = &d->event;
    int64_t no_thread = -1;
    skr_buf_clear(b);
    skr_buf_add(b, &d->ts, 8);
    skr_buf_add(b, &no_thread, 8);
    skr_buf_add(b, &n, 4); /* the length, when it is known */
    skr_buf_add(b, &code, 2);
    skr_buf_add(b, &n, 4);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t len = (uint32_t)(args[i].len + args[i].text);
        uint16_t narrow = (uint16_t)len;
        if (args[i].len >= (wide ? UINT32_MAX : UINT16_MAX))
            return true; /* such a name is none */
        skr_buf_add(b, wide ? (const void *)&len : &narrow, wide ? 4 : 2);
    }
    for (uint32_t i = 0; i < n; i++) {
        skr_buf_add(b, args[i].ptr, args[i].len);
        if (args[i].text)
            skr_buf_char(b, 0);
    }
    if (b->failed || b->len > UINT32_MAX)
        return no_memory(d);
    uint32_t total = (uint32_t)b->len;
    memcpy(b->ptr + 16, &total, 4);
    skr_evt e = { .raw = (const uint8_t *)b->ptr, .len = total };
    return skr_scap_write_event(d->w, &e, SKR_DUMP_STATE_ONLY) == 0;
}

static bool put_added_user(void *ctx, bool group, skr_str container_id, const skr_user *u)
{
    dumper *d = ctx;
    if (!is_user_meant(d, group, container_id, u))
        return true;
    if (group) {
        const arg args[] = { number_arg(&u->gid), text_arg(u->name), text_arg(container_id) };
        return put_event(d, SKR_E_GROUP_ADDED_E, args, 3);
    }
    const arg args[] = { number_arg(&u->uid), number_arg(&u->gid), text_arg(u->name),
                         text_arg(u->home),   text_arg(u->shell),  text_arg(container_id) };
    return put_event(d, SKR_E_USER_ADDED_E, args, 6);
}

static bool put_container_user(void *ctx, bool group, skr_str container_id, const skr_user *u)
{
    return !container_id.len || put_added_user(ctx, group, container_id, u);
}

static bool put_container(void *ctx, const skr_container *c)
{
    dumper *d = ctx;
    const uint32_t no_plugin = 0;
    if (d->tree && !skr_dump_tree_refers_container(d->tree, c->id))
        return true;
    skr_buf_clear(&d->json);
    skr_container_print(&d->json, c);
    if (d->json.failed)
        return no_memory(d);
    const arg args[] = { number_arg(&no_plugin), text_arg(SKR_STR("container")),
                         text_arg((skr_str){ d->json.ptr, d->json.len }) };
    return put_event(d, SKR_E_ASYNCEVENT_E, args, 3);
}

/* ---- All ---- */

void skr_dump_state(skr_scap_writer *w, skr_mem *mem, const skr_state *s, const skr_dump_tree *tree, uint64_t ts)
{
    dumper d;
    start(&d, w, mem, s, tree, ts);
    skr_scap_write_section(w);
    if (skr_state_machine(s))
        skr_scap_write_machine(w, skr_state_machine(s));
    skr_state_each_interface(s, put_interface, &d);
    skr_state_each_user(s, UINT64_MAX, put_host_user, &d);
    skr_state_each_thread(s, put_thread, &d);
    skr_state_each_thread(s, note_thread, &d);
    skr_state_each_thread(s, put_fds, &d);
    skr_state_each_container(s, UINT64_MAX, put_container, &d);
    skr_state_each_user(s, UINT64_MAX, put_container_user, &d);
    finish(&d);
}

void skr_dump_added(skr_scap_writer *w, skr_mem *mem, const skr_state *s, const skr_dump_tree *tree, uint64_t users,
                    uint64_t containers, uint64_t ts)
{
    dumper d;
    start(&d, w, mem, s, tree, ts);
    if (containers)
        skr_state_each_container(s, containers, put_container, &d);
    if (users)
        skr_state_each_user(s, users, put_added_user, &d);
    finish(&d);
}

void skr_dump_user(skr_scap_writer *w, skr_mem *mem, bool group, const skr_user *u, uint64_t ts)
{
    dumper d;
    if (!u)
        return;
    start(&d, w, mem, NULL, NULL, ts);
    put_added_user(&d, group, SKR_STR(""), u);
    finish(&d);
}

static bool put_user_of(void *ctx, bool group, skr_str container_id, const skr_user *u)
{
    const dumper *d = ctx;
    return !skr_str_eq(container_id, d->container) || put_added_user(ctx, group, container_id, u);
}

void skr_dump_container(skr_scap_writer *w, skr_mem *mem, const skr_state *s, skr_str id, uint64_t ts)
{
    dumper d;
    const skr_container *c = skr_state_container(s, id);
    start(&d, w, mem, s, NULL, ts);
    d.container = id;
    if (c)
        put_container(&d, c);
    skr_state_each_user(s, UINT64_MAX, put_user_of, &d);
    finish(&d);
}
