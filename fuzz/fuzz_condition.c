/* SPDX-License-Identifier: Apache-2.0 */
/* The parser of conditions on any bytes. A fault has all its texts and lies in the text; a tree, written out again with
 * every value in quotes, parses to the same tree. */
#include "parse.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct seen {
    size_t errors, size;
    bool too_deep;
} seen;

static void take(void *ctx, const skr_issue *i)
{
    seen *s = ctx;
    if (!i->falco || !i->message || !*i->message || i->pos.idx > s->size || i->len > s->size - i->pos.idx ||
        i->falco_pos.idx > s->size)
        abort();
    skr_str text = { i->origin->text.ptr, s->size };
    skr_pos p = skr_pos_at(text, i->pos.idx);
    if (p.line != i->pos.line || p.col != i->pos.col)
        abort();
    s->errors += !i->warning;
    s->too_deep = s->too_deep || i->kind == SKR_ISSUE_DEPTH;
}

/* ---- A tree as text that cannot be misread ---- */

static void write_value(skr_buf *b, skr_str v)
{
    skr_buf_char(b, '"');
    for (size_t i = 0; i < v.len; i++)
        skr_buf_printf(b, "\\x%02x", (unsigned char)v.ptr[i]);
    skr_buf_char(b, '"');
}

static void write_operand(skr_buf *b, const skr_operand *o)
{
    if (o->kind == SKR_VALUE && o->number)
        skr_buf_str(b, o->text);
    else if (o->kind == SKR_VALUE)
        write_value(b, o->text);
    else if (o->kind != SKR_LIST_OF)
        skr_buf_str(b, o->text);
    if (o->kind == SKR_XFORM || o->kind == SKR_LIST_OF) {
        skr_buf_char(b, '(');
        for (size_t i = 0; i < o->count; i++) {
            skr_buf_cstr(b, i ? "," : "");
            write_operand(b, o->items[i]);
        }
        skr_buf_char(b, ')');
    }
    if (o->has_arg) {
        skr_buf_char(b, '[');
        write_value(b, o->arg);
        skr_buf_char(b, ']');
    }
}

/* A single value stands bare where a list is due. */
static bool is_bare_list(const skr_node *n)
{
    return n->right->kind == SKR_VALUE &&
           (n->modifier || n->op == SKR_OP_IN || n->op == SKR_OP_INTERSECTS || n->op == SKR_OP_PMATCH);
}

static void write_check(skr_buf *b, const skr_node *n)
{
    if (n->kind == SKR_MACRO) {
        skr_buf_str(b, n->name);
        return;
    }
    write_operand(b, n->left);
    skr_buf_printf(b, " %s %s ", skr_op_text(n->op), skr_modifier_text(n->modifier));
    if (n->kind == SKR_CMP && is_bare_list(n))
        skr_buf_str(b, n->right->text);
    else if (n->kind == SKR_CMP)
        write_operand(b, n->right);
}

static void write_node(skr_buf *b, const skr_node *n)
{
    if (n->kind == SKR_NOT)
        skr_buf_cstr(b, "not(");
    for (size_t i = 0; i < n->count; i++) {
        if (n->kind != SKR_NOT)
            skr_buf_cstr(b, i == 0 ? "(" : n->kind == SKR_AND ? "and(" : "or(");
        write_node(b, n->items[i]);
        skr_buf_char(b, ')');
    }
    if (n->count == 0)
        write_check(b, n);
}

/* ---- */

static void check_spans(const skr_node *n, size_t from, size_t to)
{
    size_t end = (size_t)n->pos.idx + n->len;
    if (n->pos.idx < from || end > to || n->len == 0)
        abort();
    for (size_t i = 0; i < n->count; i++)
        check_spans(n->items[i], n->pos.idx, end);
}

static void round_trip(skr_arena *a, const skr_node *tree)
{
    skr_buf text, first, second;
    skr_buf_init(&text, a->mem);
    skr_buf_init(&first, a->mem);
    skr_buf_init(&second, a->mem);
    write_node(&text, tree);
    skr_ast_dump(&first, tree);
    skr_text again = { .text = { text.ptr, text.len } };
    seen s = { .size = text.len };
    skr_node *copy = NULL;
    if (skr_parse(a, &again, 8000, (skr_sink){ take, &s }, &copy) == SAKER_OK) {
        skr_ast_dump(&second, copy);
        if (first.len != second.len || memcmp(first.ptr, second.ptr, first.len) != 0)
            abort();
    } else if (!s.too_deep && !a->mem->failed) {
        abort();
    }
    skr_buf_clear(&first);
    skr_ast_print(&first, tree);
    skr_buf_free(&text);
    skr_buf_free(&first);
    skr_buf_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    skr_mem mem;
    skr_arena a;
    skr_mem_init(&mem, NULL, 256u << 20);
    skr_arena_init(&a, &mem);
    skr_text text = { .text = { (const char *)data, size } };
    seen s = { .size = size };
    skr_node *tree = NULL;
    int status = skr_parse(&a, &text, 0, (skr_sink){ take, &s }, &tree);
    if (status == SAKER_OK) {
        check_spans(tree, 0, size);
        round_trip(&a, tree);
    }
    if (status != SAKER_ENOMEM && s.errors != (status == SAKER_OK ? 0u : 1u))
        abort();
    skr_operand *o = skr_parse_operand(&a, text.text, 0);
    if (o && o->len != size)
        abort();
    skr_arena_free(&a);
    if (mem.used)
        abort();
    return 0;
}
