/* SPDX-License-Identifier: Apache-2.0 */
/* Parses the conditions of the conformance data and compares verdict, tree and words of the error with those written
 * there.
 *
 *      parse_conformance SHARED [-v]       exit status 77: the data is not there
 */
#include "parse.h"
#include "table.h"

#include <stdio.h>

typedef struct outcome {
    skr_arena *arena;
    skr_buf text; /* tree or error */
    bool prefix;  /* the error in the form of the stand-alone filter */
} outcome;

static void take_issue(void *ctx, const skr_issue *i)
{
    outcome *o = ctx;
    skr_pos at = i->falco_pos;
    if (i->warning)
        return;
    if (o->prefix)
        skr_buf_printf(&o->text, "filter error at index %u, line %u, column %u: %s", at.idx, at.line, at.col, i->falco);
    else if (i->falco[0])
        skr_buf_printf(&o->text, "%s @ idx=%u line=%u col=%u", i->falco, at.idx, at.line, at.col);
}

/* The tree as text, or the error; true: it parsed. */
static bool parse(outcome *o, skr_str condition, uint32_t depth)
{
    skr_text text = { .text = condition };
    skr_node *tree = NULL;
    skr_buf_clear(&o->text);
    int status = skr_parse(o->arena, &text, depth, (skr_sink){ take_issue, o }, &tree);
    if (status == SAKER_OK)
        skr_ast_dump(&o->text, tree);
    return status == SAKER_OK;
}

static bool text_is(const outcome *o, skr_str expected)
{
    return !o->text.failed && skr_str_eq((skr_str){ o->text.ptr, o->text.len }, expected);
}

/* The text between "(parses as " and the ')' at the end, or NULL. */
static bool parses_as(skr_str error, skr_str *tree)
{
    skr_str mark = SKR_STR("(parses as ");
    size_t at;
    if (!skr_str_find(error, mark, &at))
        return false;
    *tree = skr_str_cut(error, at + mark.len, error.len - 1);
    return true;
}

static bool condition_row(outcome *o, const row *r)
{
    size_t at;
    skr_str tree;
    bool is_ok = skr_str_is(r->column[1], "ok");
    bool parsed = parse(o, r->column[0], 100);
    if (is_ok)
        return parsed && text_is(o, r->column[2]);
    if (parses_as(r->column[2], &tree))
        return parsed && text_is(o, tree);
    if (!skr_str_find(r->column[2], SKR_STR(" @ idx="), &at))
        return parsed; /* an error of the checks behind the parser */
    return !parsed && text_is(o, r->column[2]);
}

static bool mutant_row(outcome *o, const row *r)
{
    bool parsed = parse(o, r->column[0], 0);
    bool wants_error = skr_str_starts(r->column[2], SKR_STR("filter error at index "));
    return wants_error ? !parsed && text_is(o, r->column[2]) : parsed;
}

/* 0: all passed; 1; 77: there is no such table. */
static int run(const char *shared, const char *name, bool (*check)(outcome *, const row *), bool prefix, bool verbose)
{
    table t;
    skr_arena arena;
    score s = { .name = name, .verbose = verbose };
    if (!table_read(&t, shared, name))
        return 77;
    skr_arena_init(&arena, &t.mem);
    outcome o = { .arena = &arena, .prefix = prefix };
    skr_buf_init(&o.text, &t.mem);
    for (size_t i = 0; i < t.rows.n; i++) {
        const row *r = &t.rows.v[i];
        bool passed = check(&o, r);
        score_row(&s, r, passed, r->column[2].ptr, passed ? "" : skr_buf_cstring(&o.text));
        skr_arena_reset(&arena);
    }
    skr_buf_free(&o.text);
    skr_arena_free(&arena);
    table_free(&t);
    return score_end(&s);
}

int main(int argc, char **argv)
{
    bool verbose = argc > 2 && strcmp(argv[2], "-v") == 0;
    if (argc < 2)
        return 2;
    int result = run(argv[1], "conditions.tsv", condition_row, false, verbose);
    if (result != 77)
        result |= run(argv[1], "conditions-extra.tsv", condition_row, false, verbose);
    if (result != 77)
        result |= run(argv[1], "mutant-conditions.tsv", mutant_row, true, verbose);
    return result;
}
