/* SPDX-License-Identifier: Apache-2.0 */
/* Which calls and tracepoints are to be collected: what the state needs, and what rules name. */
#ifndef SKR_WANTED_H
#define SKR_WANTED_H

#include <saker/saker.h>

/* A system call of this architecture (generated: tables/calls.def). */
typedef struct skr_live_call {
    const char *name;  /* as the format calls it */
    const char *point; /* as the kernel's tracepoint calls it */
    uint16_t sc;       /* the format's code */
    int16_t number;
    bool generic; /* no program of its own */
} skr_live_call;

enum { SKR_LIVE_CALLS = 400 }; /* at least as many as there are */
extern const skr_live_call skr_live_calls[];
extern const unsigned skr_live_call_count;

typedef enum skr_live_point {
    SKR_POINT_EXEC,
    SKR_POINT_EXIT,
    SKR_POINT_FORK,
    SKR_POINT_SIGNAL,
    SKR_POINT_SWITCH,
    SKR_POINT_FAULT_USER,
    SKR_POINT_FAULT_KERNEL,
    SKR_POINT_COUNT
} skr_live_point;

typedef struct skr_wanted {
    bool call[SKR_LIVE_CALLS]; /* by index into skr_live_calls */
    bool point[SKR_POINT_COUNT];
    bool entries; /* entries of open and connect, too */
    unsigned calls;
} skr_wanted;

/* What `rules` (NULL: whatever they may want) and the state need. `flags`: SAKER_LIVE_*. */
void skr_wanted_for(skr_wanted *w, const saker_ruleset *rules, uint32_t flags);

#endif
