/* SPDX-License-Identifier: Apache-2.0 */
/* How often which rule matched, by name: it outlives the rulesets whose rules were counted. */
#ifndef SAKER_TALLY_H
#define SAKER_TALLY_H

#include "cmd.h"

typedef struct tally_row {
    char *name;
    saker_priority priority;
    uint64_t count;
} tally_row;

typedef struct tally {
    tally_row *rows;
    size_t count, room;
} tally;

/* Adds `counts`, one for each rule of the set. CMD_OK or CMD_OUTPUT (no memory). */
int tally_add(tally *t, const saker_ruleset *set, const uint64_t *counts);
/* A line for each rule on standard error, the most frequent first. */
void tally_print(const tally *t);
void tally_free(tally *t);

#endif
