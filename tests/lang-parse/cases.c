/* SPDX-License-Identifier: Apache-2.0 */
/* Runs files of cases: a condition, then, indented, what must be said of it.
 *
 *      parse_cases FILE... [-w]            -w writes the answers as they are now
 *
 * In a condition the sign U+23CE stands for a newline. Answers of one that parses are its canonical text and the piece
 * of text that each node covers, outer before inner; of one that does not, place, message and hint.
 */
#include "file.h"
#include "parse.h"

#include <stdio.h>

static const char newline_sign[] = "\xE2\x8F\x8E";

static void add_line(skr_buf *b, const char *head, skr_str text)
{
    skr_buf_printf(b, "    %s: ", head);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\n')
            skr_buf_cstr(b, newline_sign);
        else if (text.ptr[i] == '\0')
            skr_buf_cstr(b, "\\0");
        else
            skr_buf_char(b, text.ptr[i]);
    }
    skr_buf_char(b, '\n');
}

static void take_issue(void *ctx, const skr_issue *i)
{
    skr_buf *b = ctx;
    skr_buf_printf(b, "    %s %u:%u+%u: %s\n", i->warning ? "warning" : "error", i->pos.line, i->pos.col, i->len,
                   i->message);
    if (i->hint)
        add_line(b, "hint", skr_str_of(i->hint));
}

static void add_spans(skr_buf *b, const skr_node *n)
{
    add_line(b, "node", skr_str_cut(n->origin->text, n->pos.idx, n->pos.idx + n->len));
    for (size_t i = 0; i < n->count; i++)
        add_spans(b, n->items[i]);
}

static void answer(skr_mem *mem, skr_str condition, skr_buf *b)
{
    skr_arena a;
    skr_buf canonical;
    skr_text text = { .text = condition };
    skr_node *tree = NULL;
    skr_arena_init(&a, mem);
    skr_buf_init(&canonical, mem);
    if (skr_parse(&a, &text, 0, (skr_sink){ take_issue, b }, &tree) == SAKER_OK) {
        skr_ast_print(&canonical, tree);
        add_line(b, "text", (skr_str){ canonical.ptr, canonical.len });
        add_spans(b, tree);
    }
    skr_buf_free(&canonical);
    skr_arena_free(&a);
}

static skr_str with_newlines(skr_arena *a, skr_str s)
{
    skr_str copy = skr_str_dup(a, s);
    char *p = (char *)(uintptr_t)copy.ptr;
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        bool newline = skr_str_starts(skr_str_cut(s, i, s.len), skr_str_of(newline_sign));
        p[n++] = newline ? '\n' : s.ptr[i];
        i += newline ? sizeof newline_sign - 2 : 0;
    }
    return (skr_str){ p, n };
}

/* One case: the condition's line and the indented ones behind it. Returns where the next one begins. */
static size_t run_case(skr_mem *mem, skr_str file, size_t at, bool write, skr_buf *out, size_t *failed)
{
    const char *newline = memchr(file.ptr + at, '\n', file.len - at);
    size_t end = newline ? (size_t)(newline - file.ptr) : file.len, next = end + 1;
    skr_str line = skr_str_cut(file, at, end);
    skr_buf_str(out, line);
    skr_buf_char(out, '\n');
    if (line.len == 0 || line.ptr[0] == '#')
        return next;
    while (next < file.len && file.ptr[next] == ' ') {
        newline = memchr(file.ptr + next, '\n', file.len - next);
        next = newline ? (size_t)(newline - file.ptr) + 1 : file.len;
    }
    skr_arena a;
    skr_buf b;
    skr_arena_init(&a, mem);
    skr_buf_init(&b, mem);
    answer(mem, with_newlines(&a, line), &b);
    skr_str is = { b.ptr, b.len }, should = skr_str_cut(file, end + 1 < next ? end + 1 : next, next);
    skr_buf_str(out, is);
    if (!write && !skr_str_eq(is, should)) {
        ++*failed;
        printf("%.*s\n  expected:\n%.*s  got:\n%.*s", (int)line.len, line.ptr, (int)should.len, should.ptr, (int)is.len,
               is.ptr);
    }
    skr_buf_free(&b);
    skr_arena_free(&a);
    return next;
}

static bool run_file(skr_mem *mem, const char *path, bool write)
{
    skr_str file;
    size_t failed = 0;
    if (skr_file_read(mem, path, 0, &file) != SAKER_OK) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return false;
    }
    skr_buf out;
    skr_buf_init(&out, mem);
    for (size_t at = 0; at < file.len;)
        at = run_case(mem, file, at, write, &out, &failed);
    FILE *f = write ? fopen(path, "w") : NULL;
    if (f) {
        fwrite(out.ptr, 1, out.len, f);
        fclose(f);
    }
    skr_buf_free(&out);
    skr_free(mem, (void *)(uintptr_t)file.ptr, file.len + 1);
    return failed == 0;
}

int main(int argc, char **argv)
{
    bool ok = argc > 1, write = argc > 2 && strcmp(argv[argc - 1], "-w") == 0;
    skr_mem mem;
    skr_mem_init(&mem, NULL, 0);
    for (int i = 1; i < argc - write; i++)
        ok = run_file(&mem, argv[i], write) && ok;
    return !ok;
}
