/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the state engine; nobody but its own files includes this. Everything hangs on skr_state; the parsers of
 * events (parsers_*.c) see the event at hand in skr_state.e, .t and .fd. */
#ifndef SKR_STATE_IMPL_H
#define SKR_STATE_IMPL_H

#include "container.h"
#include "idtable.h"
#include "slab.h"
#include "state.h"
#include "textref.h"

/* ---- Descriptors (fdtable.c) ---- */

/* A descriptor is shared by the tables of all processes that inherited it, and a table by all that have not changed it
 * since: both are copied when one who shares them writes. */
typedef struct skr_fd_rec {
    skr_fd f;
    uint32_t refs;
} skr_fd_rec;

typedef struct skr_fd_table {
    uint32_t refs, count, cap; /* cap: power of two; the slot of a small number is the number itself */
    uint64_t seed;
    skr_fd_rec *slots[];
} skr_fd_table;

/* ---- Threads (thread.c) ---- */

enum { SKR_AT_FDCWD = -100 };

/* The control groups of a thread: parsed once for all threads that have the same ones. */
typedef struct skr_cgroups {
    uint32_t refs, hash;
    skr_str raw;          /* as the event had them */
    skr_str text;         /* with the names of fields.md: skr_thread.cgroups */
    skr_str container_id; /* "" none */
    skr_str id_path;      /* the path that gave it */
} skr_cgroups;

typedef struct skr_thread_rec skr_thread_rec;
struct skr_thread_rec {
    skr_thread t;
    skr_fd_table *fds;
    skr_cgroups *cgroups;
    skr_str cmdline; /* composed on demand; empty: not yet */
    uint8_t *enter;  /* the stored enter event */
    uint32_t enter_len, enter_cap;
    uint16_t last_type;        /* of the last enter event */
    uint64_t last_ts;          /* of the last event */
    uint64_t cpu_usr, cpu_sys; /* totals of the last procinfo event */
    bool cpu_known;
    skr_thread_rec *next_member, *prev_member; /* of the group */
    skr_thread_rec *parent, *children, *next_child, *prev_child;
};

static inline skr_thread_rec *skr_rec(skr_thread *t)
{
    return (skr_thread_rec *)(void *)t;
}
static inline const skr_thread_rec *skr_rec_const(const skr_thread *t)
{
    return (const skr_thread_rec *)(const void *)t;
}

/* ---- Lists (lists.c, users.c) ---- */

typedef struct skr_user_list skr_user_list;
struct skr_user_list { /* of one container */
    skr_str container_id;
    skr_idtable ids[2];  /* users, groups */
    skr_user_list *next; /* in its bucket */
};
typedef struct skr_user_rec skr_user_rec;
struct skr_user_rec {
    skr_user u;
    bool group;
    uint64_t number; /* added or last changed as the how many-th */
    skr_user_list *list;
    skr_user_rec *older, *newer;
};
typedef struct skr_user_ages {
    skr_user_rec *oldest, *newest;
} skr_user_ages;
typedef struct skr_users {
    skr_user_list *host, **buckets;
    size_t n, lists, cap;
    uint64_t added;        /* ever, changes included */
    skr_user_ages ages[2]; /* of the machine, of containers */
} skr_users;

typedef struct skr_container_rec skr_container_rec;
struct skr_container_rec {
    skr_container *c;
    uint64_t number; /* added as the how many-th */
    uint32_t ip;     /* of skr_container_ip() */
    skr_container_rec *next, *older, *newer;
};
typedef struct skr_containers {
    skr_container_rec **buckets;
    size_t n, cap;
    skr_container_rec *oldest, *newest;
    uint64_t added; /* ever */
    skr_container *host;
} skr_containers;

typedef struct skr_exit_ring skr_exit_ring; /* exits.c */

enum { SKR_CGROUP_CACHE = 64 };

struct skr_state {
    skr_mem *mem;
    skr_texts texts;
    uint64_t seed;
    uint32_t max_threads, max_fds;
    int32_t utc_offset;
    bool offline, lists_done;
    bool began; /* an event has come that is not part of the lists */
    uint64_t sections;
    skr_state_os os;
    skr_str root; /* prefix of /proc in names */

    skr_slab thread_slab, group_slab, fd_slab;
    skr_idtable threads, groups;
    size_t purged;        /* slots of threads that a purge under way has been through */
    skr_thread_rec *last; /* found last */
    skr_exit_ring *exits;
    skr_cgroups *cgroup_cache[SKR_CGROUP_CACHE];
    skr_str na; /* "<NA>" as a text */

    skr_machine machine;
    bool has_machine;
    SKR_VEC(skr_if_entry) interfaces;
    skr_users users;
    skr_containers containers;

    /* What has to wait for the next event, so that rules still see it on this one. */
    int64_t exited; /* tid, -1: none */
    int64_t closed_tid, closed_fd;
    skr_str gone_container;         /* its first process exited */
    skr_container *event_container; /* of a container event, when the table does not hold it */

    /* The event at hand. */
    const skr_evt *e;
    skr_sysevent *out;
    skr_thread_rec *t;
    skr_fd_rec *fd;
    int64_t res; /* result of an exit event; 0 when it has none */
    bool enter_valid;
    skr_str old_name; /* of fd, when the event changed it */
    bool name_touched;

    uint64_t num, seen, prev_ts, first_ts, now, prev_event_ts;
    skr_state_stats stats;
};

/* ---- texts ---- */
static inline void skr_state_text(skr_state *s, skr_str *at, skr_str bytes)
{
    skr_text_set(&s->texts, at, bytes);
}

