/* SPDX-License-Identifier: Apache-2.0 */
/* The live back end's own state. */
#ifndef SKR_LIVE_H
#define SKR_LIVE_H

#include "capture.h"
#include "lookup.h"
#include "probe.h"
#include "procfs.h"

#include <saker/live.h>

typedef struct skr_live {
    skr_mem *mem;
    skr_state *state;
    skr_probe *probe;
    skr_wanted wanted;
    uint32_t flags;
    int epoll, timer;
    bool started, in_batch;
    bool untidy;        /* things are attached that are no longer wanted */
    bool host_waits;    /* saker_capture_fd() was asked for */
    int nap;            /* ms, between looks while events come */
    int64_t last_event; /* ms, monotonic */
    int64_t next_purge; /* ms, monotonic */
    skr_lookup *lookup; /* containers; NULL: not wanted */
    skr_buf made;       /* an event that is not the kernel's */
    bool held;          /* the event read last waits: others come before it */
    skr_ring_event held_raw;
    uint64_t last_ts;
    skr_procfs procfs;
    char hostname[129];    /* given by the host, or "" */
    int64_t lookup_second; /* look-ups of unknown threads in this second, and what was read of /proc before it */
    uint32_t lookups;
    uint64_t lookup_work;
    uint64_t lookups_refused;
    skr_map user_files; /* containers whose users are known */
    skr_arena user_file_names;
    int64_t users_stamp; /* of the host's files when they were read */
    char error[512];
} skr_live;

int64_t skr_live_now_ms(void);
/* For tests, before the first poll. */
void skr_live_set_mode(saker_capture *c, skr_probe_mode mode);
void skr_live_set_os(skr_live *l);
/* May an unknown thread, a descriptor or a container's users be looked up in this second? It counts as one that is. */
bool skr_live_may_look(skr_live *l, bool thread, int64_t second);
/* The host's users were read just now. */
void skr_live_users_read(skr_live *l);

#endif
