/* SPDX-License-Identifier: Apache-2.0 */
/* The state that system-call events build up (state.md): threads, descriptors, users, containers. One thread at a time.
 * Strings of records are immutable and shared (reference-counted), so that a clone copies pointers. */
#ifndef SKR_STATE_H
#define SKR_STATE_H

#include "event.h"
#include "scap.h"

#include <saker/syscall.h>

typedef enum skr_fd_type {
    SKR_FD_UNKNOWN,
    SKR_FD_FILE,
    SKR_FD_DIRECTORY,
    SKR_FD_IPV4_SOCK,
    SKR_FD_IPV6_SOCK,
    SKR_FD_IPV4_SERVSOCK,
    SKR_FD_IPV6_SERVSOCK,
    SKR_FD_FIFO,
    SKR_FD_UNIX_SOCK,
    SKR_FD_EVENT,
    SKR_FD_UNSUPPORTED,
    SKR_FD_SIGNALFD,
    SKR_FD_EVENTPOLL,
    SKR_FD_INOTIFY,
    SKR_FD_TIMERFD,
    SKR_FD_NETLINK,
    SKR_FD_FILE_V2,
    SKR_FD_BPF,
    SKR_FD_USERFAULTFD,
    SKR_FD_IOURING,
    SKR_FD_MEMFD,
    SKR_FD_PIDFD
} skr_fd_type;

typedef enum skr_l4 { SKR_L4_UNKNOWN, SKR_L4_NA, SKR_L4_TCP, SKR_L4_UDP, SKR_L4_ICMP, SKR_L4_RAW } skr_l4;

enum { /* skr_fd.open_flags, in the capture's numbering (state.md 4) */
       SKR_O_DIRECTORY = 1 << 10,
       SKR_O_CLOEXEC = 1 << 12,
       SKR_O_TMPFILE = 1 << 13,
       SKR_O_F_CREATED = 1 << 14,
       SKR_O_UPPER_LAYER = 1 << 15,
       SKR_O_LOWER_LAYER = 1 << 16
};

enum { /* skr_fd.marks */
       SKR_FDM_CLIENT = 1 << 0,
       SKR_FDM_SERVER = 1 << 1,
       SKR_FDM_CONNECTED = 1 << 2,
       SKR_FDM_FROM_PROC = 1 << 3
};

/* A descriptor. Shared between processes that inherited it, so nobody but the state engine writes to one. */
typedef struct skr_fd {
    int64_t fd;
    uint8_t type, l4;
    uint16_t marks;
    uint32_t open_flags, dev;
    uint64_t ino;
    skr_str name, name_raw; /* shared texts (textref.h) */
    int64_t pid;            /* PIDFD */
    /* sockets: client = source, server = destination; unix: the two pointers */
    uint8_t cip[16], sip[16];
    uint16_t cport, sport;
    uint64_t source, destination;
} skr_fd;

enum { /* skr_thread.flags: clone flag bits of state.md 1.2 */
       SKR_CL_FILES = 1 << 0,
       SKR_CL_NEWPID = 1 << 6,
       SKR_CL_PARENT = 1 << 8,
       SKR_CL_THREAD = 1 << 13,
       SKR_CL_VFORK = 1 << 27,
       SKR_CL_INVERTED = 1 << 16,
       SKR_CL_NAME_CHANGED = 1 << 17,
       SKR_CL_CLOSED = 1 << 18,
       SKR_CL_ACTIVE = 1 << 19,
       SKR_CL_NEWUSER = 1 << 20,
       SKR_CL_PIPE_SRC = 1 << 21,
       SKR_CL_PIPE_DST = 1 << 22,
       SKR_CL_CHILD_IN_PIDNS = 1 << 29,
       SKR_CL_IS_MAIN_THREAD = 1 << 30
};

typedef struct skr_container skr_container; /* what is known of a container */
typedef struct skr_thread skr_thread;

typedef struct skr_group { /* the threads of one process */
    int64_t pid;
    uint32_t live;     /* threads not yet exited */
    uint32_t members;  /* records that point here */
    bool reaper;       /* takes in orphans below it */
    bool listed;       /* still found by its pid */
    bool passed;       /* by the walk that tells which processes are of a tree */
    uint32_t trees;    /* recordings of process trees that it belongs to, a bit each: inherited at birth */
    skr_thread *first; /* the main thread if it is known, then the others */
} skr_group;

/* A thread. The strings are shared texts (textref.h): never NULL, unchanged until the engine sets another. */
struct skr_thread {
    int64_t tid, pid, ptid, reaper_tid, sid, vpgid, pgid, vtid, vpid;
    uint32_t uid, gid, loginuid, tty, flags;
    skr_str comm, exe, exepath, cwd, root; /* "" when unknown */
    skr_str args, env, cgroups;            /* NUL-separated, without the last NUL; args_count elements */
    uint32_t args_count;
    int64_t fdlimit;
    uint64_t cap_inheritable, cap_permitted, cap_effective;
    uint64_t exe_ino, exe_ino_ctime, exe_ino_mtime, exe_ino_ctime_duration_clone, exe_ino_ctime_duration_pidns;
    bool exe_writable, exe_upper, exe_lower, exe_memfd;
    uint32_t vmsize, vmrss, vmswap;
    uint64_t pfmajor, pfminor;
    uint64_t clone_ts, lastexec_ts, pidns_init_start;
    int64_t last_fd;      /* fd.num of the thread's last event, -1: none */
    skr_str container_id; /* "" = host */
    skr_group *group;     /* NULL: not linked (placeholders) */
    float cpu[3];         /* thread.cpu, .user, .system of the last procinfo event */
};

