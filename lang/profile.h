/* SPDX-License-Identifier: Apache-2.0 */
/* What rules and checks cost, counted and timed on the side: an eval without a profile knows nothing of it but one
 * pointer. Inside lang and api. */
#ifndef SKR_PROFILE_H
#define SKR_PROFILE_H

#include "eval.h"

#include <saker/profile.h>

typedef struct skr_cost {
    uint64_t asked, runs, yes; /* of a rule: looks, comparisons, matches */
    uint64_t ns;               /* of the timed events */
} skr_cost;

/* Where a check stands. */
typedef struct skr_use {
    uint32_t rules, first; /* how many have it; the first of them */
} skr_use;

typedef struct skr_profile {
    saker_clock_fn *clock; /* NULL: counts only */
    void *ctx;
    uint64_t clock_ns; /* what a look at the clock costs */
    uint64_t events, timed;
    uint64_t find_ns, look_ns;
    uint32_t random;
    bool on;          /* the event at hand is timed */
    skr_cost *rules;  /* by rule  */
    skr_cost *checks; /* by check */
    uint32_t *seen;   /* by check: epoch in which it was counted */
    skr_use *uses;    /* by check */
} skr_profile;

/* A profile with nothing in it for ev->profile. NULL: out of memory. */
skr_profile *skr_profile_new(saker_eval *ev, saker_clock_fn *clock, void *ctx);
void skr_profile_free(saker_eval *ev);

/* What the eval does for an event of the class, counted. */
int skr_profile_run(saker_eval *ev, const skr_class *class);

/* Time of the timed events as a guess for all. */
uint64_t skr_profile_scale(const skr_profile *pr, uint64_t ns);

#endif
