/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation fails once: the answer is "out of memory" or right, and nothing is left behind. */
#include "../pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- A schema ---- */

static void get_name(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)event;
    (void)arg;
    char *text = saker_out_alloc(out, 5);
    if (text)
        saker_put_str(out, memcpy(text, "/bin/", 5), 5);
}

static void get_args(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)event;
    (void)arg;
    saker_put_cstr(out, "-n");
    saker_put_cstr(out, "7");
    saker_put_cstr(out, "x");
}

static void get_level(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)event;
    saker_put_uint(out, arg->index >= 0 ? (uint64_t)arg->index : 0);
}

static const saker_field fields[] = {
    { "t.name", SAKER_STR, get_name, NULL, 0, 0, NULL },
    { "t.args", SAKER_STR, get_args, NULL, 0, SAKER_LIST, NULL },
    { "t.level", SAKER_UINT, get_level, NULL, 0, SAKER_ARG_OPTIONAL | SAKER_ARG_INDEX, NULL },
};
static const char *const kinds[] = { "open", "close", NULL };
static const saker_schema schema = SAKER_SCHEMA_KINDS("test", fields, kinds);

static const char condition[] =
    "evt.type in (open, close) and t.name startswith /bin and not (t.name in (a, b, c) or t.level[3] in (1, 2) or "
    "t.name icontains X) and t.name pmatch (/bin, /usr/*) and t.name regex '/b.n/' and t.args intersects (x, y) and "
    "toupper(t.name) glob /B* and getopt(t.args, \"n:\")[n] = 7 and join(\",\", t.args) = \"-n,7,x\" and "
    "t.args in val(t.args) and evt.num = 1 and t.name = anyof (/bin/, /sbin/) and t.name icontains val(t.name)";
static const char output[] = "%t.name %10t.args %t.level[2] %join(\"-\", (t.name, t.level)) %evt.time";

/* ---- The walk ---- */

typedef struct walk {
    saker_options options;
    int naive;
    bool good; /* everything came, and right */
} walk;

static bool look_at_match(saker_eval *ev)
{
    size_t count = 0;
    const char *text = saker_match_output(ev, 0), *alert = saker_match_alert(ev, 0, NULL);
    const char *json = saker_match_json(ev, 0, NULL);
    const saker_named *named = saker_match_fields(ev, 0, &count);
    if (!text || !alert || !json || !named)
        return false;
    return strcmp(text, "/bin/ (-n,7,x)   2 /bin/-0 00:00:01.000000000") == 0 && strstr(alert, ": Notice /bin/ ") &&
           strstr(json, "\"t.args\":[\"-n\",\"7\",\"x\"]") && count == 5 && named[1].count == 3;
}

static int run_rules(walk *w)
{
    saker_ruleset *rules = NULL;
    char error[256];
    int err =
        saker_filter_compile(&w->options, &schema, condition, strlen(condition), output, &rules, error, sizeof error);
    if (err)
        return err;
    const saker_event event = { &schema, &schema, 1000000000, 1, 0 };
    saker_eval *ev = saker_eval_new(rules);
    saker_ruleset_unref(rules);
    if (!ev)
        return SAKER_ENOMEM;
    saker_eval_stats stats = { .size = sizeof stats };
    int matches = saker_eval_run(ev, &event);
    saker_eval_get_stats(ev, &stats);
    w->good = matches == 1 && look_at_match(ev);
    err = matches < 0 ? matches : w->good ? 0 : SAKER_ENOMEM;
    saker_eval_free(ev);
    return err;
}

static int run_format(walk *w)
{
    saker_format *f = NULL;
    char error[256];
    const char *text, *json;
    const saker_event event = { &schema, &schema, 1000000000, 1, 0 };
    int err = saker_format_compile(&w->options, &schema, output, strlen(output), &f, error, sizeof error);
    if (err)
        return err;
    int got = saker_format_text(f, &event, &text, NULL);
    if (got > 0)
        w->good = strcmp(text, "/bin/ (-n,7,x)   2 /bin/-0 00:00:01.000000000") == 0;
    if (got > 0)
        got = saker_format_json(f, &event, &json, NULL);
    saker_format_free(f);
    return got < 0 ? got : 0;
}

static int fail_each(const char *what, int (*run)(walk *), uint32_t flags)
{
    int wrong = 0;
    for (size_t n = 1;; n++) {
        pool p = pool_without(n);
        walk w = { .options = SAKER_OPTIONS_INIT };
        w.options.alloc = pool_alloc(&p);
        w.options.flags = flags;
        int got = run(&w);
        if (!pool_is_clean(&p)) {
            printf("%s, request %zu: %zu bytes left, %zu sizes wrong\n", what, n, p.held, p.wrong);
            wrong++;
        }
        if (!pool_has_refused(&p)) {
            printf("%s: %zu requests, then %d\n", what, n - 1, got);
            return wrong + (got != 0 || !w.good);
        }
        if (got != SAKER_ENOMEM && !(got == 0 && w.good)) {
            printf("%s, request %zu: %d\n", what, n, got);
            wrong++;
        }
    }
}

/* With less and less memory allowed, the same. */
static int limit_each(void)
{
    int wrong = 0, last = SAKER_ENOMEM;
    for (size_t limit = 256; limit < 2000000; limit += limit / 4) {
        pool p = { 0 };
        walk w = { .options = SAKER_OPTIONS_INIT };
        w.options.alloc = pool_alloc(&p);
        w.options.max_memory = limit;
        last = run_rules(&w);
        if (!pool_is_clean(&p) || (last != SAKER_ENOMEM && last != 0)) {
            printf("limit %zu: %d, %zu bytes left\n", limit, last, p.held);
            wrong++;
        }
    }
    return wrong + (last != 0);
}

int main(void)
{
    int wrong = fail_each("rules", run_rules, 0) + fail_each("naive", run_rules, SAKER_NAIVE) +
                fail_each("format", run_format, 0) + limit_each();
    return wrong != 0;
}
