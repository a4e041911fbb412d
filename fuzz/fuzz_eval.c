/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions, one a line, each with an output behind a tab if it wants one: compiled for the program and for the naive
 * evaluator, alone and together. Both must refuse them in the same words, or match the same events and print the same;
 * and together they must match what they match alone; on inputs of odd length with a profile, which must have counted
 * that. */
#include "must.h"
#include "odd_schema.h"

#include <saker/profile.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 8, EVENTS = 8 };

typedef struct rule {
    const char *condition, *output;
    saker_eval *fast, *naive;
    uint64_t matches; /* together */
} rule;

static int compile(const rule *r, uint32_t flags, saker_eval **ev, char error[256])
{
    saker_ruleset *rules = NULL;
    saker_options options = SAKER_OPTIONS_INIT;
    options.flags = flags;
    const int err =
        saker_filter_compile(&options, &odd_schema, r->condition, strlen(r->condition), r->output, &rules, error, 256);
    *ev = err ? NULL : saker_eval_new(rules);
    saker_ruleset_unref(rules);
    must((!err || err == SAKER_ERULES) && (err || *ev) && (!err || *error));
    return err;
}

/* Alone. False: it does not compile. */
static bool open_rule(rule *r)
{
    char error[2][256] = { "", "" };
    const int err = compile(r, 0, &r->fast, error[0]);
    must(err == compile(r, SAKER_NAIVE, &r->naive, error[1]));
    must_same(error[0], error[1]);
    return !err;
}

static saker_eval *together(const rule *rules, size_t count, uint32_t flags)
{
    saker_options options = SAKER_OPTIONS_INIT;
    saker_ruleset *set = NULL;
    options.flags = flags;
    saker_compiler *c = saker_compiler_new(&options);
    saker_compiler_add_schema(c, &odd_schema);
    for (size_t i = 0; i < count; i++) {
        char name[] = { (char)('a' + i), '\0' };
        saker_rule r = SAKER_RULE(name, rules[i].condition, rules[i].output);
        saker_compiler_add_rule(c, &r);
    }
    must(saker_compiler_build(c, &set) == SAKER_OK && saker_ruleset_count(set) == count);
    saker_compiler_free(c);
    saker_eval *ev = saker_eval_new(set);
    saker_ruleset_unref(set);
    must(ev != NULL);
    return ev;
}

static bool one(rule *r, const saker_event *e)
{
    const int n = saker_eval_run(r->fast, e);
    must((n == 0 || n == 1) && n == saker_eval_run(r->naive, e));
    if (n) {
        must_same(saker_match_output(r->fast, 0), saker_match_output(r->naive, 0));
        must_same(saker_match_json(r->fast, 0, NULL), saker_match_json(r->naive, 0, NULL));
    }
    return n;
}

static void all(rule *rules, size_t count, saker_eval *set, saker_eval *first, const saker_event *e)
{
    const int n = saker_eval_run(set, e);
    int k = 0;
    must(saker_eval_run(first, e) == (n > 0) && (n <= 0 || saker_match_index(first, 0) == saker_match_index(set, 0)));
    for (size_t i = 0; i < count; i++) {
        if (!one(&rules[i], e))
            continue;
        must(k < n && saker_match_index(set, k) == i);
        if (rules[i].output)
            must_same(saker_match_output(set, k), saker_match_output(rules[i].fast, 0));
        rules[i].matches++;
        k++;
    }
    must(k == n);
}

static uint64_t ticks(void *ctx)
{
    return ++*(uint64_t *)ctx;
}

/* What the profile of an eval has counted. */
static void look_at_profile(const saker_eval *ev, const rule *rules, size_t count)
{
    static FILE *sink;
    saker_profile_total total = { .size = sizeof total };
    saker_profile_rule r = { .size = sizeof r };
    saker_profile_check check = { .size = sizeof check };
    if (!sink)
        sink = fopen("/dev/null", "w");
    must(saker_eval_profile_total(ev, &total) == SAKER_OK && total.timed <= total.events);
    for (size_t i = 0; i < count; i++)
        must(saker_eval_profile_rule(ev, i, &r) == SAKER_OK && r.matches == rules[i].matches);
    must(saker_eval_profile_rule(ev, count, &r) == SAKER_EINVAL);
    for (size_t i = 0; i < total.checks; i++) {
        must(saker_eval_profile_check(ev, i, &check) == SAKER_OK && saker_eval_profile_print(ev, i, sink) == SAKER_OK);
        must(check.yes <= check.runs && check.runs <= check.asked && check.rule < count && check.rules <= count);
    }
    must(saker_eval_profile_check(ev, total.checks, &check) == SAKER_EINVAL);
}

static void run(rule *rules, size_t count, bool profile)
{
    saker_eval *set = together(rules, count, 0), *first = together(rules, count, SAKER_FIRST_MATCH);
    uint64_t time = 0;
    if (profile)
        must(saker_eval_profile(set, ticks, &time) == SAKER_OK);
    for (uint64_t seed = 0; seed < EVENTS; seed++)
        for (uint32_t kind = 0; kind <= ODD_KINDS; kind++) {
            const saker_event e = { &odd_schema, &seed, seed, seed, kind };
            all(rules, count, set, first, &e);
        }
    if (profile)
        look_at_profile(set, rules, count);
    saker_eval_free(set);
    saker_eval_free(first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rule rules[MOST];
    size_t count = 0;
    char *text = malloc(size + 1);
    must(text != NULL);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    for (char *line = text, *next; line && count < MOST; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        char *tab = strchr(line, '\t');
        if (tab)
            *tab++ = '\0';
        rules[count] = (rule){ line, tab, NULL, NULL, 0 };
        count += open_rule(&rules[count]);
    }
    if (count)
        run(rules, count, size % 2);
    for (size_t i = 0; i < count; i++) {
        saker_eval_free(rules[i].fast);
        saker_eval_free(rules[i].naive);
    }
    free(text);
    return 0;
}
