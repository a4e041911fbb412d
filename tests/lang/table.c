/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"
#include "file.h"

#include <stdio.h>

/* Bytes that the escape at `at` (a backslash) takes; *c is what it means. 0: it is just a backslash. */
static size_t escape(skr_str s, size_t at, char *c)
{
    static const char written[] = "\\tnr", meant[] = "\\\t\n\r";
    if (at + 1 >= s.len)
        return 0;
    const char *p = strchr(written, s.ptr[at + 1]);
    if (p && *p) {
        *c = meant[p - written];
        return 2;
    }
    if (s.ptr[at + 1] != 'x' || at + 3 >= s.len || skr_hex_digit(s.ptr[at + 2]) < 0 || skr_hex_digit(s.ptr[at + 3]) < 0)
        return 0;
    *c = (char)(skr_hex_digit(s.ptr[at + 2]) << 4 | skr_hex_digit(s.ptr[at + 3]));
    return 4;
}

static skr_str unescape(skr_arena *a, skr_str s)
{
    char *out = skr_arena_raw(a, s.len + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < s.len;) {
        size_t used = s.ptr[i] == '\\' ? escape(s, i, &out[n]) : 0;
        if (!used)
            out[n] = s.ptr[i];
        i += used ? used : 1;
        n++;
    }
    out[n] = '\0';
    return (skr_str){ out, n };
}

static void add_line(table *t, skr_str line, size_t number)
{
    row r = { .line = number };
    size_t from = 0;
    for (size_t i = 0; i <= line.len && r.columns < MAX_COLUMNS; i++) {
        if (i < line.len && line.ptr[i] != '\t')
            continue;
        r.column[r.columns++] = unescape(&t->arena, skr_str_cut(line, from, i));
        from = i + 1;
    }
    skr_vec_push(&t->mem, &t->rows, r);
}

bool table_read(table *t, const char *folder, const char *name)
{
    char path[4096];
    skr_str text;
    skr_mem_init(&t->mem, NULL, 0);
    skr_arena_init(&t->arena, &t->mem);
    t->rows.v = NULL;
    t->rows.n = t->rows.cap = 0;
    snprintf(path, sizeof path, "%s/conformance/%s", folder, name);
    if (skr_file_read(&t->mem, path, 0, &text))
        return false;
    size_t from = 0, number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '\n')
            continue;
        number++;
        if (i > from && (text.ptr[from] != '#' || t->rows.n)) /* comments stand before the first row only */
            add_line(t, skr_str_cut(text, from, i), number);
        from = i + 1;
    }
    skr_free(&t->mem, (void *)(uintptr_t)text.ptr, text.len + 1);
    return true;
}

void table_free(table *t)
{
    skr_vec_free(&t->mem, &t->rows);
    skr_arena_free(&t->arena);
}

void score_row(score *s, const row *r, bool passed, const char *expected, const char *got)
{
    s->total++;
    s->passed += passed;
    if (!passed && s->verbose)
        printf("%s:%zu: expected %s, got %s: %s\n", s->name, r->line, expected, got, r->column[0].ptr);
}

int score_end(const score *s)
{
    printf("score: %s %zu of %zu\n", s->name, s->passed, s->total);
    return s->passed != s->total;
}
