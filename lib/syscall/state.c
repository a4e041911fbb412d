/* SPDX-License-Identifier: Apache-2.0 */
/* The steps that every event takes (state.md 2) and the table that says which parser runs. */
#include "map.h"
#include "state_impl.h"

enum { DEFAULT_THREADS = 262144, DEFAULT_FDS = 4096, MOST_FDS = 1 << 24 };

/* ---- What to do with an event, by its code ---- */

enum {
    MAKES_THREAD = 0, /* look the thread up, else create it */
    FINDS_THREAD = 1, /* look it up only */
    NO_THREAD = 2,    /* a field that asks looks it up */
    HIDDEN = 4,       /* rules never see it */
    NEEDS_OK = 8      /* a call that failed changes nothing */
};

/* Parsers by number: a row has a byte for its parser. */
enum {
    PARSE_NOTHING,
#define PARSER(name) PARSE_##name,
#include "parsers.def"
#undef PARSER
};

static skr_parser *const parsers[] = {
    NULL,
#define PARSER(name) skr_parse_##name,
#include "parsers.def"
#undef PARSER
};

typedef struct row {
    uint8_t parse;
    int8_t fd; /* parameter with the descriptor, for events that use one */
    uint8_t mode;
} row;

static const row rows[SKR_EVENT_CODES] = {
    /* enter events of old captures, and of system calls that other threads could deceive */
    [SKR_E_SYSCALL_OPEN_E] = { PARSE_store, 0, HIDDEN },
    [SKR_E_SYSCALL_CREAT_E] = { PARSE_store, 0, HIDDEN },
    [SKR_E_SYSCALL_OPENAT_2_E] = { PARSE_store, 0, HIDDEN },
    [SKR_E_SYSCALL_OPENAT2_E] = { PARSE_store, 0, HIDDEN },
    [SKR_E_SOCKET_CONNECT_E] = { PARSE_store, 0, HIDDEN },
    [SKR_E_SYSCALL_EXECVE_19_E] = { PARSE_store, 0, HIDDEN },
    [SKR_E_SYSCALL_EXECVEAT_E] = { PARSE_store, 0, HIDDEN },

    [SKR_E_SYSCALL_CLONE_20_X] = { PARSE_clone, 0, FINDS_THREAD },
    [SKR_E_SYSCALL_CLONE3_X] = { PARSE_clone, 0, FINDS_THREAD },
    [SKR_E_SYSCALL_FORK_20_X] = { PARSE_clone, 0, FINDS_THREAD },
    [SKR_E_SYSCALL_VFORK_20_X] = { PARSE_clone, 0, FINDS_THREAD },
    [SKR_E_PROCEXIT_1_E] = { PARSE_procexit, 0, FINDS_THREAD },
    [SKR_E_SCHEDSWITCH_6_E] = { PARSE_switch, 0, FINDS_THREAD },
    [SKR_E_SYSCALL_EXECVE_19_X] = { PARSE_exec, 0, NEEDS_OK },
    [SKR_E_SYSCALL_EXECVEAT_X] = { PARSE_exec, 0, NEEDS_OK },

    [SKR_E_SYSCALL_SETSID_X] = { PARSE_setsid, 0, 0 },
    [SKR_E_SYSCALL_SETUID_X] = { PARSE_setuid, 0, 0 },
    [SKR_E_SYSCALL_SETGID_X] = { PARSE_setgid, 0, 0 },
    [SKR_E_SYSCALL_SETREUID_X] = { PARSE_seteuid, 0, 0 },
    [SKR_E_SYSCALL_SETRESUID_X] = { PARSE_seteuid, 0, 0 },
    [SKR_E_SYSCALL_SETREGID_X] = { PARSE_setegid, 0, 0 },
    [SKR_E_SYSCALL_SETRESGID_X] = { PARSE_setegid, 0, 0 },
    [SKR_E_SYSCALL_CAPSET_X] = { PARSE_capset, 0, 0 },
    [SKR_E_SYSCALL_UNSHARE_X] = { PARSE_unshare, 0, 0 },
    [SKR_E_SYSCALL_SETNS_X] = { PARSE_setns, 1, 0 },
    [SKR_E_SYSCALL_CHDIR_X] = { PARSE_chdir, 0, 0 },
    [SKR_E_SYSCALL_GETCWD_X] = { PARSE_chdir, 0, 0 },
    [SKR_E_SYSCALL_FCHDIR_X] = { PARSE_fchdir, 1, 0 },
    [SKR_E_SYSCALL_CHROOT_X] = { PARSE_chroot, 0, 0 },
    [SKR_E_SYSCALL_PRCTL_X] = { PARSE_prctl, 0, 0 },
    [SKR_E_SYSCALL_GETRLIMIT_X] = { PARSE_rlimit, 0, 0 },
    [SKR_E_SYSCALL_SETRLIMIT_X] = { PARSE_rlimit, 0, 0 },
    [SKR_E_SYSCALL_PRLIMIT_X] = { PARSE_prlimit, 0, 0 },
    [SKR_E_SYSCALL_BRK_4_X] = { PARSE_memory, 0, 0 },
    [SKR_E_SYSCALL_MMAP_X] = { PARSE_memory, 8, 0 },
    [SKR_E_SYSCALL_MMAP2_X] = { PARSE_memory, 8, 0 },
    [SKR_E_SYSCALL_MMAP_E] = { PARSE_NOTHING, 4, 0 },
    [SKR_E_SYSCALL_MMAP2_E] = { PARSE_NOTHING, 4, 0 },
    [SKR_E_SYSCALL_MUNMAP_X] = { PARSE_memory, 0, 0 },

    [SKR_E_SYSCALL_OPEN_X] = { PARSE_open, 0, NEEDS_OK },
    [SKR_E_SYSCALL_CREAT_X] = { PARSE_creat, 0, NEEDS_OK },
    [SKR_E_SYSCALL_OPENAT_2_X] = { PARSE_openat, 0, NEEDS_OK },
    [SKR_E_SYSCALL_OPENAT2_X] = { PARSE_openat2, 0, NEEDS_OK },
    [SKR_E_SYSCALL_OPEN_BY_HANDLE_AT_X] = { PARSE_open_by_handle, 0, NEEDS_OK },
    [SKR_E_SYSCALL_CLOSE_X] = { PARSE_close, 1, 0 },
    [SKR_E_SYSCALL_CLOSE_RANGE_X] = { PARSE_close_range, 0, 0 },
    [SKR_E_SYSCALL_DUP_1_X] = { PARSE_dup, 1, 0 },
    [SKR_E_SYSCALL_DUP2_X] = { PARSE_dup, 1, 0 },
    [SKR_E_SYSCALL_DUP3_X] = { PARSE_dup, 1, 0 },
    [SKR_E_SYSCALL_FCNTL_X] = { PARSE_fcntl, 1, 0 },
    [SKR_E_SYSCALL_PIPE_X] = { PARSE_pipe, 0, 0 },
    [SKR_E_SYSCALL_PIPE2_X] = { PARSE_pipe, 0, 0 },
    [SKR_E_SYSCALL_EVENTFD_X] = { PARSE_new_fd, 0, 0 },
    [SKR_E_SYSCALL_EVENTFD2_X] = { PARSE_new_fd, 0, 0 },
    [SKR_E_SYSCALL_SIGNALFD_X] = { PARSE_new_fd, 0, 0 },
    [SKR_E_SYSCALL_SIGNALFD4_X] = { PARSE_new_fd, 0, 0 },
    [SKR_E_SYSCALL_TIMERFD_CREATE_X] = { PARSE_new_fd, 0, 0 },
    [SKR_E_SYSCALL_INOTIFY_INIT_X] = { PARSE_new_fd, 0, 0 },
    [SKR_E_SYSCALL_INOTIFY_INIT1_X] = { PARSE_new_fd, 0, 0 },
    [SKR_E_SYSCALL_EPOLL_CREATE_X] = { PARSE_new_fd, 0, 0 },
    [SKR_E_SYSCALL_EPOLL_CREATE1_X] = { PARSE_new_fd, 0, 0 },
    [SKR_E_SYSCALL_BPF_2_X] = { PARSE_new_fd, 0, 0 },
    [SKR_E_SYSCALL_USERFAULTFD_X] = { PARSE_new_fd, 0, 0 },
    [SKR_E_SYSCALL_IO_URING_SETUP_X] = { PARSE_new_fd, 0, 0 },
    [SKR_E_SYSCALL_MEMFD_CREATE_X] = { PARSE_memfd, 0, 0 },
    [SKR_E_SYSCALL_PIDFD_OPEN_X] = { PARSE_pidfd_open, 0, 0 },
    [SKR_E_SYSCALL_PIDFD_GETFD_X] = { PARSE_pidfd_getfd, 0, 0 },

    [SKR_E_SOCKET_SOCKET_X] = { PARSE_socket, 0, 0 },
    [SKR_E_SOCKET_SOCKETPAIR_X] = { PARSE_socketpair, 0, 0 },
    [SKR_E_SOCKET_BIND_X] = { PARSE_bind, 2, 0 },
    [SKR_E_SOCKET_CONNECT_X] = { PARSE_connect, 2, 0 },
    [SKR_E_SOCKET_ACCEPT_5_X] = { PARSE_accept, 0, 0 },
    [SKR_E_SOCKET_ACCEPT4_6_X] = { PARSE_accept, 0, 0 },

    [SKR_E_SYSCALL_READ_X] = { PARSE_io, 2, 0 },
    [SKR_E_SYSCALL_WRITE_X] = { PARSE_io, 2, 0 },
    [SKR_E_SYSCALL_PREAD_X] = { PARSE_io, 2, 0 },
    [SKR_E_SYSCALL_PWRITE_X] = { PARSE_io, 2, 0 },
    [SKR_E_SYSCALL_READV_X] = { PARSE_io, 3, 0 },
    [SKR_E_SYSCALL_WRITEV_X] = { PARSE_io, 2, 0 },
    [SKR_E_SYSCALL_PREADV_X] = { PARSE_io, 3, 0 },
    [SKR_E_SYSCALL_PWRITEV_X] = { PARSE_io, 2, 0 },
    [SKR_E_SOCKET_SEND_X] = { PARSE_io, 2, 0 },
    [SKR_E_SOCKET_SENDTO_X] = { PARSE_io, 2, 0 },
    [SKR_E_SOCKET_SENDMSG_X] = { PARSE_io, 2, 0 },
    [SKR_E_SOCKET_SENDMMSG_X] = { PARSE_io, 1, 0 },
    [SKR_E_SOCKET_RECV_X] = { PARSE_io, 2, 0 },
    [SKR_E_SOCKET_RECVFROM_X] = { PARSE_io, 3, 0 },
    [SKR_E_SOCKET_RECVMSG_X] = { PARSE_io, 5, 0 },
    [SKR_E_SOCKET_RECVMMSG_X] = { PARSE_io, 1, 0 },

    [SKR_E_SYSCALL_SENDFILE_X] = { PARSE_NOTHING, 2, 0 },
    [SKR_E_SYSCALL_SPLICE_X] = { PARSE_NOTHING, 2, 0 },
    [SKR_E_SYSCALL_SPLICE_E] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SYSCALL_SYMLINKAT_X] = { PARSE_NOTHING, 2, 0 },
    [SKR_E_SOCKET_LISTEN_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SOCKET_SHUTDOWN_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SOCKET_SETSOCKOPT_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SOCKET_GETSOCKOPT_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SYSCALL_LSEEK_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SYSCALL_LLSEEK_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SYSCALL_IOCTL_3_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SYSCALL_FSTAT_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SYSCALL_GETDENTS_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SYSCALL_GETDENTS64_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SYSCALL_FLOCK_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SYSCALL_COPY_FILE_RANGE_X] = { PARSE_io, 1, 0 },
    [SKR_E_SYSCALL_NEWFSTATAT_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SYSCALL_FCHOWNAT_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SYSCALL_FCHMODAT_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SYSCALL_MKDIRAT_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SYSCALL_UNLINKAT_2_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SYSCALL_MKNODAT_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SYSCALL_IO_URING_REGISTER_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SYSCALL_IO_URING_ENTER_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SYSCALL_FSCONFIG_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SYSCALL_FINIT_MODULE_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SYSCALL_FCHMOD_X] = { PARSE_NOTHING, 1, 0 },
    [SKR_E_SYSCALL_FCHOWN_X] = { PARSE_NOTHING, 1, 0 },

    [SKR_E_CONTAINER_JSON_2_E] = { PARSE_container, 0, NO_THREAD },
    [SKR_E_USER_ADDED_E] = { PARSE_user, 0, NO_THREAD },
    [SKR_E_USER_DELETED_E] = { PARSE_user, 0, NO_THREAD },
    [SKR_E_GROUP_ADDED_E] = { PARSE_user, 0, NO_THREAD },
    [SKR_E_GROUP_DELETED_E] = { PARSE_user, 0, NO_THREAD },
    [SKR_E_PLUGINEVENT_E] = { PARSE_NOTHING, 0, NO_THREAD },
    [SKR_E_ASYNCEVENT_E] = { PARSE_async, 0, NO_THREAD },
    [SKR_E_PROCINFO_E] = { PARSE_procinfo, 0, FINDS_THREAD },
};