typedef struct skr_state skr_state;

/* One event with what the state knows of it: saker_event.data of the "syscall" schema. Built by the state engine, read
 * by the field tables and the parameter printer. */
typedef struct skr_sysevent {
    skr_evt evt;
    skr_state *state;
    skr_thread *thread; /* thread of the event (fields.md 0.4), NULL: none; skr_state_event_thread() also does the late
                           look-up */
    const skr_fd *fd;   /* descriptor of the event, NULL: none */
    const skr_container *container;  /* container added or removed: the one the event speaks of; else NULL */
    uint64_t num, prev_ts, first_ts; /* prev_ts: of the last event that rules saw before this one, 0 on the first;
                                        first_ts: capture start */
    uint64_t seen;                   /* events that rules have seen, this one included (util.cnt) */
    bool fd_name_changed;
    bool late_thread;   /* the thread is looked up when a field asks */
    bool changes_state; /* a replay that leaves the event out may end in another state */
    bool offline;
} skr_sysevent;

/* What only a running system can answer (lib/live). Every member may be NULL. */
typedef struct skr_state_os {
    void *ctx;
    /* Reads one thread that the engine met and did not know; hands it (and the descriptors of a main thread) to `h`.
     * false: not there, or over the budget of look-ups. */
    bool (*thread)(void *ctx, int64_t tid, const skr_scap_handler *h);
    /* Environment of a process, NUL-separated, appended to `b`. */
    bool (*env)(void *ctx, int64_t pid, skr_buf *b);
    /* A thread with these ids appeared: fill the users and groups of its container with skr_state_add_user(). */
    void (*ids)(void *ctx, const skr_thread *t, uint32_t uid, uint32_t gid);
    /* Is the thread still there, under a name that starts with this one? */
    bool (*alive)(void *ctx, const skr_thread *t);
    /* A descriptor of a process as it is now (passed over a unix socket): to `h`. */
    bool (*fd)(void *ctx, int64_t pid, int64_t fd, const skr_scap_handler *h);
    /* A container id without metadata appeared. */
    void (*container)(void *ctx, skr_str id, skr_str cgroup_path);
} skr_state_os;

typedef struct skr_state_stats {
    uint64_t threads, fds, users, containers;    /* now */
    uint64_t full_threads, full_fds, full_lists; /* entries dropped or given up because a table was full */
    uint64_t nomem;                              /* ... because memory ran out */
    uint64_t unread;                             /* metadata of containers that could not be read */
    uint64_t cut;                                /* questions that more ancestors would belong to */
} skr_state_stats;

skr_state *skr_state_new(skr_mem *mem, const saker_capture_options *options, bool offline);
void skr_state_free(skr_state *s);
void skr_state_reset(skr_state *s); /* a new section: forgets all but the numbering of events and the users */
SKR_SHARED void skr_state_set_os(skr_state *s, const skr_state_os *os);
void skr_state_get_stats(const skr_state *s, skr_state_stats *out);

/* Import of lists (state.md 9): hand `skr_state_handler` to skr_scap_next. */
void skr_state_handler(skr_state *s, skr_scap_handler *h);
/* Call once before the first event: fixes roles of sockets and links the threads. Called by skr_state_event itself if
 * needed. */
void skr_state_lists_done(skr_state *s);

/* Runs the state engine on a decoded event: fills *out (evt is copied, unless e == &out->evt). true: rules may see it;
 * false: state only. Everything that *out points to lives until the next call. */
bool skr_state_event(skr_state *s, const skr_evt *e, skr_sysevent *out);

