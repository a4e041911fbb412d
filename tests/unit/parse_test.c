/* SPDX-License-Identifier: Apache-2.0 */
/* lang/parse and lang/ast: what files of cases cannot show: limits, memory, places, single operands. */
#include "parse.h"
#include "../pool.h"

#include <check.h>
#include <stdlib.h>

static skr_mem mem;
static skr_arena arena;

static void setup(void)
{
    skr_mem_init(&mem, NULL, 0);
    skr_arena_init(&arena, &mem);
}

static void teardown(void)
{
    skr_arena_free(&arena);
    ck_assert_uint_eq(mem.used, 0);
}

typedef struct seen {
    skr_issue last;
    size_t count;
} seen;

static void take(void *ctx, const skr_issue *i)
{
    seen *s = ctx;
    s->last = *i;
    s->count++;
}

static int parse_str(skr_str condition, uint32_t depth, seen *s, skr_node **tree)
{
    skr_text *text = skr_arena_alloc(&arena, sizeof *text);
    memset(s, 0, sizeof *s);
    text->text = condition;
    return skr_parse(&arena, text, depth, (skr_sink){ take, s }, tree);
}

static int parse(const char *condition, seen *s, skr_node **tree)
{
    return parse_str(skr_str_of(condition), 0, s, tree);
}

/* ---- Limits ---- */

static skr_str repeat(const char *head, const char *part, size_t times, const char *tail)
{
    size_t len = strlen(part);
    char *p = skr_arena_alloc(&arena, strlen(head) + len * times + strlen(tail) + 1), *to = p;
    to += strlen(strcpy(to, head));
    for (size_t i = 0; i < times; i++)
        to += strlen(strcpy(to, part));
    to += strlen(strcpy(to, tail));
    return (skr_str){ p, (size_t)(to - p) };
}

static void too_deep(skr_str condition, uint32_t idx)
{
    seen s;
    skr_node *tree = NULL;
    ck_assert_int_eq(parse_str(condition, 0, &s, &tree), SAKER_ERULES);
    ck_assert_uint_eq(s.count, 1);
    ck_assert_int_eq(s.last.kind, SKR_ISSUE_DEPTH);
    ck_assert_str_eq(s.last.falco, "exceeded max depth limit of 1000");
    ck_assert_uint_eq(s.last.pos.idx, idx);
}

START_TEST(nesting_is_bounded)
{
    seen s;
    skr_node *tree = NULL;
    too_deep(repeat("", "(", 100000, ""), 200);
    too_deep(repeat("", "not(", 100000, "a"), 1000);
    too_deep(repeat("a", " and(a", 100000, ""), 1992);
    too_deep(repeat("a", " or(a", 100000, ""), 2490);
    too_deep(repeat("", "tolower(", 100000, ""), 3984);
    too_deep(repeat("a.b = ", "tolower(", 100000, ""), 3982);
    ck_assert_int_eq(parse_str(repeat("", "(", 199, "a"), 0, &s, &tree), SAKER_ERULES);
    ck_assert_int_eq(s.last.kind, SKR_ISSUE_SYNTAX);
    /* what is not nested may be long */
    ck_assert_int_eq(parse_str(repeat("a", " and not b", 100000, ""), 0, &s, &tree), SAKER_OK);
    ck_assert_uint_eq(tree->count, 100001);
    ck_assert_int_eq(parse_str(repeat("", "not ", 100001, "a"), 0, &s, &tree), SAKER_OK);
    ck_assert_int_eq(tree->kind, SKR_NOT);
    ck_assert_int_eq(tree->items[0]->kind, SKR_MACRO);
    ck_assert_int_eq(parse_str(repeat("a.b in (x", ",y", 100000, ")"), 0, &s, &tree), SAKER_OK);
    ck_assert_uint_eq(tree->right->count, 100001);
}
END_TEST

START_TEST(deepest_limit)
{
    seen s;
    skr_node *tree = NULL;
    ck_assert_int_eq(parse_str(repeat("", "(", 1000000, ""), UINT32_MAX, &s, &tree), SAKER_ERULES);
    ck_assert_int_eq(s.last.kind, SKR_ISSUE_DEPTH);
    ck_assert_int_eq(parse_str(SKR_STR("a"), 5, &s, &tree), SAKER_OK);
    ck_assert_int_eq(parse_str(SKR_STR("a"), 4, &s, &tree), SAKER_ERULES);
    ck_assert_str_eq(s.last.falco, "exceeded max depth limit of 4");
}
END_TEST