/* ---- Life ---- */

static void empty(skr_state *s)
{
    skr_thread_rec_clear(s);
    skr_interfaces_clear(s);
    skr_containers_free(s);
    skr_exits_free(s);
    for (int i = 0; i < SKR_CGROUP_CACHE; i++) {
        skr_cgroups_release(s, s->cgroup_cache[i]);
        s->cgroup_cache[i] = NULL;
    }
    skr_text_drop(&s->texts, s->gone_container);
    skr_text_drop(&s->texts, s->old_name);
    if (s->event_container)
        skr_container_free(s->mem, s->event_container);
    s->gone_container = s->old_name = SKR_STR("");
    s->event_container = NULL;
    s->exited = s->closed_tid = s->closed_fd = -1;
    s->t = s->last = NULL;
    s->fd = NULL;
    s->first_ts = 0;
    s->lists_done = false;
}

skr_state *skr_state_new(skr_mem *mem, const saker_capture_options *options, bool offline)
{
    skr_state *s = skr_zalloc(mem, sizeof *s);
    if (!s)
        return NULL;
    s->mem = mem;
    s->offline = offline;
    s->max_threads = options && options->max_threads ? options->max_threads : DEFAULT_THREADS;
    s->max_fds = options && options->max_fds ? options->max_fds : DEFAULT_FDS;
    if (s->max_fds > MOST_FDS)
        s->max_fds = MOST_FDS;
    s->utc_offset = options ? options->utc_offset : 0;
    s->seed = skr_map_seed(s);
    skr_texts_init(&s->texts, mem, s->seed);
    skr_slab_init(&s->thread_slab, mem, sizeof(skr_thread_rec), 32);
    skr_slab_init(&s->group_slab, mem, sizeof(skr_group), 64);
    skr_slab_init(&s->fd_slab, mem, sizeof(skr_fd_rec), 64);
    skr_idtable_init(&s->threads, mem, s->seed);
    skr_idtable_init(&s->groups, mem, s->seed);
    s->root = skr_text_make(&s->texts, skr_str_of(options ? options->host_root : NULL));
    s->na = skr_text_make(&s->texts, SKR_STR("<NA>"));
    empty(s);
    s->containers.host = skr_container_host(mem);
    if (s->na.len && s->containers.host)
        return s;
    skr_state_free(s);
    return NULL;
}

