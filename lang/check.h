/* SPDX-License-Identifier: Apache-2.0 */
/* Names and types: operands and comparisons of a tree, resolved against a schema and typed (language.md 5-10). What
 * comes out is still one structure per place in the text; build.c makes equal ones one. */
#ifndef SKR_CHECK_H
#define SKR_CHECK_H

#include "literal.h"
#include "program.h"

typedef enum skr_xform { /* rows of xforms.def */
#define SKR_XFORM(id, name, doc) SKR_XFORM_##id,
#include "xforms.def"
#undef SKR_XFORM
                         SKR_XFORM_COUNT
} skr_xform;

const char *skr_xform_name(skr_xform x);

typedef enum skr_expr_kind {
    SKR_EXPR_FIELD,
    SKR_EXPR_TEXT, /* a literal below a transformer */
    SKR_EXPR_LIST, /* operands in parentheses below a transformer */
    SKR_EXPR_XFORM
} skr_expr_kind;

typedef struct skr_expr skr_expr;
struct skr_expr {
    skr_expr_kind kind;
    saker_type type; /* of the value or of each element; 0: elements of several types */
    bool is_list;
    bool any, pair; /* FIELD: several values, compared one by one */
    bool by_kind;   /* the event's kind alone decides the value */
    saker_arg arg;  /* FIELD */
    skr_xform xform;
    int letter;   /* getopt()[c]: the letter; else -1 */
    skr_str text; /* TEXT */
    size_t count;
    skr_expr **items; /* LIST, XFORM */
};

/* What conditions take together: each alone may be within its limits. Of a builder, as long as it lives. */
typedef struct skr_sums {
    size_t copied;        /* literals of long lists that could not be shared */
    uint64_t regex_bytes; /* of different regular expressions                */
    skr_map regexes;      /* those that are right; the texts lie in `keep`   */
    skr_arena *keep;
} skr_sums;

/* A comparison, typed. */
typedef struct skr_test {
    skr_op op; /* never EQ2 */
    skr_modifier modifier;
    const skr_expr *left, *right; /* right NULL: with values */
    const saker_value *values;
    size_t count;
    skr_shared *const *shared; /* more literals */
    size_t shared_count;
} skr_test;

typedef struct skr_checker {
    skr_arena *a;
    const skr_schema *s;
    skr_sink sink;
    skr_limits limits;
    bool output; /* operands are tokens of an output */
    bool quiet;  /* report nothing */
    bool errors_only;
    bool deprecated; /* a field that is was met */
    /* Comparisons of macros are met again and again. When there was nothing to say of one its node is marked: with the
     * number of the schema times four, 1 when it was checked, 2 when it was looked at for warnings. 0: none is. */
    uint8_t mark;
    size_t said; /* errors and warnings */
    size_t nodes, depth;
    bool too_large;         /* the limit has been reported */
    int status;             /* worst so far: 0, SAKER_ERULES, SAKER_ENOMEM */
    const skr_text *origin; /* of the operand at hand */
    const skr_node *node;
    const skr_shared *shared; /* the literal at hand is one of these, or NULL */
    uint32_t shared_item;
    skr_sums *sums; /* NULL: not counted */
} skr_checker;

enum { SKR_MAX_DEPTH = 2048 }; /* of an expanded tree */

void skr_checker_init(skr_checker *c, skr_arena *a, const skr_schema *s, const skr_limits *limits, skr_sink sink);

/* Types an operand. NULL: reported, or out of memory (c->status says which). */
skr_expr *skr_check_operand(skr_checker *c, const skr_operand *o);
/* Types a comparison; `n` is SKR_EXISTS or SKR_CMP. */
int skr_check_test(skr_checker *c, const skr_node *n, skr_test *t);
/* The literals of the test in one array, of the list as written. NULL: out of memory. */
const saker_value *skr_shared_values(skr_checker *c, const skr_test *t, const skr_shared *s);
/* The test is true if it is true for some of its literals. */
bool skr_test_is_any(const skr_test *t);
enum { SKR_FINE_CHECKED = 1, SKR_FINE = 3 };

/* All comparisons of a tree. Returns c->status. */
int skr_check_tree(skr_checker *c, const skr_node *tree);

/* Reports a fault at a place. Returns SAKER_ERULES (or SAKER_ENOMEM if the strings could not be made). */
int skr_check_fail(skr_checker *c, skr_issue_kind kind, skr_pos pos, size_t len, const char *falco, const char *message,
                   const char *hint);
int skr_check_too_large(skr_checker *c, skr_pos pos, size_t len);
void skr_check_warn(skr_checker *c, skr_issue_kind kind, skr_pos pos, size_t len, const char *falco,
                    const char *message, const char *hint);

/* The field's name as Falco shows it in a message about an operand. */
const char *skr_expr_name(const skr_expr *e);

/* Warnings about a tree that is right, and about an output (language.md 14, rules.md 2). */
void skr_warn_tree(skr_checker *c, const skr_node *tree);
/* ... of a condition that is tested on every event of its types (lookup.c). */
void skr_warn_lookup(skr_checker *c, const skr_node *tree);
void skr_warn_output(skr_checker *c, skr_str output);

#endif