/* Trees put together from macros may be deeper than any text. */
START_TEST(deep_trees_print)
{
    enum { DEEP = 300000 };
    skr_node *nodes = skr_arena_array(&arena, DEEP, sizeof *nodes);
    skr_node *leaf = skr_arena_alloc(&arena, sizeof *leaf);
    leaf->kind = SKR_MACRO;
    leaf->name = SKR_STR("m");
    for (size_t i = 0; i < DEEP; i++) {
        nodes[i].kind = SKR_NOT;
        nodes[i].count = 1;
        nodes[i].items = skr_arena_alloc(&arena, sizeof(skr_node *));
        nodes[i].items[0] = i + 1 < DEEP ? &nodes[i + 1] : leaf;
    }
    skr_buf b;
    skr_buf_init(&b, &mem);
    skr_ast_print(&b, nodes);
    ck_assert(!b.failed);
    ck_assert_uint_eq(b.len, DEEP * 4 + 1);
    skr_buf_clear(&b);
    skr_ast_dump(&b, nodes);
    ck_assert(!b.failed);
    skr_buf_free(&b);
}
END_TEST

/* ---- Places and words ---- */

START_TEST(places_of_faults)
{
    seen s;
    skr_node *tree = NULL;
    ck_assert_int_eq(parse("", &s, &tree), SAKER_ERULES);
    ck_assert_str_eq(s.last.falco, "filter input string is empty");
    ck_assert_str_eq(s.last.message, "the condition is empty");
    /* ours points at the backslash, the reference behind the string */
    ck_assert_int_eq(parse("a.b = \"x\n\\q\" and c", &s, &tree), SAKER_ERULES);
    ck_assert_int_eq(s.last.kind, SKR_ISSUE_ESCAPE);
    ck_assert_uint_eq(s.last.pos.line, 2);
    ck_assert_uint_eq(s.last.pos.col, 1);
    ck_assert_uint_eq(s.last.len, 2);
    ck_assert_uint_eq(s.last.falco_pos.idx, 12);
    ck_assert_uint_eq(s.last.falco_pos.col, 4);
    ck_assert_ptr_eq(s.last.origin->text.ptr + 9, strchr(s.last.origin->text.ptr, '\\'));
    /* a carriage return is a line of its own */
    ck_assert_int_eq(parse("a\r\nb", &s, &tree), SAKER_ERULES);
    ck_assert_uint_eq(s.last.pos.line, 3);
    ck_assert_uint_eq(s.last.pos.idx, 3);
}
END_TEST

START_TEST(nul_bytes)
{
    seen s;
    skr_node *tree = NULL;
    ck_assert_int_eq(parse_str((skr_str){ "a\0", 2 }, 0, &s, &tree), SAKER_ERULES);
    ck_assert_uint_eq(s.last.pos.idx, 1);
    ck_assert_int_eq(parse_str((skr_str){ "a.b = \"x\0\"", 10 }, 0, &s, &tree), SAKER_ERULES);
    ck_assert_uint_eq(s.last.pos.idx, 6);
    ck_assert_int_eq(parse_str((skr_str){ "a.b = x\0y", 9 }, 0, &s, &tree), SAKER_OK);
    ck_assert_uint_eq(tree->right->text.len, 3);
}
END_TEST

START_TEST(places_of_operands)
{
    seen s;
    skr_node *tree = NULL;
    const char *text = "x and  a.b[\"k\"]  ==  anyof ( u,'v w' )";
    ck_assert_int_eq(parse(text, &s, &tree), SAKER_OK);
    const skr_node *n = tree->items[1];
    ck_assert_uint_eq(n->left->pos.idx, 7);
    ck_assert_uint_eq(n->left->len, 8);
    ck_assert_uint_eq(n->left->arg_pos.idx, 11);
    ck_assert_uint_eq(n->op_pos.idx, 17);
    ck_assert_int_eq(n->modifier, SKR_MOD_ANYOF);
    ck_assert_uint_eq(n->right->pos.idx, 27);
    ck_assert_uint_eq(n->right->pos.idx + n->right->len, strlen(text));
    ck_assert_uint_eq(n->right->items[1]->pos.idx, 31);
    ck_assert_uint_eq(n->right->items[1]->len, 5);
    ck_assert(n->right->items[1]->quoted && !n->right->items[0]->quoted);
    ck_assert(skr_str_is(n->right->items[1]->text, "v w"));
    ck_assert_int_eq(parse("a.b < 5 and c.d = 5", &s, &tree), SAKER_OK);
    ck_assert(tree->items[0]->right->number && !tree->items[1]->right->number);
}
END_TEST