void skr_state_free(skr_state *s)
{
    if (!s)
        return;
    empty(s);
    skr_users_free(s);
    skr_idtable_free(&s->threads);
    skr_idtable_free(&s->groups);
    skr_slab_free(&s->thread_slab);
    skr_slab_free(&s->group_slab);
    skr_slab_free(&s->fd_slab);
    skr_text_drop(&s->texts, s->root);
    skr_text_drop(&s->texts, s->na);
    skr_texts_free(&s->texts);
    skr_free(s->mem, s, sizeof *s);
}

/* Users and the machine stay until the section brings its own, as in Falco. */
void skr_state_reset(skr_state *s)
{
    empty(s);
    s->sections++;
    s->containers.host = skr_container_host(s->mem);
    s->stats.nomem += !s->containers.host;
}

void skr_state_set_os(skr_state *s, const skr_state_os *os)
{
    s->os = *os;
}

void skr_state_get_stats(const skr_state *s, skr_state_stats *out)
{
    *out = s->stats;
    out->threads = s->threads.n;
    out->users = s->users.n;
    out->containers = s->containers.n;
    out->nomem += s->texts.nomem;
}

/* ---- Steps of an event ---- */

/* What rules could still see on the event before. */
static void finish_previous(skr_state *s)
{
    if (s->exited != -1) {
        const skr_thread_rec *r = skr_thread_rec_find(s, s->exited);
        if (r)
            skr_exits_add(s, r->t.ptid, r->t.tid, s->prev_event_ts);
        skr_thread_rec_remove(s, s->exited);
        s->exited = -1;
    }
    if (s->closed_fd != -1) {
        skr_thread_rec *r = skr_thread_rec_find(s, s->closed_tid);
        skr_fd_table **t = r ? skr_fds_of(r) : NULL;
        if (t)
            skr_fds_remove(s, t, s->closed_fd);
        s->closed_fd = -1;
    }
    if (SKR_UNLIKELY(s->gone_container.len)) {
        skr_state_remove_container(s, s->gone_container);
        skr_state_forget_users(s, s->gone_container);
        skr_text_drop(&s->texts, s->gone_container);
        s->gone_container = SKR_STR("");
    }
    if (SKR_UNLIKELY(s->event_container != NULL)) {
        skr_container_free(s->mem, s->event_container);
        s->event_container = NULL;
    }
    if (s->name_touched) {
        skr_text_drop(&s->texts, s->old_name);
        s->old_name = SKR_STR("");
        s->name_touched = false;
    }
}

