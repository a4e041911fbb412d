/* SPDX-License-Identifier: Apache-2.0 */
/* What the C tests of captures under load and of starts share. */
#ifndef LIVE_HARNESS_H
#define LIVE_HARNESS_H

#include "live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMALLEST = 1, USUAL = 0 }; /* bytes of rings */

static saker_ruleset *rules;
static int bad;

static inline void expect(bool good, const char *what)
{
    if (!good)
        printf("failed: %s\n", what);
    bad += !good;
}

/* Wants what the state needs. */
static inline bool make_rules(void)
{
    static const char condition[] = "evt.type=chmod";
    char error[256];
    return saker_filter_compile(NULL, saker_syscall_schema(), condition, sizeof condition - 1, NULL, &rules, error,
                                sizeof error) == 0;
}

static inline saker_capture *open_capture(size_t buffer, const saker_alloc *alloc)
{
    saker_live_options o = SAKER_LIVE_OPTIONS_INIT;
    o.rules = rules;
    o.buffer_bytes = buffer;
    if (alloc)
        o.capture.alloc = *alloc;
    return saker_capture_open_live(&o);
}

/* A line of /proc/self/status, in KiB; 0: none. */
static inline long memory_kib(const char *name)
{
    char line[256];
    long kib = 0;
    FILE *f = fopen("/proc/self/status", "re");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, name, strlen(name)) == 0)
            kib = atol(line + strlen(name) + 1);
    if (f)
        fclose(f);
    return kib;
}

#endif
