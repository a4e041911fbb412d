/* SPDX-License-Identifier: Apache-2.0 */
/* A small world for tests of the state engine: events made by hand, and a check that the engine's records agree. */
#ifndef TEST_WORLD_H
#define TEST_WORLD_H

#include "state_impl.h"

typedef struct world {
    skr_mem mem;
    skr_state *state;
    skr_scap_handler lists;
    skr_sysevent event; /* the last one */
    bool shown;         /* rules may see it */
    uint64_t ts;        /* of the next event; grows by one microsecond */
    /* the event under construction */
    uint16_t code;
    int64_t tid;
    unsigned count;
    uint32_t lens[SKR_MAX_PARAMS];
    size_t used;
    uint8_t values[8192], raw[16384];
} world;

void world_open(world *w, const saker_capture_options *options, const saker_alloc *alloc); /* state NULL: no memory */
void world_close(world *w);

/* begin, then the parameters in order, then run. */
void ev(world *w, uint16_t code, int64_t tid);
void ev_bytes(world *w, const void *p, size_t len);
void ev_i64(world *w, int64_t v);
void ev_u32(world *w, uint32_t v);
void ev_u16(world *w, uint16_t v);
void ev_u8(world *w, uint8_t v);
void ev_str(world *w, const char *s); /* with its NUL */
void ev_none(world *w, unsigned times);
void ev_run(world *w);

/* A process as a list brings it. */
skr_proc_entry a_process(int64_t tid, int64_t pid, int64_t ptid, const char *comm);
void add_process(world *w, const skr_proc_entry *p);
void add_fd(world *w, const skr_fd_entry *f);

typedef struct clone_args {
    int64_t res, tid, pid, ptid, vtid, vpid;
    uint32_t flags;
    const char *comm;
    uint16_t code; /* 0: clone */
} clone_args;
void ev_clone(world *w, clone_args a);
/* The two sides of a fork, parent first. */
void ev_fork(world *w, int64_t parent, int64_t child, const char *comm);
void ev_exec(world *w, int64_t tid, int64_t pid, int64_t ptid, const char *exe, const char *comm, const char *args,
             size_t args_len);
void ev_exit(world *w, int64_t tid, int64_t reaper);
void ev_open(world *w, int64_t tid, int64_t fd, const char *path, uint32_t flags);
void ev_close(world *w, int64_t tid, int64_t fd);
void ev_nothing(world *w, int64_t tid); /* an event that changes nothing */

/* Do all records agree with each other? NULL, or what does not. */
const char *world_wrong(const world *w);
/* Asks everything that can be asked of the last event and of every thread. */
void world_look(world *w);

#endif
