/* SPDX-License-Identifier: Apache-2.0 */
/* eval.tsv: values of fields, a condition, its truth. Each row is asked of the program and of the naive evaluator. */
#include "row_schema.h"
#include "table.h"

#include <stdio.h>

/* 1 or 0, or -1 with a text. */
static int run(const row_schema *s, skr_str condition, uint32_t flags, char *error, size_t size)
{
    saker_options options = SAKER_OPTIONS_INIT;
    saker_ruleset *rules;
    const saker_event event = { row_schema_get(s), s, 1, 1, 0 };
    options.flags = flags;
    int err =
        saker_filter_compile(&options, row_schema_get(s), condition.ptr, condition.len, NULL, &rules, error, size);
    if (err) {
        if (!*error)
            snprintf(error, size, "%s", saker_strerror(err));
        return -1;
    }
    saker_eval *ev = saker_eval_new(rules);
    int answer = saker_eval_run(ev, &event);
    if (saker_eval_run(ev, &event) != answer)
        answer = -1;
    saker_eval_free(ev);
    saker_ruleset_unref(rules);
    snprintf(error, size, "%s", answer > 0 ? "true" : answer == 0 ? "false" : "no steady answer");
    return answer;
}

static void run_row(score *s, const row *r)
{
    char got[2][512];
    row_schema *schema = row_schema_new(r->column[0].ptr);
    if (!schema) {
        score_row(s, r, false, "a schema", "nothing");
        return;
    }
    const int want = skr_str_is(r->column[2], "true");
    const int fast = run(schema, r->column[1], 0, got[0], sizeof got[0]);
    const int naive = run(schema, r->column[1], SAKER_NAIVE, got[1], sizeof got[1]);
    const bool passed = fast == want && naive == want;
    score_row(s, r, passed, r->column[2].ptr, fast == want ? got[1] : got[0]);
    if (!passed && s->verbose)
        printf("    %s\n", r->column[1].ptr);
    row_schema_free(schema);
}

int main(int argc, char **argv)
{
    table t;
    score s = { "eval.tsv", 0, 0, argc > 2 };
    if (argc < 2 || !table_read(&t, argv[1], s.name))
        return 77;
    for (size_t i = 0; i < t.rows.n; i++)
        run_row(&s, &t.rows.v[i]);
    table_free(&t);
    return score_end(&s);
}
