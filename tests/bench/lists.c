/* SPDX-License-Identifier: Apache-2.0 */
/* A long list costs its items once, however many rules use it, alone, beside other items or in another list: memory is
 * counted by bytes, work by calls of the allocator. What such rules find is that of the list written out. */
#include "../pool.h"

#include <saker/rules.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ITEMS = 100000,
    RULES = 100,
    FEW = 4,        /* each condition once */
    PER_ITEM = 260, /* bytes at most held for an item, whatever is done with it: its text is 9 of them */
    PER_RULE = 20000,
    CALLS_PER_RULE = 100,
    CALLS_PER_1000 = 20
};

typedef struct text {
    char *p;
    size_t len, cap;
} text;

static void add(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(text *t, const char *format, ...)
{
    va_list ap;
    if (t->cap - t->len < 256) {
        t->cap = t->cap ? t->cap * 2 : 4096;
        t->p = realloc(t->p, t->cap);
        if (!t->p)
            exit(2);
    }
    va_start(ap, format);
    t->len += (size_t)vsnprintf(t->p + t->len, t->cap - t->len, format, ap);
    va_end(ap);
}

/* ---- Events: one text ---- */

typedef struct word {
    const char *text;
} word;

static const saker_field fields[] = {
    SAKER_MEMBER("a.text", SAKER_STR, saker_get_cstr, struct word, text, "The text"),
};
static const char *const kinds[] = { "word" };
static const saker_schema schema = SAKER_SCHEMA_KINDS("words", fields, kinds);

/* ---- Rules ---- */

static const char *const conditions[] = {
    "a.text in (big)",
    "a.text in (first, big, 'the last')",
    "not a.text in (nest, other)",
    "a.text in (big) or a.text in (nest)",
};

static void add_rules(text *t, const char *list, unsigned items, unsigned rules)
{
    add(t, "- list: big\n  items: [");
    for (unsigned i = 0; i < items; i++)
        add(t, "%sitem%u", i ? ", " : "", i);
    add(t, "]\n- list: nest\n  items: [before, %s, behind]\n", list);
    for (unsigned i = 0; i < rules; i++)
        add(t, "- rule: r%u\n  desc: d\n  condition: %s\n  output: o\n  priority: INFO\n  source: words\n", i,
            conditions[i % (sizeof conditions / sizeof *conditions)]);
}

static saker_ruleset *load(const text *t, pool *p)
{
    saker_options o = SAKER_OPTIONS_INIT;
    saker_ruleset *rules = NULL;
    o.alloc = pool_alloc(p);
    saker_compiler *compiler = saker_compiler_new(&o);
    if (saker_compiler_add_schema(compiler, &schema) || saker_compiler_add_yaml(compiler, "lists", t->p, t->len) ||
        saker_compiler_build(compiler, &rules)) {
        const saker_diag *d = saker_compiler_diag(compiler, 0);
        printf("it does not load: %s\n", d ? d->message : "");
    }
    saker_compiler_free(compiler);
    return rules;
}

static bool measure(unsigned items, unsigned rules, pool *p)
{
    text t = { 0 };
    add_rules(&t, "big", items, rules);
    *p = (pool){ 0 };
    saker_ruleset *set = load(&t, p);
    bool ok = set && saker_ruleset_count(set) == rules;
    saker_ruleset_unref(set);
    free(t.p);
    if (p->held)
        printf("%zu bytes were not given back\n", p->held);
    return ok && pool_is_clean(p);
}

static bool check(const char *what, size_t is, size_t most)
{
    printf("%-40s %10zu of %10zu\n", what, is, most);
    return is <= most;
}

static bool check_costs(void)
{
    pool few, one, many;
    if (!measure(100, FEW, &few) || !measure(ITEMS, FEW, &one) || !measure(ITEMS, FEW + RULES, &many))
        return false;
    bool ok = check("bytes for an item", one.peak / ITEMS, PER_ITEM);
    ok = check("bytes for a rule more", many.peak > one.peak ? (many.peak - one.peak) / RULES : 0, PER_RULE) && ok;
    ok = check("calls for a rule more", (many.requests - one.requests) / RULES, CALLS_PER_RULE) && ok;
    return check("calls for 1,000 items more", (one.requests - few.requests) / (ITEMS / 1000), CALLS_PER_1000) && ok;
}

/* ---- Matches ---- */

static bool expect(saker_eval *ev, const char *value, const char *expected)
{
    const word w = { value };
    const saker_event event = { &schema, &w, 1, 1, 0 };
    char found[8] = "";
    int n = saker_eval_run(ev, &event);
    for (int i = 0; i < n; i++) {
        const char *name = saker_match_rule(ev, i)->name;
        if (strlen(found) + 1 < sizeof found)
            strcat(found, name + 1);
    }
    if (strcmp(found, expected) == 0)
        return true;
    printf("'%s': rules %s match instead of %s\n", value, found, expected);
    return false;
}

static bool check_matches(unsigned items)
{
    pool p = { 0 };
    text t = { 0 };
    char last[32];
    add_rules(&t, "big", items, 4);
    saker_ruleset *set = load(&t, &p);
    saker_eval *ev = set ? saker_eval_new(set) : NULL;
    snprintf(last, sizeof last, "item%u", items - 1);
    bool ok = ev && expect(ev, "item0", "013") && expect(ev, last, "013");
    ok = ok && expect(ev, "first", "12") && expect(ev, "the last", "12");
    ok = ok && expect(ev, "before", "3") && expect(ev, "behind", "3");
    ok = ok && expect(ev, "other", "") && expect(ev, "none", "2") && expect(ev, "big", "2");
    saker_eval_free(ev);
    saker_ruleset_unref(set);
    free(t.p);
    return ok;
}

int main(void)
{
    bool ok = check_costs();
    for (unsigned items = 1; items < 300; items = items * 3 + 2)
        ok = check_matches(items) && ok;
    return check_matches(ITEMS) && ok ? 0 : 1;
}