/* ---- Questions that fields ask. They change nothing. ---- */
SKR_SHARED skr_thread *skr_state_find(const skr_state *s, int64_t tid); /* look-up only */
skr_thread *skr_sysevent_thread(const skr_sysevent *e);                 /* thread of the event, late look-up included */
const skr_fd *skr_thread_fd(const skr_thread *t, int64_t fd); /* in the thread's table (shared or own), NULL */
size_t skr_thread_fd_count(const skr_thread *t);
/* Walks the table in its order (that of the reference does not matter): false ends. */
void skr_thread_each_fd(const skr_thread *t, bool (*fn)(void *ctx, const skr_fd *fd), void *ctx);
/* proc.cmdline and proc.args: composed when first asked for and kept until the next exec. */
skr_str skr_thread_cmdline(skr_state *s, skr_thread *t);
skr_str skr_thread_args_text(skr_state *s, skr_thread *t);
skr_thread *skr_thread_main(const skr_thread *t); /* main thread or NULL */
void skr_state_cut(skr_state *s);                 /* counts a question that not all ancestors were looked at for */
skr_thread *skr_thread_parent(const skr_state *s, const skr_thread *t); /* parent process (fields.md 0.4) or NULL */
bool skr_thread_is_main(const skr_thread *t);
bool skr_thread_in_pidns(const skr_thread *t);
bool skr_thread_is_placeholder(const skr_thread *t);
skr_str skr_thread_cwd(const skr_state *s, const skr_thread *t); /* of the main thread; "./" without one */
skr_str skr_thread_env(const skr_thread *t);
/* Of a variable; the empty text where there is none. */
skr_str skr_thread_env_value(skr_state *s, const skr_thread *t, skr_str name);
uint32_t skr_thread_live_count(const skr_thread *t); /* of the group; 0 for placeholders */
bool skr_thread_leader_alive(const skr_thread *t);

typedef struct skr_user {
    uint32_t uid, gid;
    skr_str name, home, shell;
} skr_user;
const skr_user *skr_state_user(const skr_state *s, skr_str container_id, uint32_t uid);  /* NULL: not listed */
const skr_user *skr_state_group(const skr_state *s, skr_str container_id, uint32_t gid); /* only gid, name */
const skr_machine *skr_state_machine(const skr_state *s);                                /* NULL: none seen */
bool skr_state_is_local_ip(const skr_state *s, const skr_thread *t, const uint8_t *ip,
                           unsigned len); /* fields.md 5, "of this machine" */
const skr_container *skr_state_container(const skr_state *s,
                                         skr_str id); /* metadata; NULL: not known. "" gives the host's */

/* ---- Everything the state holds, for a dump ---- */
/* Between events: does what was put off so that rules could still see it. */
void skr_state_settle(skr_state *s);
uint64_t skr_state_sections(const skr_state *s);        /* resets so far */
uint64_t skr_state_container_count(const skr_state *s); /* containers added in this section so far, not those there */
/* The last `count` containers added, those that are still there. */
void skr_state_each_container(const skr_state *s, uint64_t count, bool (*fn)(void *ctx, const skr_container *c),
                              void *ctx);
void skr_state_each_thread(const skr_state *s, bool (*fn)(void *ctx, const skr_thread *t), void *ctx);
void skr_state_each_interface(const skr_state *s, bool (*fn)(void *ctx, const skr_if_entry *i), void *ctx);
uint64_t skr_state_user_count(const skr_state *s); /* users and groups added or changed so far */
/* The last `count` of them, those that are still there: users, then groups; container_id "" is the host. */
void skr_state_each_user(const skr_state *s, uint64_t count,
                         bool (*fn)(void *ctx, bool group, skr_str container_id, const skr_user *u), void *ctx);

/* ---- For lib/live ---- */
SKR_SHARED bool skr_state_add_user(skr_state *s, bool group, skr_str container_id, const skr_user *u);
void skr_state_forget_users(skr_state *s, skr_str container_id);
bool skr_state_add_container(skr_state *s, skr_container *c); /* takes it, also when it fails */
void skr_state_remove_container(skr_state *s, skr_str id);
/* Forgets placeholders and what os.alive denies, of those not seen since `before` (ns). */
void skr_state_purge(skr_state *s, uint64_t before);
/* The same in parts, which ask about at most `most` threads each. true: that was the last; the next begins anew. */
SKR_SHARED bool skr_state_purge_some(skr_state *s, uint64_t before, size_t most);

/* Paths (state.md 6). `out` needs 1025 bytes; returns the length. */
size_t skr_path_join(skr_str base, skr_str path, char out[1025]);
/* dirfd base: "." , "<UNKNOWN>", cwd, or a name with a '/' behind it (copied into out). */
size_t skr_path_dirfd(const skr_sysevent *e, int64_t dirfd, skr_str path, char out[1025]);

/* ---- Parameters as text (param_types.md 2, 3): param.c ---- */
/* Appends the plain text. */
void skr_param_print(skr_buf *b, const skr_sysevent *e, unsigned i);
/* Appends the resolved text; nothing when there is none. */
void skr_param_print_resolved(skr_buf *b, const skr_sysevent *e, unsigned i);
/* evt.args: all of them. */
void skr_args_print(skr_buf *b, const skr_sysevent *e);
int32_t skr_state_utc_offset(const skr_state *s);

/* Elements of NUL-separated text. */
static inline bool skr_next_item(skr_str *rest, skr_str *item)
{
    if (!rest->ptr)
        return false;
    const char *nul = rest->len ? (const char *)memchr(rest->ptr, 0, rest->len) : NULL;
    *item = (skr_str){ rest->ptr, nul ? (size_t)(nul - rest->ptr) : rest->len };
    *rest = nul ? (skr_str){ nul + 1, rest->len - item->len - 1 } : (skr_str){ NULL, 0 };
    return true;
}

#endif
