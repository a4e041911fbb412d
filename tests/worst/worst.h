/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted while a worst input is dealt with: memory, calls of the allocator, and, in a build with
 * -fsanitize-coverage=trace-pc, basic blocks that run. The last are the time that it takes, but the same on each
 * machine and in each run: `scripts/test` makes such a build. */
#ifndef WORST_H
#define WORST_H

#include "../pool.h"

#include <saker/rules.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { MOST_MEMORY = 256 << 20 };

typedef struct meter {
    pool memory;
    uint64_t began; /* blocks that ran before */
} meter;

/* An allocator that counts in `m`, and refuses what would be far too much. */
saker_alloc worst_alloc(meter *m);

/* Blocks since the meter came into use, in millions. */
unsigned worst_steps(const meter *m);

/* Nothing held, no more memory than an input of a megabyte may cost, and no more than so many million steps? */
bool worst_is_fine(const meter *m, unsigned steps);

/* A file of rules and what must come of it: it is refused or not, and what is said of it, and how it is described, is
 * no more than a few times as long. */
typedef struct worst_file {
    const char *name;
    void (*write)(FILE *);
    bool refused;
    unsigned steps; /* millions at most: half as many again as there are, or 10 */
} worst_file;

/* Loads each, or the one that the arguments name, and prints a line. The status of the program. */
int worst_run(const worst_file *files, size_t n, int argc, char **argv);

#endif
