/* SPDX-License-Identifier: Apache-2.0 */
/* What a live run does about lost events, as Falco's `syscall_event_drops` says it. */
#ifndef SAKER_DROPS_H
#define SAKER_DROPS_H

#include "config.h"

#include <saker/live.h>

enum { DROPS_LOG = 1, DROPS_ALERT = 2, DROPS_EXIT = 4 };

typedef struct drops {
    unsigned actions;
    double threshold, rate, burst; /* of config.def */
    double tokens;                 /* actions that may be taken now */
    int64_t refilled;              /* ms */
    uint64_t happened, lost;       /* told before */
    uint64_t full, too_big;
} drops;

/* Bits of the actions in a list of their names; says what is wrong. NULL: the usual ones. Returns a status. */
int drops_actions(const cnode *list, unsigned *actions);

/* Everything the configuration says, which config_open() has found good. */
void drops_init(drops *d, const config *c);

/* About once a second: looks at what was lost since the last time and does what is to be done. True: the run shall
 * end. */
bool drops_check(drops *d, const saker_live_stats *s, outputs *set, const alert_form *form);

#endif