/* ---- Single operands ---- */

START_TEST(operands)
{
    static const struct {
        const char *text, *printed; /* NULL: none */
    } rows[] = { { "proc.name", "proc.name" },
                 { "proc.aname[2]", "proc.aname[2]" },
                 { "evt.arg[\"a b\"]", "evt.arg[\"a b\"]" },
                 { "tolower( proc.name )", "tolower(proc.name)" },
                 { "getopt(proc.args, \"a:\")[a]", "getopt(proc.args,a:)[a]" },
                 { "proc", NULL },
                 { "", NULL },
                 { " proc.name", NULL },
                 { "proc.name ", NULL },
                 { "proc.name.", NULL },
                 { "proc.name[", NULL },
                 { "val(proc.name)", NULL },
                 { "tolower (proc.name)", NULL },
                 { "proc.name = x", NULL },
                 { "\"x\"", NULL } };
    skr_buf b;
    skr_buf_init(&b, &mem);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        skr_operand *o = skr_parse_operand(&arena, skr_str_of(rows[i].text), 0);
        ck_assert_msg((o != NULL) == (rows[i].printed != NULL), "%s", rows[i].text);
        if (!o)
            continue;
        skr_buf_clear(&b);
        skr_operand_print(&b, o);
        ck_assert_str_eq(skr_buf_cstring(&b), rows[i].printed);
    }
    skr_buf_free(&b);
}
END_TEST

START_TEST(words)
{
    ck_assert(skr_is_identifier(SKR_STR("a_1")) && !skr_is_identifier(SKR_STR("1a")));
    ck_assert(!skr_is_identifier(SKR_STR("")) && !skr_is_identifier(SKR_STR("a.b")) &&
              !skr_is_identifier(SKR_STR("_a")));
    ck_assert(skr_is_bare_string(SKR_STR("/a-b*[#!")) && !skr_is_bare_string(SKR_STR("a b")));
    ck_assert(!skr_is_bare_string(SKR_STR("")) && !skr_is_bare_string(SKR_STR("a,b")) &&
              !skr_is_bare_string(SKR_STR("a\v")));
    skr_pos p = skr_pos_at(SKR_STR("a\r\nbc"), 4);
    ck_assert(p.idx == 4 && p.line == 3 && p.col == 2);
}
END_TEST

/* ---- Memory ---- */

static void fails_cleanly(const char *condition, int expected)
{
    int status = SAKER_ENOMEM;
    for (size_t n = 0; status == SAKER_ENOMEM; n++) {
        pool p = pool_of(n);
        saker_alloc hook = pool_alloc(&p);
        skr_mem m;
        skr_arena a;
        seen s = { .count = 0 };
        skr_text text = { .text = skr_str_of(condition) };
        skr_node *tree = NULL;
        skr_mem_init(&m, &hook, 0);
        skr_arena_init(&a, &m);
        status = skr_parse(&a, &text, 0, (skr_sink){ take, &s }, &tree);
        ck_assert_uint_eq(s.count, status == SAKER_ERULES);
        ck_assert_uint_lt(n, 100);
        skr_arena_free(&a);
        ck_assert_uint_eq(m.used, 0);
    }
    ck_assert_int_eq(status, expected);
}

/* No text at all is the empty text. */
START_TEST(json_of_nothing)
{
    skr_buf b;
    skr_buf_init(&b, &mem);
    skr_buf_json(&b, (skr_str){ NULL, 0 });
    ck_assert_str_eq(skr_buf_cstring(&b), "\"\"");
    skr_buf_free(&b);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    fails_cleanly("a.b in (x, y, \"z\\n\") and not (tolower(c.d) = val(e.f[1]) or m) and a.b in (1,2,3,4,5,6,7,8,9)",
                  SAKER_OK);
    fails_cleanly("a.b in (x, y, \"z\\n\") and not (tolower(c.d) = val(e.f[1]) or m) x", SAKER_ERULES);
    fails_cleanly("a.b = \"\\q\"", SAKER_ERULES);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("parse");
    TCase *t = tcase_create("parse");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, nesting_is_bounded);
    tcase_add_test(t, deepest_limit);
    tcase_add_test(t, deep_trees_print);
    tcase_add_test(t, places_of_faults);
    tcase_add_test(t, nul_bytes);
    tcase_add_test(t, places_of_operands);
    tcase_add_test(t, operands);
    tcase_add_test(t, words);
    tcase_add_test(t, json_of_nothing);
    tcase_add_test(t, every_allocation_may_fail);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
