/* SPDX-License-Identifier: Apache-2.0 */
/* The live back end's own state. */
#ifndef SKR_LIVE_H
#define SKR_LIVE_H

#include "capture.h"
#include "probe.h"

#include <saker/live.h>

typedef struct skr_live {
    skr_mem *mem;
    skr_probe *probe;
    skr_wanted wanted;
    uint32_t flags;
    int epoll, timer;
    bool started, in_batch;
    bool host_waits;    /* saker_capture_fd() was asked for */
    int64_t last_event; /* ms, monotonic */
    char error[512];
} skr_live;

#endif
