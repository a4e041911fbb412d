/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a .scap file (scap-format.md): blocks, process/descriptor/user/interface lists, events after conversion
 * to the current event table. Knows nothing of state. */
#ifndef SKR_SCAP_H
#define SKR_SCAP_H

#include "event.h"

typedef struct skr_machine {
    uint32_t num_cpus;
    uint64_t memory, max_pid, boot_ts; /* boot_ts: ns, 0 unknown */
    char hostname[129];
} skr_machine;

typedef struct skr_proc_entry { /* strings are borrowed during the call */
    int64_t tid, pid, ptid, sid, vpgid, pgid, vtid, vpid, fdlimit;
    skr_str comm, exe, exepath, args, cwd, env, cgroups, root; /* args, env, cgroups: NUL-separated */
    uint32_t flags, uid, gid, vmsize, vmrss, vmswap, tty, loginuid;
    uint64_t pfmajor, pfminor, pidns_init_start;
    uint64_t clone_ts; /* ns; never in a file, from a running system only */
    uint64_t cap_inheritable, cap_permitted, cap_effective;
    uint64_t exe_ino, exe_ino_ctime, exe_ino_mtime;
    bool exe_writable, exe_upper, exe_lower, exe_memfd;
} skr_proc_entry;

typedef struct skr_fd_entry {
    int64_t tid, fd;
    uint64_t ino;
    uint8_t type; /* numbers of state.md 4 */
    uint8_t l4;
    uint32_t open_flags, dev;
    uint8_t sip[16], dip[16]; /* server sockets: dip, dport */
    uint16_t sport, dport;
    uint64_t source, destination; /* unix */
    int64_t pid;                  /* of a pidfd; never in a file */
    skr_str name;
} skr_fd_entry;

typedef struct skr_if_entry {
    uint8_t addr[16], mask[16], bcast[16];
    uint8_t len; /* 4 or 16 */
    skr_str name;
    uint64_t speed;
} skr_if_entry;
typedef struct skr_user_entry {
    bool group;
    uint32_t uid, gid;
    skr_str name, home, shell;
} skr_user_entry;

/* What the reader meets, in file order. Any member may be NULL. A negative result stops the read and is returned. */
typedef struct skr_scap_handler {
    void *ctx;
    int (*section)(void *ctx); /* a new section header: forget all state */
    int (*machine)(void *ctx, const skr_machine *m);
    int (*proc)(void *ctx, const skr_proc_entry *p);
    int (*fd)(void *ctx, const skr_fd_entry *f);
    int (*interfaces_begin)(void *ctx); /* the list that follows replaces the former one */
    int (*interface)(void *ctx, const skr_if_entry *i);
    int (*users_begin)(void *ctx);
    int (*user)(void *ctx, const skr_user_entry *u);
} skr_scap_handler;

typedef struct skr_scap skr_scap;

/* Opens a file ("-": standard input), compressed or not. Fails only for want of memory (NULL); other trouble shows at
 * the first read. */
skr_scap *skr_scap_open(skr_mem *mem, const char *path);
/* The same from memory, which must stay. */
skr_scap *skr_scap_open_bytes(skr_mem *mem, const void *p, size_t len);
/* With each byte that is read from now on, `state` may hold more: its limit grows. */
void skr_scap_bound(skr_scap *s, skr_mem *state);
void skr_scap_close(skr_scap *s);

/* Next event after conversion, into *e (valid until the next call). Lists before it go to the handler.
 * 1: an event; 0: end of file; SAKER_EIO (skr_scap_error says what and at which byte), SAKER_ENOMEM, or the handler's
 * result. */
int skr_scap_next(skr_scap *s, const skr_scap_handler *h, skr_evt *e);

const char *skr_scap_error(const skr_scap *s);
uint64_t skr_scap_offset(const skr_scap *s); /* bytes of the (decompressed) file consumed */
uint64_t skr_scap_file_offset(const skr_scap *s,
                              uint64_t *size); /* bytes of the file itself, for progress; size 0: unknown */

typedef struct skr_scap_stats {
    uint64_t blocks, raw_events;                                    /* raw_events: event blocks with a known code */
    uint64_t unknown_blocks, unknown_events, dropped, orphan_exits; /* dropped: consumed by the conversion */
} skr_scap_stats;
const skr_scap_stats *skr_scap_get_stats(const skr_scap *s);

#endif
