/* SPDX-License-Identifier: Apache-2.0 */
/* The conformance tables, for the runners of this folder. */
#ifndef TABLE_H
#define TABLE_H

#include "str.h"

enum { MAX_COLUMNS = 8 };

typedef struct row {
    skr_str column[MAX_COLUMNS]; /* unescaped; each with a NUL behind */
    size_t columns;
    size_t line;
} row;

typedef struct table {
    skr_mem mem;
    skr_arena arena;
    SKR_VEC(row) rows;
} table;

/* Reads folder/conformance/name. false: it is not there. */
bool table_read(table *t, const char *folder, const char *name);
void table_free(table *t);

/* Counts and prints: "score: name passed of total". */
typedef struct score {
    const char *name;
    size_t passed, total;
    bool verbose;
} score;

/* Counts a row; if it failed and the score is verbose, says what was expected and what came. */
void score_row(score *s, const row *r, bool passed, const char *expected, const char *got);
/* 0 if all passed. */
int score_end(const score *s);

#endif