uint64_t skr_state_sections(const skr_state *s)
{
    return s->sections;
}

void skr_state_settle(skr_state *s)
{
    skr_state_lists_done(s);
    finish_previous(s);
}

static void find_fd(skr_state *s, skr_param p)
{
    s->t->t.last_fd = skr_param_i64(p, -1);
    skr_fd_table **t = skr_fds_of(s->t);
    s->fd = t ? skr_fds_get(*t, s->t->t.last_fd) : NULL;
}

/* Tracepoints come in the middle of calls (a switch inside of execve): they leave the entered call alone. */
static void enter_step(skr_state *s, const row *r)
{
    if (!(s->e->info->source & SKR_ES_SYSCALL))
        return;
    s->t->last_type = s->e->type;
    s->t->t.last_fd = -1;
    if (s->e->info->flags & SKR_EF_USES_FD)
        find_fd(s, skr_p(s, (unsigned)r->fd));
}

static void exit_step(skr_state *s, const row *r)
{
    uint16_t type = s->e->type, last = s->t->last_type;
    s->enter_valid = last == type - 1 || (type == SKR_E_SYSCALL_EXECVE_19_X && last == SKR_E_SYSCALL_EXECVEAT_E);
    if (!s->enter_valid)
        s->t->t.last_fd = -1;
    if (!(s->e->info->flags & SKR_EF_USES_FD))
        return;
    if (s->t->t.last_fd != -1) {
        skr_fd_table **t = skr_fds_of(s->t);
        s->fd = t ? skr_fds_get(*t, s->t->t.last_fd) : NULL;
    } else {
        find_fd(s, skr_p(s, (unsigned)r->fd));
    }
}

