/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of a condition, as written or with macros expanded (then it shares the macros' trees with others). Nodes
 * live in an arena; every node knows its place in the text it was parsed from. Includes only base. */
#ifndef SKR_AST_H
#define SKR_AST_H

#include "str.h"

/* A place in a condition text: byte offset from 0, line and column from 1 (language.md 2.2). */
typedef struct skr_pos {
    uint32_t idx, line, col;
} skr_pos;

/* Literals that many conditions share: a stretch of a list's items. What is found out about them is kept with them, in
 * `arena`, so that the work is done once however often the list is used. */
typedef struct skr_shared {
    const skr_str *texts; /* decoded, with no quotes */
    uint32_t count;
    uint32_t list, first; /* of whoever made it: the items of which list, and the first of them */
    skr_arena *arena;     /* lives as long as this */
    struct skr_known *known;
    struct skr_suspects *suspects;
    struct skr_kind_bits *kinds;
    uint8_t zeros; /* 0: not known; 1: each is the number 0; 2: not */
} skr_shared;

/* A list that is left out of a text: its only byte there stands for all the items of some stretches. */
#define SKR_GAP "\001"
typedef struct skr_gap {
    uint32_t idx, count;
    skr_shared *const *runs;
} skr_gap;

/* A text that conditions are parsed from. Nodes of an expanded condition may come from several (a rule's own
 * and its macros'). The loader hangs its own map from text offsets to file offsets on `map`. */
typedef struct skr_text {
    skr_str text;
    const char *item; /* name of the rule or macro, for notes; may be NULL */
    bool is_macro;
    const void *map;     /* the loader's; NULL for a stand-alone condition */
    const skr_gap *gaps; /* in order */
    uint32_t gap_count;
    bool as_is; /* what is wrong is said of the text with its gaps */
} skr_text;

typedef enum skr_node_kind {
    SKR_AND,
    SKR_OR,
    SKR_NOT,
    SKR_MACRO,  /* a bare identifier, not yet resolved */
    SKR_EXISTS, /* left exists */
    SKR_CMP     /* left op right */
} skr_node_kind;

typedef enum skr_op { /* rows of ops.def */
#define SKR_OP(id, text, family, doc) SKR_OP_##id,
#include "ops.def"
#undef SKR_OP
                      SKR_OP_COUNT
} skr_op;

typedef enum skr_modifier { SKR_MOD_NONE, SKR_MOD_ONEOF, SKR_MOD_ANYOF, SKR_MOD_ALLOF } skr_modifier;

typedef enum skr_operand_kind {
    SKR_FIELD,   /* name[arg]                                                */
    SKR_XFORM,   /* name(args...)[arg]; val(field) on the right is one, too  */
    SKR_VALUE,   /* one literal                                              */
    SKR_LIST_OF, /* literals, or the operands of a transformer's list        */
    SKR_STRETCH  /* in a list of literals: a stretch of them                 */
} skr_operand_kind;

/* Both are made only as long as their kind needs: most are values and plain fields. */
typedef struct skr_operand skr_operand;
struct skr_operand {
    skr_operand_kind kind : 8;
    bool has_arg : 1; /* FIELD, XFORM                                    */
    bool quoted : 1;  /* VALUE: it was written in quotes                 */
    bool number : 1;  /* VALUE: it was read as a number token            */
    skr_pos pos;
    uint32_t len;   /* bytes of text from pos.idx on, for underlining  */
    uint32_t count; /* XFORM: arguments; LIST_OF: elements; else 0     */
    skr_str text;   /* FIELD: name; XFORM: name; VALUE: the decoded literal */
    /* not of VALUE, or FIELD without argument: */
    union {
        skr_operand **items;
        skr_shared *shared; /* STRETCH */
    };
    skr_pos arg_pos; /* has_arg */
    skr_str arg;     /* has_arg; see skr_operand_arg() */
};

typedef struct skr_node skr_node;
struct skr_node {
    skr_node_kind kind : 8;
    skr_op op : 8;             /* CMP                                        */
    skr_modifier modifier : 8; /* CMP                                        */
    uint8_t fine;              /* EXISTS, CMP: see skr_checker.mark          */
    skr_pos pos;
    uint32_t len;           /* bytes of the whole node in its text        */
    uint32_t count;         /* AND, OR: children; NOT: 1; else 0          */
    const skr_text *origin; /* text that pos refers to                    */
    union {
        skr_node **items; /* AND, OR, NOT: there is no more of these    */
        skr_str name;     /* MACRO                                      */
        struct {
            skr_operand *left;  /* EXISTS, CMP */
            skr_operand *right; /* CMP; of EXISTS NULL */
        };
    };
    skr_pos op_pos; /* EXISTS, CMP */
};

static inline skr_str skr_operand_arg(const skr_operand *o)
{
    return o->has_arg ? o->arg : (skr_str){ "", 0 };
}
static inline bool skr_is_comparison(const skr_node *n)
{
    return n->kind == SKR_CMP || n->kind == SKR_EXISTS;
}

/* Walks over the literals of a right side that is a value or a list of them. */
typedef struct skr_literals_of {
    const skr_operand *right;
    size_t item;
    uint32_t within; /* of a stretch */
} skr_literals_of;
bool skr_next_literal(skr_literals_of *w, skr_str *text);
size_t skr_count_literals(const skr_operand *right);

/* Canonical text (language.md 4). */
void skr_ast_print(skr_buf *b, const skr_node *n);
/* The same, but of a long list that is shared only the first items, and how many more there are; and where it is longer
 * than `most` bytes only these, and dots. */
void skr_ast_print_short(skr_buf *b, const skr_node *n, size_t most);
void skr_operand_print(skr_buf *b, const skr_operand *o);
/* A list or single value as it would be written; used for keys and messages. */
void skr_value_print(skr_buf *b, skr_str value);

/* The S-expression form of the conformance files (conformance/README.md). */
void skr_ast_dump(skr_buf *b, const skr_node *n);

const char *skr_op_text(skr_op op);
const char *skr_modifier_text(skr_modifier m); /* "" for none */

#endif
