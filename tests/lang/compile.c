/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions compiled with the fields of system calls: conditions.tsv beyond the grammar, and
 * mutant-conditions.tsv with the reference's texts. */
#include "table.h"

#include <saker/syscall.h>
#include <stdio.h>
#include <stdlib.h>

/* The fields of a test plugin of the reference are added to those of system calls. */
static void get_nothing(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)out;
    (void)event;
    (void)arg;
}

static const saker_field mock_fields[] = {
    { "c.true", SAKER_STR, get_nothing, NULL, 0, 0, NULL },
    { "c.false", SAKER_STR, get_nothing, NULL, 0, 0, NULL },
    { "c.singlequote", SAKER_STR, get_nothing, NULL, 0, 0, NULL },
    { "c.doublequote", SAKER_STR, get_nothing, NULL, 0, 0, NULL },
    { "c.buffer", SAKER_BYTES, get_nothing, NULL, 0, 0, NULL },
};
enum { MOCKS = sizeof mock_fields / sizeof mock_fields[0] };

static bool with_mocks(saker_schema *s)
{
    const saker_schema *real = saker_syscall_schema();
    saker_field *all = malloc((real->field_count + MOCKS) * sizeof *all);
    if (!all)
        return false;
    memcpy(all, real->fields, real->field_count * sizeof *all);
    memcpy(all + real->field_count, mock_fields, sizeof mock_fields);
    *s = *real;
    s->fields = all;
    s->field_count += MOCKS;
    return true;
}

static int compile(const saker_schema *schema, skr_str condition, char *error, size_t size)
{
    saker_ruleset *rules = NULL;
    saker_options options = SAKER_OPTIONS_INIT;
    int err = saker_filter_compile(&options, schema, condition.ptr, condition.len, NULL, &rules, error, size);
    if (err && !*error)
        snprintf(error, size, "%s", saker_strerror(err));
    if (!err)
        snprintf(error, size, "ok");
    saker_ruleset_unref(rules);
    return err;
}

/* Stages: `parse` is the parser's own test, `compile-plugin` needs a plugin's fields. */
static int run_conditions(const char *folder, const char *name, const saker_schema *schema, bool verbose)
{
    table t;
    score s = { name, 0, 0, verbose };
    char got[1024];
    if (!table_read(&t, folder, name))
        return 77;
    for (size_t i = 0; i < t.rows.n; i++) {
        const row *r = &t.rows.v[i];
        if (!skr_str_is(r->column[3], "compile") && !skr_str_is(r->column[3], "compile-mock"))
            continue;
        const bool ok = compile(schema, r->column[0], got, sizeof got) == 0;
        score_row(&s, r, ok == skr_str_is(r->column[1], "ok"), r->column[1].ptr, got);
    }
    table_free(&t);
    return score_end(&s);
}

static int run_mutants(const char *folder, const saker_schema *schema, bool verbose)
{
    table t;
    score s = { "mutant-conditions.tsv", 0, 0, verbose };
    char got[1024];
    if (!table_read(&t, folder, s.name))
        return 77;
    for (size_t i = 0; i < t.rows.n; i++) {
        const row *r = &t.rows.v[i];
        const bool want = skr_str_is(r->column[1], "ok"), ok = compile(schema, r->column[0], got, sizeof got) == 0;
        const char *text = want ? "ok" : r->column[2].ptr;
        score_row(&s, r, ok == want && strcmp(text, got) == 0, text, got);
    }
    table_free(&t);
    return score_end(&s);
}

int main(int argc, char **argv)
{
    saker_schema schema;
    const bool verbose = argc > 2;
    if (argc < 2 || !with_mocks(&schema))
        return 77;
    int worst = run_conditions(argv[1], "conditions.tsv", &schema, verbose);
    if (worst == 77)
        return 77;
    worst |= run_mutants(argv[1], &schema, verbose);
    free((void *)(uintptr_t)schema.fields);
    return worst != 0;
}