/* ---- thread.c ---- */
skr_thread_rec *skr_thread_rec_find(skr_state *s, int64_t tid);
/* Look-up, else what the running system says, else a placeholder; NULL: table full or no memory. */
skr_thread_rec *skr_thread_rec_get(skr_state *s, int64_t tid);
/* A fresh record with the initial values, not yet in the table; NULL: full or no memory. */
skr_thread_rec *skr_thread_rec_new(skr_state *s, int64_t tid);
/* Puts it into the table, in the place of a record that is there. false (and it is freed): no memory. */
bool skr_thread_rec_add(skr_state *s, skr_thread_rec *r);
void skr_thread_rec_free(skr_state *s, skr_thread_rec *r);
void skr_thread_rec_link(skr_state *s, skr_thread_rec *r);
void skr_thread_rec_unlink(skr_state *s, skr_thread_rec *r);
/* Another process; if it was linked, link it again. */
void skr_thread_rec_set_pid(skr_state *s, skr_thread_rec *r, int64_t pid);
void skr_thread_rec_remove(skr_state *s, int64_t tid); /* state.md 3.4 */
void skr_thread_rec_clear(skr_state *s);               /* all of them */
skr_thread_rec *skr_thread_rec_main(skr_thread_rec *r);
void skr_thread_set_args(skr_state *s, skr_thread_rec *r, skr_str raw);
void skr_thread_set_comm(skr_state *s, skr_thread_rec *r, skr_str comm);
void skr_thread_set_exepath(skr_state *s, skr_thread_rec *r, skr_str path);
void skr_thread_set_cwd(skr_state *s, skr_thread_rec *r, skr_str path); /* adds the '/' */
void skr_thread_store_enter(skr_state *s, skr_thread_rec *r, const skr_evt *e);
void skr_thread_drop_enter(skr_state *s, skr_thread_rec *r);
skr_str skr_state_array(skr_param p); /* without one trailing NUL */

/* ---- cgroups.c ---- */
void skr_thread_set_cgroups(skr_state *s, skr_thread_rec *r, skr_str raw);
void skr_thread_copy_cgroups(skr_state *s, skr_thread_rec *to, skr_cgroups *from);
void skr_cgroups_release(skr_state *s, skr_cgroups *c);
/* The container step: container_id of the thread from its control groups. */
void skr_thread_update_container(skr_state *s, skr_thread_rec *r);

/* ---- exits.c ---- */
void skr_exits_add(skr_state *s, int64_t ptid, int64_t tid, uint64_t ts);
bool skr_exits_recent(const skr_state *s, int64_t ptid, int64_t tid, uint64_t now);
void skr_exits_free(skr_state *s);

/* ---- fdtable.c ---- */
skr_fd_table **skr_fds_of(skr_thread_rec *r);         /* the table in use, own or the main thread's; NULL: none */
skr_fd_rec *skr_fds_get(skr_fd_table *t, int64_t fd); /* NULL also for t NULL, fd < 0 */
/* Adds a copy of *f at f->fd in place of what is there; takes over the references of its texts, also on failure. NULL:
 * table full, or no memory. */
skr_fd_rec *skr_fds_put(skr_state *s, skr_fd_table **t, const skr_fd *f);
void skr_fds_remove(skr_state *s, skr_fd_table **t, int64_t fd);
skr_fd_table *skr_fds_share(skr_fd_table *t);
void skr_fds_release(skr_state *s, skr_fd_table *t);
/* Removes those for which `test` holds. */
void skr_fds_sweep(skr_state *s, skr_fd_table **t, bool (*test)(const void *arg, const skr_fd *f), const void *arg);
/* The same descriptor in a form that may be written to; NULL: no memory. The event's own follows. */
skr_fd *skr_fds_write(skr_state *s, skr_fd_table **t, skr_fd_rec *rec);
/* For the event at hand: an entry of its thread. Takes over the texts of *f. */
skr_fd_rec *skr_event_add_fd(skr_state *s, const skr_fd *f);
/* The same at another number, as dup does. */
skr_fd_rec *skr_event_copy_fd(skr_state *s, const skr_fd *from, int64_t to, uint32_t open_flags);
skr_fd *skr_event_write_fd(skr_state *s); /* the event's entry, to write; NULL: no memory */
void skr_event_set_fd_name(skr_state *s, skr_fd *f, skr_str name);

/* ---- paths.c ---- */
skr_str skr_dirfd_base(skr_state *s, skr_thread_rec *r, int64_t dirfd, skr_str path, char out[1025]);

/* ---- users.c, lists.c ---- */
void skr_users_free(skr_state *s);
void skr_users_remove(skr_state *s, bool group, skr_str container_id, uint32_t id);
void skr_containers_free(skr_state *s);
uint32_t skr_container_ip(const skr_container *c); /* as it stands in memory; 0: none, or not of IPv4 */
void skr_state_need_ids(skr_state *s, skr_thread_rec *r);

/* ---- sockets.c ---- */
void skr_sockets_import(skr_state *s, const skr_fd_entry *in, skr_fd *f);
void skr_sockets_fix_roles(skr_state *s);
void skr_interfaces_clear(skr_state *s);
void skr_interfaces_add(skr_state *s, const skr_if_entry *in);

/* ---- Parsers: by event code ---- */
typedef void skr_parser(skr_state *s);

#define PARSER(name) skr_parser skr_parse_##name;
#include "parsers.def"
#undef PARSER

/* Control data of a message that the event's socket received. */
void skr_parse_rights(skr_state *s, skr_param control);

/* Parameter i of the event at hand. */
static inline skr_param skr_p(const skr_state *s, unsigned i)
{
    return skr_evt_param(s->e, i);
}

#endif
