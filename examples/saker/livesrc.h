/* SPDX-License-Identifier: Apache-2.0 */
/* The running kernel as a source of events: what `watch`, `record` and `print --live` share. In a build without
 * libsaker-live, nolive.c stands in for it and says what is missing. */
#ifndef SAKER_LIVESRC_H
#define SAKER_LIVESRC_H

#include "cmd.h"

#include <saker/live.h>

/* What the options about the kernel said. All zero is the default. */
typedef struct live_args {
    uint64_t buffer_mib; /* of all ring buffers together */
    uint32_t snaplen;
    uint32_t max_threads; /* that are remembered */
    const char *host_root;
    bool silent_losses; /* nothing is said of them before the end */
    bool all_events;    /* reads and writes too    */
    bool compat;        /* 32-bit programs too     */
    bool entries;       /* what calls were given   */
    bool verbose;       /* print notes about this machine too, not only what is missing */
} live_args;

enum { OPT_BUFFER = 2000, OPT_SNAPLEN, OPT_HOST_ROOT, OPT_COMPAT, OPT_ENTRIES };

/* Rows of a getopt_long table; their short form is "A". */
#define LIVE_OPTIONS                                                                                                   \
    { "all-events", no_argument, NULL, 'A' }, { "buffer", required_argument, NULL, OPT_BUFFER },                       \
        { "snaplen", required_argument, NULL, OPT_SNAPLEN }, { "host-root", required_argument, NULL, OPT_HOST_ROOT },  \
        { "32-bit", no_argument, NULL, OPT_COMPAT },                                                                   \
    {                                                                                                                  \
        "entries", no_argument, NULL, OPT_ENTRIES                                                                      \
    }

#define LIVE_HELP                                                                                                      \
    "  -A, --all-events       reads and writes too, of which there are many\n"                                         \
    "      --buffer MIB       size of the ring buffers together (default: 8 for each CPU)\n"                           \
    "      --snaplen BYTES    how much to keep of data that is read, written or sent (default: 80)\n"                  \
    "      --32-bit           calls of 32-bit programs too, at a cost for every call of every program\n"               \
    "      --entries          see names given to open and connect when the call begins, too\n"                         \
    "      --host-root DIR    where the host's /proc, /run and /var are found, when this runs in a container\n"        \
    "                         (default: the environment's HOST_ROOT, or /)\n"

/* Takes a row of LIVE_OPTIONS. Returns -1 for an option that is none of them, else a status. */
int live_args_take(live_args *a, const char *verb, int option, const char *value);

/* The directory in which the host's /proc is; "" is the root. */
const char *live_host_root(const live_args *a);

typedef struct live live;

/* Signals that end a run: SIGINT and SIGTERM, a second time at once; SIGHUP too, unless it asks for something. */
typedef struct live_hooks {
    saker_event_fn *event; /* 0: go on; CAPTURE_STOP ends the run */
    /* After each batch of events, and some times a second without any. 0: go on. May be NULL. */
    int (*between)(void *ctx);
    void *ctx;
    bool hangup; /* SIGHUP is asked for with live_hangup() */
} live_hooks;

/* A source that collects what `wants` can match (NULL: everything that -A or its absence allows). Nothing is touched
 * yet. Says what is wrong; returns a status. */
int live_open(live **l, const live_args *a, const saker_ruleset *wants, const live_hooks *hooks);
saker_capture *live_capture(live *l);

/* Counts over all processors; false: there are none. */
bool live_stats(live *l, saker_live_stats *s);
/* Says what will be missing on this machine, loads and attaches the probe and makes sure that an event comes through.
 * Events that come meanwhile are delivered. A source that brings nothing is a failure that says what `saker doctor`
 * would. */
int live_start(live *l);
/* Delivers until a signal or a hook ends it. Reports losses as they happen. */
int live_run(live *l);
/* Collects what other rules can match, from now on; events and state are kept. On failure, of which it tells,
 * collecting goes on as before. */
int live_change(live *l, const saker_ruleset *wants);
/* Has SIGHUP come since this was last asked? */
bool live_hangup(void);
/* Losses since the start in full, if there are any. */
void live_summary(live *l);
uint64_t live_lost(const live *l);
void live_close(live *l);

/* Reads and writes that `rules` ask for and that are not collected (without -A): says so. */
void live_warn_io(const live_args *a, const saker_ruleset *rules);

#endif
