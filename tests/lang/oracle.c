/* SPDX-License-Identifier: Apache-2.0 */
/* Random rules on random events: the program must give what the naive evaluator gives. The numbers are always the same.
 * Many rules are built into one program, so that what they share is tested, too. */
#include "eval.h"
#include "odd_schema.h"
#include "parse.h"

#include <stdio.h>
#include <stdlib.h>

enum { PROGRAMS = 40, RULES = 120, EVENTS = 60, HEADS = 3 };

/* ---- Numbers ---- */

static uint64_t state = 20260731;

static uint32_t below(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 32) % n);
}

#define PICK(list) (list)[below(sizeof(list) / sizeof *(list))]

/* ---- Conditions ---- */

static const char *const lefts[] = { "t.name",
                                     "t.name",
                                     "t.path",
                                     "t.data",
                                     "t.args",
                                     "t.nums",
                                     "t.kin",
                                     "t.kin[1]",
                                     "t.int",
                                     "t.small",
                                     "t.uint",
                                     "t.time",
                                     "t.near",
                                     "t.float",
                                     "t.bool",
                                     "t.ip",
                                     "t.ips",
                                     "t.net",
                                     "t.nets",
                                     "t.dyn.num",
                                     "t.dyn.text",
                                     "t.dyn.raw",
                                     "t.group",
                                     "evt.type",
                                     "evt.type",
                                     "evt.num",
                                     "toupper(t.name)",
                                     "tolower(t.args)",
                                     "len(t.args)",
                                     "len(t.path)",
                                     "basename(t.path)",
                                     "b64(t.name)",
                                     "b64(t.data)",
                                     "join(\",\", t.args)",
                                     "concat(t.name, t.other)",
                                     "getopt(t.args, \"nx:v\")",
                                     "getopt(t.args, \"n:v\")[n]",
                                     "join(t.name, (t.int, t.other, t.float, \"x\"))",
                                     "toupper(evt.type)",
                                     "toupper(concat(t.name, \"-\"))" };
static const char *const ops[] = { "=",         "==",          "!=",        "<",          "<=",         ">",
                                   ">=",        "contains",    "icontains", "startswith", "endswith",   "glob",
                                   "iglob",     "regex",       "pmatch",    "in",         "intersects", "exists",
                                   "bcontains", "bstartswith", "in",        "=",          "!=" };
static const char *const literals[] = { "bash",
                                        "sh",
                                        "BASH",
                                        "/bin/sh",
                                        "/usr",
                                        "\"\"",
                                        "a.b",
                                        "/",
                                        "7",
                                        "-1",
                                        "0",
                                        "2",
                                        "3",
                                        "true",
                                        "false",
                                        "10.0.0.1",
                                        "::1",
                                        "10.0.0.0/24",
                                        "10.0.0.1/32",
                                        "open",
                                        "close",
                                        "odd",
                                        "even",
                                        "*sh",
                                        "[a-z]*",
                                        "/usr/*",
                                        "6162",
                                        "00",
                                        "bash.*",
                                        "\"-n\"",
                                        "\"-v\"",
                                        "n",
                                        "5",
                                        "\"ab\\x00c\"",
                                        "OPEN",
                                        "10.0.0.0/20",
                                        "10.0.0.0/9",
                                        "bash|sh",
                                        "\"(/usr)?/bin/.*\"",
                                        ".*sh" };
static const char *const modifiers[] = { "oneof", "anyof", "allof" };
static const char *const rights[] = { "val(t.name)", "val(t.other)",     "val(t.args)", "val(t.more)", "val(t.int)",
                                      "val(t.uint)", "toupper(t.other)", "len(t.more)", "val(t.ip)",   "val(t.data)",
                                      "val(t.path)", "val(t.float)",     "val(t.bool)" };

static void add_list(skr_buf *b)
{
    const uint32_t n = below(4);
    skr_buf_char(b, '(');
    for (uint32_t i = 0; i < n; i++)
        skr_buf_printf(b, "%s%s", i ? ", " : "", PICK(literals));
    skr_buf_char(b, ')');
}

