/* SPDX-License-Identifier: Apache-2.0 */
#include "tally.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(((const tally_row *)a)->name, ((const tally_row *)b)->name);
}

static int by_count(const void *a, const void *b)
{
    const tally_row *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count ? 1 : -1) : strcmp(x->name, y->name);
}

static bool add_row(tally *t, const saker_rule *rule, uint64_t count)
{
    if (t->count == t->room) {
        const size_t room = t->room ? 2 * t->room : 64;
        tally_row *more = realloc(t->rows, room * sizeof(*more));
        if (!more)
            return false;
        t->rows = more;
        t->room = room;
    }
    char *name = strdup(rule->name);
    if (name)
        t->rows[t->count++] = (tally_row){ name, rule->priority, count };
    return name != NULL;
}

/* Rows of one name become one, so that a tally does not grow with every reload. */
static void merge(tally *t)
{
    size_t kept = 0;
    if (t->count)
        qsort(t->rows, t->count, sizeof(*t->rows), by_name);
    for (size_t i = 0; i < t->count; i++) {
        if (kept && strcmp(t->rows[kept - 1].name, t->rows[i].name) == 0) {
            t->rows[kept - 1].count += t->rows[i].count;
            free(t->rows[i].name);
        } else {
            t->rows[kept++] = t->rows[i];
        }
    }
    t->count = kept;
    if (t->count)
        qsort(t->rows, t->count, sizeof(*t->rows), by_count);
}

int tally_add(tally *t, const saker_ruleset *set, const uint64_t *counts)
{
    bool good = true;
    for (size_t i = 0; good && i < saker_ruleset_count(set); i++)
        if (counts[i])
            good = add_row(t, saker_ruleset_rule(set, i), counts[i]);
    merge(t);
    return good ? CMD_OK : no_memory();
}

void tally_print(const tally *t)
{
    for (size_t i = 0; i < t->count; i++) {
        const tally_row *row = &t->rows[i];
        const char *priority = saker_priority_name(row->priority);
        fprintf(stderr, "%8llu  %s%-13s%s  ", (unsigned long long)row->count,
                term_on(stderr, term_priority(row->priority)), priority ? priority : "", term_off(stderr));
        put_shown_to(stderr, row->name);
        fputc('\n', stderr);
    }
}

void tally_free(tally *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->rows[i].name);
    free(t->rows);
    *t = (tally){ .rows = NULL };
}
