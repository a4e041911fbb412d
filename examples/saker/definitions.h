/* SPDX-License-Identifier: Apache-2.0 */
/* `saker list rules|macros|lists`: what rule files define, as text or as JSON. */
#ifndef SAKER_DEFINITIONS_H
#define SAKER_DEFINITIONS_H

#include "cmd.h"

typedef struct definitions {
    const char *kind; /* "rules", "macros" or "lists"        */
    const char *word; /* only names that have it; NULL: all  */
    bool json, verbose;
} definitions;

/* Builds and lists. Returns a status. */
int definitions_list(const definitions *d, const rule_args *rules);

#endif