/* Finds thread and descriptor. false: no thread, and the event needs one. */
static bool reset(skr_state *s, const row *r)
{
    const skr_evt *e = s->e;
    s->t = NULL;
    s->fd = NULL;
    s->enter_valid = false;
    s->res = 0;
    bool skip = e->info->flags & SKR_EF_SKIPPARSERESET;
    if (skip || (r->mode & NO_THREAD)) {
        s->out->late_thread = true;
        if (r->mode & FINDS_THREAD)
            s->t = skr_thread_rec_find(s, e->tid);
        return true;
    }
    skr_evt_result(e, &s->res);
    if (r->mode & FINDS_THREAD) {
        s->t = skr_thread_rec_find(s, e->tid);
        if (!s->t)
            return true;
    } else {
        s->t = skr_thread_rec_get(s, e->tid);
        if (SKR_UNLIKELY(!s->t))
            return false;
        s->t->t.flags |= SKR_CL_ACTIVE;
    }
    if (SKR_IS_EXIT(e->type))
        exit_step(s, r);
    else
        enter_step(s, r);
    return true;
}

void skr_parse_store(skr_state *s)
{
    skr_thread_store_enter(s, s->t, s->e);
}

static bool is_socket(const skr_fd *f)
{
    return (f->type >= SKR_FD_IPV4_SOCK && f->type <= SKR_FD_IPV6_SERVSOCK) || f->type == SKR_FD_UNIX_SOCK;
}

