/* SPDX-License-Identifier: Apache-2.0 */
/* Events that make, copy and end descriptors other than sockets (state.md 4.1, 4.2). */
#include "state_impl.h"

static skr_fd fd_value(int64_t fd, skr_fd_type type)
{
    skr_fd f = { .fd = fd, .type = (uint8_t)type, .name = { "", 0 }, .name_raw = { "", 0 } };
    return f;
}

/* ---- Opening ---- */

static const int64_t WHOLE_PATH = INT64_MIN;

typedef struct opening {
    int64_t dirfd; /* WHOLE_PATH: the path stands for itself */
    skr_str path;
    uint32_t flags, dev;
    uint64_t ino;
} opening;

static void add_file(skr_state *s, const opening *o)
{
    char base_room[1025], out[1025];
    skr_str base = SKR_STR("");
    if (o->dirfd != WHOLE_PATH)
        base = skr_dirfd_base(s, s->t, o->dirfd, o->path, base_room);
    skr_fd f = fd_value(s->res, o->flags & SKR_O_DIRECTORY ? SKR_FD_DIRECTORY : SKR_FD_FILE_V2);
    f.open_flags = o->flags;
    f.dev = o->dev;
    f.ino = o->ino;
    f.name = skr_text_make(&s->texts, (skr_str){ out, skr_path_join(base, o->path, out) });
    f.name_raw = skr_str_eq(f.name, o->path) ? skr_text_share(f.name) : skr_text_make(&s->texts, o->path);
    skr_event_add_fd(s, &f);
}

/* What the enter event said wins over what the exit event could still read, for a writer may have changed the text in
 * between; only the bits from F_CREATED on are known at the end. */
static void prefer_enter(skr_state *s, opening *o, bool has_dirfd, bool has_flags)
{
    skr_evt enter;
    if (!s->enter_valid || !s->t->enter_len || skr_evt_decode(s->t->enter, s->t->enter_len, &enter))
        return;
    skr_str path = skr_param_text(skr_evt_param(&enter, has_dirfd));
    if (skr_str_is(path, "<NA>"))
        return;
    o->path = path;
    if (has_dirfd)
        o->dirfd = skr_param_i64(skr_evt_param(&enter, 0), SKR_AT_FDCWD);
    if (has_flags)
        o->flags = skr_param_u32(skr_evt_param(&enter, has_dirfd + 1u), 0) | (o->flags & ~(SKR_O_F_CREATED - 1u));
}

void skr_parse_open(skr_state *s)
{
    if (s->res < 0)
        return;
    opening o = { SKR_AT_FDCWD, skr_param_text(skr_p(s, 1)), skr_param_u32(skr_p(s, 2), 0),
                  skr_param_u32(skr_p(s, 4), 0), skr_param_u64(skr_p(s, 5), 0) };
    prefer_enter(s, &o, false, true);
    add_file(s, &o);
}

void skr_parse_creat(skr_state *s)
{
    enum { UPPER = 1, LOWER = 2 };
    if (s->res < 0)
        return;
    uint16_t layer = skr_param_u16(skr_p(s, 5), 0);
    opening o = { SKR_AT_FDCWD, skr_param_text(skr_p(s, 1)), 0, skr_param_u32(skr_p(s, 3), 0),
                  skr_param_u64(skr_p(s, 4), 0) };
    prefer_enter(s, &o, false, false);
    o.flags = (layer & UPPER ? SKR_O_UPPER_LAYER : 0u) | (layer & LOWER ? SKR_O_LOWER_LAYER : 0u);
    add_file(s, &o);
}

static void open_at(skr_state *s, unsigned dev_param)
{
    if (s->res < 0)
        return;
    opening o = { skr_param_i64(skr_p(s, 1), SKR_AT_FDCWD), skr_param_text(skr_p(s, 2)), skr_param_u32(skr_p(s, 3), 0),
                  skr_param_u32(skr_p(s, dev_param), 0), skr_param_u64(skr_p(s, dev_param + 1), 0) };
    prefer_enter(s, &o, true, true);
    add_file(s, &o);
}

void skr_parse_openat(skr_state *s)
{
    open_at(s, 5);
}

void skr_parse_openat2(skr_state *s)
{
    open_at(s, 6);
}

