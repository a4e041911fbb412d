/* SPDX-License-Identifier: Apache-2.0 */
/* Parses the conditions of the conformance data and compares verdict, tree and words of the error with those written
 * there.
 *
 *      parse_conformance SHARED [-v]       exit status 77: the data is not there
 */
#include "file.h"
#include "parse.h"

#include <stdio.h>

typedef struct row {
    skr_str column[5];
    size_t columns;
} row;

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

/* ---- Tables ---- */

static skr_str unescape(skr_arena *a, skr_str s)
{
    static const char from[] = "\\tnr", to[] = "\\\t\n\r";
    char *out = skr_arena_raw(a, s.len + 1, 1);
    size_t n = 0;
    for (size_t i = 0; out && i < s.len; i++) {
        const char *known = s.ptr[i] == '\\' && i + 1 < s.len ? strchr(from, s.ptr[i + 1]) : NULL;
        if (known && *known) {
            out[n++] = to[known - from];
            i++;
        } else if (s.ptr[i] == '\\' && i + 3 < s.len && s.ptr[i + 1] == 'x') {
            out[n++] = (char)(skr_hex_digit(s.ptr[i + 2]) * 16 + skr_hex_digit(s.ptr[i + 3]));
            i += 3;
        } else {
            out[n++] = s.ptr[i];
        }
    }
    return (skr_str){ out, n };
}

static row split(skr_arena *a, skr_str line)
{
    row r = { 0 };
    for (size_t at = 0, from = 0; at <= line.len && r.columns < 5; at++) {
        if (at < line.len && line.ptr[at] != '\t')
            continue;
        r.column[r.columns++] = unescape(a, skr_str_cut(line, from, at));
        from = at + 1;
    }
    return r;
}

typedef bool row_fn(outcome *o, const row *r);

static void show(const outcome *o, const row *r)
{
    printf("%.*s\n  expected: %.*s %.*s\n  got:      %.*s\n", (int)r->column[0].len, r->column[0].ptr,
           (int)r->column[1].len, r->column[1].ptr, (int)r->column[2].len, r->column[2].ptr, (int)o->text.len,
           o->text.ptr ? o->text.ptr : "");
}

/* Rows that fail, or -1 if there is no such file. */
static long run_file(skr_mem *mem, const char *shared, const char *name, row_fn *check, bool prefix, bool verbose)
{
    char path[4096];
    skr_str file;
    size_t total = 0, passed = 0;
    snprintf(path, sizeof path, "%s/conformance/%s", shared, name);
    if (skr_file_read(mem, path, 0, &file) != SAKER_OK)
        return -1;
    skr_arena arena;
    skr_arena_init(&arena, mem);
    outcome o = { .arena = &arena, .prefix = prefix };
    skr_buf_init(&o.text, mem);
    for (size_t at = 0; at < file.len;) {
        const char *newline = memchr(file.ptr + at, '\n', file.len - at);
        size_t end = newline ? (size_t)(newline - file.ptr) : file.len;
        bool header = at == 0 && file.ptr[0] == '#';
        row r = split(&arena, skr_str_cut(file, at, end));
        at = end + 1;
        if (header)
            continue;
        total++;
        if (check(&o, &r))
            passed++;
        else if (verbose)
            show(&o, &r);
        skr_arena_reset(&arena);
    }
    printf("score: %s %zu of %zu\n", name, passed, total);
    skr_buf_free(&o.text);
    skr_arena_free(&arena);
    skr_free(mem, (void *)(uintptr_t)file.ptr, file.len + 1);
    return (long)(total - passed);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        row_fn *check;
        bool prefix;
    } files[] = { { "conditions.tsv", condition_row, false },
                  { "conditions-extra.tsv", condition_row, false },
                  { "mutant-conditions.tsv", mutant_row, true } };
    bool verbose = argc > 2 && strcmp(argv[2], "-v") == 0;
    long failed = 0;
    skr_mem mem;
    if (argc < 2)
        return 2;
    skr_mem_init(&mem, NULL, 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        long f = run_file(&mem, argv[1], files[i].name, files[i].check, files[i].prefix, verbose);
        if (f < 0)
            return 77;
        failed += f;
    }
    return failed != 0;
}