static void add_comparison(skr_buf *b)
{
    const char *op = PICK(ops);
    const bool is_list = !strcmp(op, "in") || !strcmp(op, "intersects") || !strcmp(op, "pmatch");
    skr_buf_printf(b, "%s %s ", PICK(lefts), op);
    if (!strcmp(op, "exists"))
        return;
    if (below(6) == 0)
        skr_buf_cstr(b, PICK(rights));
    else if (is_list)
        add_list(b);
    else if (below(4) == 0 && op[0] != '<' && op[0] != '>') {
        skr_buf_printf(b, "%s ", PICK(modifiers));
        add_list(b);
    } else {
        skr_buf_cstr(b, PICK(literals));
    }
}

/* A comparison that the schema accepts: one in so many random ones. */
static bool is_accepted(skr_mem *mem, skr_str condition);

static void add_good_comparison(skr_buf *b)
{
    const size_t from = b->len;
    do {
        b->len = from;
        add_comparison(b);
    } while (!is_accepted(b->mem, (skr_str){ b->ptr + from, b->len - from }));
}

static void add_condition(skr_buf *b, uint32_t depth)
{
    const uint32_t what = depth ? below(5) : 0;
    if (what <= 1) {
        add_good_comparison(b);
        return;
    }
    if (what == 2)
        skr_buf_cstr(b, "not ");
    skr_buf_char(b, '(');
    add_condition(b, depth - 1);
    const uint32_t more = what == 2 ? below(2) : below(3) + 1;
    const char *op = below(2) ? " and " : " or ";
    for (uint32_t i = 0; i < more; i++) {
        skr_buf_cstr(b, op);
        add_condition(b, depth - 1);
    }
    skr_buf_char(b, ')');
}

/* ---- Programs ---- */

static void ignore(void *ctx, const skr_issue *issue)
{
    (void)ctx;
    (void)issue;
}

static const skr_sink nobody = { ignore, NULL };

static skr_node *parse(skr_arena *a, skr_str condition)
{
    skr_text *text = skr_arena_alloc(a, sizeof *text);
    skr_node *tree = NULL;
    text->text = condition;
    return skr_parse(a, text, 0, nobody, &tree) ? NULL : tree;
}

static bool is_accepted(skr_mem *mem, skr_str condition)
{
    skr_arena a;
    skr_schema s;
    skr_arena_init(&a, mem);
    bool ok = skr_schema_init(&s, mem, &odd_schema) == 0;
    skr_builder *b = skr_builder_new(mem, NULL);
    skr_node *tree = parse(&a, condition);
    ok = ok && tree && skr_check_condition(b, &s, tree, nobody) == 0;
    skr_builder_free(b);
    skr_schema_free(&s);
    skr_arena_free(&a);
    return ok;
}

static skr_program *build(skr_mem *mem, char *const *conditions, uint32_t flags)
{
    skr_arena a;
    skr_schema s;
    saker_options options = SAKER_OPTIONS_INIT;
    skr_program *p = NULL;
    options.flags = flags;
    skr_arena_init(&a, mem);
    if (skr_schema_init(&s, mem, &odd_schema))
        return NULL;
    skr_builder *b = skr_builder_new(mem, NULL);
    skr_builder_add_schema(b, &s);
    for (uint32_t i = 0; i < RULES; i++) {
        const saker_rule rule = SAKER_RULE("r", conditions[i], NULL);
        const skr_program_rule r = {
            .rule = &rule, .schema = &s, .tree = parse(&a, skr_str_of(conditions[i])), .output = SKR_STR("%t.name")
        };
        if (!r.tree || skr_builder_add_rule(b, &r, nobody))
            printf("does not compile: %s\n", conditions[i]);
    }
    skr_builder_freeze(b, &options, &p);
    skr_builder_free(b);
    skr_schema_free(&s);
    skr_arena_free(&a);
    return p;
}

static bool matched(const saker_eval *ev, uint32_t rule)
{
    for (size_t i = 0; i < ev->matches.n; i++)
        if (ev->matches.v[i] == rule)
            return true;
    return false;
}

typedef struct evals {
    saker_eval *fast, *naive, *first; /* the last with SAKER_FIRST_MATCH */
} evals;