/* Would a replay without this event end in another state? Errs on the side of yes. */
static bool changes_state(const skr_state *s, const row *r)
{
    if (s->t && !s->out->late_thread) {
        bool made = skr_thread_is_placeholder(&s->t->t) && !s->t->last_ts;
        if (made || (SKR_IS_EXIT(s->e->type) && s->t->enter_len))
            return true;
    }
    if (!r->parse)
        return false;
    if (r->parse == PARSE_io) /* of files it changes nothing */
        return s->fd && is_socket(&s->fd->f);
    return !(r->mode & NEEDS_OK) || s->res >= 0;
}

static void publish(skr_state *s, skr_sysevent *out, const row *r, bool hidden)
{
    out->changes_state = changes_state(s, r);
    out->thread = s->t ? &s->t->t : NULL;
    out->fd = s->fd ? &s->fd->f : NULL;
    out->fd_name_changed = s->fd && s->name_touched && !skr_str_eq(s->old_name, s->fd->f.name);
    if (s->t && !out->late_thread) {
        s->t->last_ts = s->now;
        if (SKR_IS_EXIT(s->e->type) && s->t->enter_len)
            skr_thread_drop_enter(s, s->t);
    }
    if (!hidden) {
        out->prev_ts = s->prev_ts;
        out->seen = ++s->seen;
        s->prev_ts = s->now;
    }
}

static void copy_event(skr_evt *to, const skr_evt *from)
{
    memcpy(to, from, offsetof(skr_evt, params));
    memcpy(to->params, from->params, from->nparams * sizeof from->params[0]);
}

/* A file begins with events that are part of its lists: rules see none of them until another kind has come. */
static bool is_list(const skr_state *s, uint16_t type)
{
    switch (type) {
    case SKR_E_CONTAINER_E:
    case SKR_E_CONTAINER_JSON_E:
    case SKR_E_CONTAINER_JSON_2_E:
    case SKR_E_USER_ADDED_E:
    case SKR_E_USER_DELETED_E:
    case SKR_E_GROUP_ADDED_E:
    case SKR_E_GROUP_DELETED_E:
    case SKR_E_ASYNCEVENT_E:
        return s->offline;
    default:
        return false;
    }
}

bool skr_state_event(skr_state *s, const skr_evt *e, skr_sysevent *out)
{
    if (SKR_UNLIKELY(!s->lists_done))
        skr_state_lists_done(s);
    if (e != &out->evt)
        copy_event(&out->evt, e);
    s->e = &out->evt;
    s->out = out;
    finish_previous(s);
    s->prev_event_ts = s->now = out->evt.ts;
    const row *r = &rows[out->evt.type];
    s->began = s->began || !is_list(s, out->evt.type);
    bool hidden = !s->began || (r->mode & HIDDEN) || (out->evt.dump_flags & 1);
    out->state = s;
    out->container = NULL;
    out->num = ++s->num;
    out->late_thread = false;
    out->offline = s->offline;
    if (!s->first_ts && !(out->evt.info->source & SKR_ES_METAEVENT))
        s->first_ts = s->now;
    out->first_ts = s->first_ts;
    if (reset(s, r) && r->parse)
        parsers[r->parse](s);
    publish(s, out, r, hidden);
    return !hidden;
}
