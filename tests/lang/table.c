/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"
#include "file.h"

#include <stdio.h>

static skr_str unescape(skr_arena *a, skr_str s)
{
    char *out = skr_arena_raw(a, s.len + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '\\' && i + 1 < s.len) {
            c = s.ptr[++i];
            if (c == 'x' && i + 2 < s.len) {
                c = (char)(skr_hex_digit(s.ptr[i + 1]) << 4 | skr_hex_digit(s.ptr[i + 2]));
                i += 2;
            } else {
                c = c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c;
            }
        }
        out[n++] = c;
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
        if (i > from && text.ptr[from] != '#')
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
