/* SPDX-License-Identifier: Apache-2.0 */
/* The worst conditions of up to a megabyte that come to mind: a status, at most 256 MB, no more calls of the allocator
 * than the text gives reason for, and nothing left behind. Those that are taken make no more comparisons on an event
 * than they have. */
#include "worst.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_REQUESTS = 1000000 };

/* ---- Events: a text and a number ---- */

typedef struct thing {
    const char *name;
    uint64_t number;
} thing;

static const saker_field fields[] = {
    SAKER_MEMBER("t.name", SAKER_STR, saker_get_cstr, thing, name, NULL),
    SAKER_MEMBER("t.number", SAKER_UINT, saker_get_u64, thing, number, NULL),
};
static const saker_schema schema = SAKER_SCHEMA("things", fields);

/* ---- Conditions ---- */

typedef struct test {
    const char *name, *before, *again, *after; /* %d in `again`: its number */
    unsigned times;
    bool refused;
    unsigned steps; /* millions at most */
} test;

static const test tests[] = {
    { "parentheses", "", "(", "", 1000000, true, 10 },
    { "closed", "", ")", "", 1000000, true, 10 },
    { "not", "", "not ", "t.number = 1", 250000, false, 12 },
    { "or", "t.number = 0", " or t.number = %d", "", 45000, false, 99 },
    { "and", "t.number >= 0", " and t.name != %d", "", 45000, false, 93 },
    { "the same", "t.number = 1", " or t.number = 1", "", 60000, false, 110 },
    { "list", "t.name in (a", ",%d", ")", 150000, false, 53 },
    { "list of paths", "t.name pmatch (/a", ",/%d/*", ")", 100000, false, 140 },
    { "contains", "t.name contains oneof (a", ",%d", ")", 100000, false, 26 },
    { "glob", "t.name glob \"", "*a", "\"", 400000, true, 10 },
    { "open brackets", "t.name iglob \"*", "[", "x\"", 249, false, 890 },
    { "globs", "t.name glob oneof (a", ",*%d*", ")", 90000, false, 26 },
    { "regexes", "t.name regex oneof (a", ",\"%d(.|xy){99}\"", ")", 48000, true, 36 },
    { "regex", "t.name regex \"a", "|%d", "\"", 100000, true, 10 },
    { "regex stars", "t.name regex \"", "(a*)*", "\"", 200000, true, 10 },
    { "transformers", "", "toupper(", "t.name", 120000, true, 10 },
    { "join", "join(\",\", (t.name", ",t.name", ")) = a", 140000, false, 84 },
    { "long text", "t.name = \"", "a", "\"", 1000000, true, 10 },
    { "escapes", "t.name = \"", "\\x41", "\"", 250000, true, 15 },
    { "no quote", "t.name = \"", "a", "", 1000000, true, 23 },
    { "garbage", "", "\xff", "", 1000000, true, 10 },
    { "word", "", "a", "", 1000000, true, 10 },
};

static char *make(const test *t, size_t *len)
{
    char *text = NULL, *number = strstr(t->again, "%d");
    FILE *f = open_memstream(&text, len);
    if (!f)
        exit(1);
    fputs(t->before, f);
    for (unsigned i = 0; i < t->times; i++) {
        if (number)
            fprintf(f, "%.*s%u%s", (int)(number - t->again), t->again, i, number + 2);
        else
            fputs(t->again, f);
    }
    fputs(t->after, f);
    fclose(f);
    return text;
}

/* One event that most of them have to look at in full: a long text of the byte that they repeat. */
static bool match(const test *t, saker_ruleset *rules)
{
    static char name[(1 << 18) + 1];
    const thing x = { name, 1u << 30 };
    const saker_event e = { &schema, &x, 1, 1, 0 };
    saker_eval_stats stats = { .size = sizeof stats };
    saker_eval *ev = saker_eval_new(rules);
    memset(name, t->again[1] ? 'b' : t->again[0], sizeof name - 1);
    const bool ok = saker_eval_run(ev, &e) >= 0 && saker_eval_get_stats(ev, &stats) == 0;
    saker_eval_free(ev);
    return ok && stats.checks + stats.gates <= t->times + 1;
}

static int run(const test *t)
{
    meter m;
    size_t len;
    char *text = make(t, &len), error[256] = "";
    saker_options options = SAKER_OPTIONS_INIT;
    saker_ruleset *rules = NULL;
    options.alloc = worst_alloc(&m);
    const int status = saker_filter_compile(&options, &schema, text, len, NULL, &rules, error, sizeof error);
    bool ok = status == (t->refused ? SAKER_ERULES : SAKER_OK) && len <= 1 << 20;
    if (rules)
        ok = match(t, rules) && ok;
    saker_ruleset_unref(rules);
    free(text);
    ok = ok && m.memory.requests <= MOST_REQUESTS && worst_is_fine(&m, t->steps);
    printf("%-14s %7zu bytes, %3zu MB, %7zu requests, %4u million steps: %s %.60s%s\n", t->name, len,
           m.memory.peak >> 20, m.memory.requests, worst_steps(&m), saker_strerror(status), error,
           ok ? "" : " (wrong)");
    return !ok;
}

int main(int argc, char **argv)
{
    int wrong = 0, tried = 0;
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        if (argc < 2 || strcmp(argv[1], tests[i].name) == 0) {
            wrong += run(&tests[i]);
            tried++;
        }
    return wrong || !tried;
}
