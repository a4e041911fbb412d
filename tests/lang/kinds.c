/* SPDX-License-Identifier: Apache-2.0 */
/* evttypes.tsv and condition-warnings.tsv. */
#include "parse.h"
#include "program.h"
#include "table.h"

#include <saker/syscall.h>
#include <stdio.h>

static void ignore(void *ctx, const skr_issue *issue)
{
    (void)ctx;
    (void)issue;
}

static bool kinds_of(skr_arena *a, const skr_schema *s, skr_str condition, skr_kinds *kinds)
{
    const skr_text *text = skr_arena_alloc(a, sizeof *text);
    skr_node *tree;
    *(skr_text *)(uintptr_t)text = (skr_text){ .text = condition };
    return skr_parse(a, text, 0, (skr_sink){ ignore, NULL }, &tree) == 0 &&
           skr_condition_kinds(a, s, tree, (skr_sink){ ignore, NULL }, kinds) == 0;
}

static bool in_set(const skr_kinds *k, size_t kind)
{
    return k->bits[kind / 64] >> kind % 64 & 1;
}

static bool is_named(const char *list, const char *name)
{
    const size_t len = strlen(name);
    for (const char *at = strstr(list, name); at; at = strstr(at + 1, name))
        if ((at[-1] == '{' || at[-1] == ',') && (at[len] == '}' || at[len] == ','))
            return true;
    return false;
}

/* ALL, NONE, {a,b}, ALL-{a} */
static bool is_expected(const saker_schema *pub, const skr_kinds *k, const char *expected)
{
    const bool all = strncmp(expected, "ALL", 3) == 0;
    const char *list = strchr(expected, '{');
    for (size_t i = 0; i < pub->kind_count; i++) {
        const bool named = list && pub->kinds[i] && is_named(list, pub->kinds[i]);
        if (in_set(k, i) != (all != named))
            return false;
    }
    return true;
}

static bool same_set(const saker_schema *pub, const skr_kinds *a, const skr_kinds *b)
{
    for (size_t i = 0; i < pub->kind_count; i++)
        if (in_set(a, i) != in_set(b, i))
            return false;
    return true;
}

static int run_types(const char *folder, bool verbose)
{
    table t;
    score sc = { "evttypes.tsv", 0, 0, verbose };
    skr_schema s;
    const saker_schema *pub = saker_syscall_schema();
    if (!table_read(&t, folder, sc.name) || skr_schema_init(&s, &t.mem, pub))
        return 77;
    for (size_t i = 0; i < t.rows.n; i++) {
        const row *r = &t.rows.v[i];
        skr_kinds got, other;
        bool ok = kinds_of(&t.arena, &s, r->column[0], &got);
        if (ok && skr_str_starts(r->column[1], SKR_STR("SAME ")))
            ok = kinds_of(&t.arena, &s, skr_str_cut(r->column[1], 5, r->column[1].len), &other) &&
                 same_set(pub, &got, &other);
        else
            ok = ok && is_expected(pub, &got, r->column[1].ptr);
        score_row(&sc, r, ok, r->column[1].ptr, "another set");
    }
    skr_schema_free(&s);
    table_free(&t);
    return score_end(&sc);
}

/* ---- Warnings ---- */

static void get_nothing(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)out;
    (void)event;
    (void)arg;
}

static const saker_field fields[] = {
    SAKER_FIELD("ka.field", SAKER_STR, get_nothing, NULL),
    SAKER_FIELD("jevt.field", SAKER_STR, get_nothing, NULL),
    SAKER_FIELD("some.field", SAKER_STR, get_nothing, NULL),
    SAKER_FIELD("proc.name", SAKER_STR, get_nothing, NULL),
    SAKER_FIELD("evt.plugininfo", SAKER_STR, get_nothing, NULL),
    { "evt.dir", SAKER_STR, get_nothing, NULL, 0, SAKER_DEPRECATED, NULL },
};
static const saker_schema schema = SAKER_SCHEMA("syscall", fields);

typedef struct heard {
    bool falco, compile; /* warnings of the loader, and of the compiler */
} heard;

static void listen(void *ctx, const skr_issue *issue)
{
    heard *h = ctx;
    if (issue->kind == SKR_ISSUE_UNSAFE_NA || issue->kind == SKR_ISSUE_DEPRECATED_FIELD)
        h->falco = true;
    else
        h->compile = true;
}

static int run_warnings(const char *folder, bool verbose)
{
    table t;
    score sc = { "condition-warnings.tsv", 0, 0, verbose };
    skr_schema s;
    if (!table_read(&t, folder, sc.name) || skr_schema_init(&s, &t.mem, &schema))
        return 77;
    for (size_t i = 0; i < t.rows.n; i++) {
        const row *r = &t.rows.v[i];
        const skr_text text = { .text = r->column[0] };
        heard h = { false, false };
        skr_node *tree;
        skr_builder *b = skr_builder_new(&t.mem, NULL);
        bool ok = b && skr_parse(&t.arena, &text, 0, (skr_sink){ listen, &h }, &tree) == 0 &&
                  skr_check_condition(b, &s, tree, (skr_sink){ listen, &h }) == 0;
        skr_builder_free(b);
        const bool warns = skr_str_is(r->column[2], "compile") ? h.compile : h.falco;
        const bool want = skr_str_is(r->column[1], "true");
        score_row(&sc, r, ok && warns == want, r->column[1].ptr, !ok ? "an error" : warns ? "true" : "false");
    }
    skr_schema_free(&s);
    table_free(&t);
    return score_end(&sc);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 77;
    int types = run_types(argv[1], argc > 2), warnings = run_warnings(argv[1], argc > 2);
    return types == 77 || warnings == 77 ? 77 : types || warnings;
}