void skr_parse_open_by_handle(skr_state *s)
{
    if (s->res < 0)
        return;
    opening o = { WHOLE_PATH, skr_param_text(skr_p(s, 3)), skr_param_u32(skr_p(s, 2), 0), skr_param_u32(skr_p(s, 4), 0),
                  skr_param_u64(skr_p(s, 5), 0) };
    add_file(s, &o);
}

/* ---- Closing ---- */

void skr_parse_close(skr_state *s)
{
    if (s->res < 0 || !s->fd)
        return;
    s->closed_tid = s->t->t.tid;
    s->closed_fd = s->fd->f.fd;
}

typedef struct range {
    int64_t first, last;
} range;

static bool in_range(const void *arg, const skr_fd *f)
{
    const range *r = arg;
    return f->fd >= r->first && f->fd <= r->last;
}

static void mark_range(skr_state *s, skr_fd_table **t, const range *r)
{
    for (uint32_t i = 0; *t && i < (*t)->cap; i++) {
        skr_fd_rec *rec = (*t)->slots[i];
        if (!rec || !in_range(r, &rec->f) || (rec->f.open_flags & SKR_O_CLOEXEC))
            continue;
        int64_t fd = rec->f.fd;
        skr_fd_table *before = *t;
        skr_fd *f = skr_fds_write(s, t, rec);
        if (!f)
            return;
        f->open_flags |= SKR_O_CLOEXEC;
        if (*t != before && (i >= (*t)->cap || !(*t)->slots[i] || (*t)->slots[i]->f.fd != fd))
            i = UINT32_MAX; /* the copy has them in other places: begin again */
    }
}

void skr_parse_close_range(skr_state *s)
{
    enum { CLOSE_RANGE_CLOEXEC = 1 << 2 };
    skr_fd_table **t = skr_fds_of(s->t);
    range r = { skr_param_u32(skr_p(s, 1), 1), skr_param_u32(skr_p(s, 2), 0) };
    if (s->res < 0 || !t)
        return;
    if (skr_param_u32(skr_p(s, 3), 0) & CLOSE_RANGE_CLOEXEC)
        mark_range(s, t, &r);
    else
        skr_fds_sweep(s, t, in_range, &r);
}

/* ---- Copying ---- */

static void dup_to(skr_state *s, int64_t to, bool cloexec)
{
    const skr_fd *from = &s->fd->f;
    uint32_t flags = (from->open_flags & ~(uint32_t)SKR_O_CLOEXEC) | (cloexec ? SKR_O_CLOEXEC : 0u);
    skr_event_copy_fd(s, from, to, flags);
}

void skr_parse_dup(skr_state *s)
{
    if (s->res < 0)
        return;
    if (s->res <= 1)
        s->t->t.flags |= s->res == 0 ? SKR_CL_PIPE_DST : SKR_CL_PIPE_SRC;
    if (s->fd)
        dup_to(s, s->res, s->e->type == SKR_E_SYSCALL_DUP3_X && (skr_param_u32(skr_p(s, 3), 0) & SKR_O_CLOEXEC));
}

void skr_parse_fcntl(skr_state *s)
{
    enum { F_DUPFD = 1, F_SETFD = 3, F_DUPFD_CLOEXEC = 26 };
    uint8_t cmd = skr_param_u8(skr_p(s, 2), 0);
    if (s->res < 0 || !s->fd)
        return;
    if (cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC) {
        dup_to(s, s->res, cmd == F_DUPFD_CLOEXEC);
    } else if (cmd == F_SETFD) {
        bool on = skr_param_u64(skr_p(s, 3), 0) & 1, was = s->fd->f.open_flags & SKR_O_CLOEXEC;
        skr_fd *f = on != was ? skr_event_write_fd(s) : NULL;
        if (f)
            f->open_flags ^= SKR_O_CLOEXEC;
    }
}

/* ---- Making ---- */

void skr_parse_pipe(skr_state *s)
{
    if (s->res < 0)
        return;
    for (unsigned i = 1; i <= 2; i++) {
        skr_fd f = fd_value(skr_param_i64(skr_p(s, i), -1), SKR_FD_FIFO);
        f.ino = skr_param_u64(skr_p(s, 3), 0);
        f.open_flags = skr_param_u32(skr_p(s, 4), 0);
        if (f.fd >= 0)
            skr_event_add_fd(s, &f);
    }
}