static int compare_event(const evals *e, const saker_event *event, char *const *conditions)
{
    int wrong = 0;
    skr_eval_run(e->fast, event);
    skr_eval_run(e->naive, event);
    skr_eval_run(e->first, event);
    for (uint32_t r = 0; r < RULES; r++)
        if (matched(e->fast, r) != matched(e->naive, r) && ++wrong < 20)
            printf("kind %u: program %d, naive %d: %s\n", event->kind, matched(e->fast, r), matched(e->naive, r),
                   conditions[r]);
    for (size_t i = 1; i < e->fast->matches.n; i++)
        if (e->fast->matches.v[i - 1] >= e->fast->matches.v[i] && ++wrong < 20)
            printf("kind %u: matches are out of order\n", event->kind);
    const size_t n = e->naive->matches.n;
    if (n && !skr_program_wants(e->fast->p, &odd_schema, event->kind) && ++wrong < 20)
        printf("kind %u is not wanted\n", event->kind);
    if ((e->first->matches.n != (n > 0) || (n && e->first->matches.v[0] != e->naive->matches.v[0])) && ++wrong < 20)
        printf("kind %u: another rule is first\n", event->kind);
    return wrong;
}

static void switch_some_off(const evals *e)
{
    for (uint32_t r = 0; r < RULES; r++) {
        const bool off = below(4) == 0;
        e->fast->off[r] = e->naive->off[r] = e->first->off[r] = off;
    }
}

static int compare(const evals *e, char *const *conditions)
{
    int wrong = 0;
    for (uint32_t i = 0; i < EVENTS; i++) {
        const uint64_t seed = state + i;
        const saker_event event = { &odd_schema, &seed, 1, i + 1, i % (ODD_KINDS + 1) };
        if (i == EVENTS / 2)
            switch_some_off(e);
        wrong += compare_event(e, &event, conditions);
    }
    return wrong;
}

static saker_eval *eval_of(skr_mem *mem, char *const *conditions, uint32_t flags)
{
    skr_program *p = build(mem, conditions, flags);
    saker_eval *ev = p ? skr_eval_new(p) : NULL;
    skr_program_unref(p);
    return ev;
}

static int run_program(skr_mem *mem, uint64_t *matches)
{
    char *conditions[RULES];
    skr_buf b, h;
    skr_buf_init(&b, mem);
    skr_buf_init(&h, mem);
    size_t heads[HEADS + 1] = { 0 };
    for (uint32_t i = 0; i < HEADS; i++) { /* some conditions begin alike, as copies of a rule do */
        skr_buf_char(&h, '(');
        add_condition(&h, 1);
        skr_buf_cstr(&h, ") and ");
        heads[i + 1] = h.len;
    }
    for (uint32_t i = 0; i < RULES; i++) {
        const uint32_t head = below(2 * HEADS);
        skr_buf_clear(&b);
        if (head < HEADS)
            skr_buf_add(&b, h.ptr + heads[head], heads[head + 1] - heads[head]);
        add_condition(&b, below(4));
        conditions[i] = malloc(b.len + 1);
        if (!conditions[i])
            abort();
        memcpy(conditions[i], b.ptr, b.len);
        conditions[i][b.len] = '\0';
    }
    skr_buf_free(&b);
    skr_buf_free(&h);
    const evals e = { eval_of(mem, conditions, 0), eval_of(mem, conditions, SAKER_NAIVE),
                      eval_of(mem, conditions, SAKER_FIRST_MATCH) };
    int wrong = e.fast && e.naive && e.first ? compare(&e, conditions) : 1;
    *matches += e.fast ? e.fast->stats.matches : 0;
    skr_eval_free(e.fast);
    skr_eval_free(e.naive);
    skr_eval_free(e.first);
    for (uint32_t i = 0; i < RULES; i++)
        free(conditions[i]);
    return wrong;
}

int main(void)
{
    skr_mem mem;
    int wrong = 0;
    uint64_t matches = 0;
    skr_mem_init(&mem, NULL, 0);
    for (int i = 0; i < PROGRAMS; i++)
        wrong += run_program(&mem, &matches);
    printf("%d programs of %d rules on %d events each: %llu matches, %d wrong, %zu bytes left\n", PROGRAMS, RULES,
           EVENTS, (unsigned long long)matches, wrong, mem.used);
    return wrong || mem.used || !matches;
}