/* Descriptors that have a kind and flags and nothing else. */
void skr_parse_new_fd(skr_state *s)
{
    static const struct row {
        uint16_t code;
        uint8_t type;
        int8_t flags; /* parameter, -1: none */
    } rows[] = {
        { SKR_E_SYSCALL_EVENTFD_X, SKR_FD_EVENT, 2 },           { SKR_E_SYSCALL_EVENTFD2_X, SKR_FD_EVENT, 1 },
        { SKR_E_SYSCALL_SIGNALFD_X, SKR_FD_SIGNALFD, 3 },       { SKR_E_SYSCALL_SIGNALFD4_X, SKR_FD_SIGNALFD, 1 },
        { SKR_E_SYSCALL_TIMERFD_CREATE_X, SKR_FD_TIMERFD, 2 },  { SKR_E_SYSCALL_INOTIFY_INIT_X, SKR_FD_INOTIFY, 1 },
        { SKR_E_SYSCALL_INOTIFY_INIT1_X, SKR_FD_INOTIFY, 1 },   { SKR_E_SYSCALL_EPOLL_CREATE_X, SKR_FD_EVENTPOLL, -1 },
        { SKR_E_SYSCALL_EPOLL_CREATE1_X, SKR_FD_EVENTPOLL, 1 }, { SKR_E_SYSCALL_BPF_2_X, SKR_FD_BPF, -1 },
        { SKR_E_SYSCALL_USERFAULTFD_X, SKR_FD_USERFAULTFD, 1 }, { SKR_E_SYSCALL_IO_URING_SETUP_X, SKR_FD_IOURING, -1 },
    };
    for (size_t i = 0; s->res >= 0 && i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].code != s->e->type)
            continue;
        skr_fd f = fd_value(s->res, rows[i].type);
        skr_param flags = rows[i].flags < 0 ? (skr_param){ NULL, 0 } : skr_p(s, (unsigned)rows[i].flags);
        f.open_flags = flags.len == 1   ? skr_param_u8(flags, 0)
                       : flags.len == 2 ? skr_param_u16(flags, 0)
                                        : skr_param_u32(flags, 0);
        skr_event_add_fd(s, &f);
        return;
    }
}

/* A call that fails adds an entry too, with the error for a number, which no other event finds: as in Falco. */
void skr_parse_memfd(skr_state *s)
{
    skr_fd f = fd_value(s->res, SKR_FD_MEMFD);
    f.name = skr_text_make(&s->texts, skr_param_text(skr_p(s, 1)));
    f.open_flags = skr_param_u32(skr_p(s, 2), 0);
    skr_event_add_fd(s, &f);
}

void skr_parse_pidfd_open(skr_state *s)
{
    if (s->res < 0)
        return;
    skr_fd f = fd_value(s->res, SKR_FD_PIDFD);
    f.pid = skr_param_i64(skr_p(s, 1), -1);
    skr_buf b;
    skr_buf_init(&b, s->mem);
    skr_buf_str(&b, s->root);
    skr_buf_cstr(&b, "/proc/");
    skr_buf_i64(&b, f.pid);
    s->stats.nomem += b.failed;
    f.name = b.failed ? SKR_STR("") : skr_text_make(&s->texts, (skr_str){ b.ptr, b.len });
    skr_buf_free(&b);
    skr_event_add_fd(s, &f);
}

void skr_parse_pidfd_getfd(skr_state *s)
{
    const skr_fd *pidfd = skr_thread_fd(&s->t->t, skr_param_i64(skr_p(s, 1), -1));
    skr_thread_rec *target = pidfd && pidfd->type == SKR_FD_PIDFD ? skr_thread_rec_find(s, pidfd->pid) : NULL;
    const skr_fd *from = target ? skr_thread_fd(&target->t, skr_param_i64(skr_p(s, 2), -1)) : NULL;
    if (s->res >= 0 && from)
        skr_event_copy_fd(s, from, s->res, from->open_flags | SKR_O_CLOEXEC);
}
