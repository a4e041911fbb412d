/* SPDX-License-Identifier: Apache-2.0 */
/* What a frozen program is made of. Inside lang only. Everything is numbered: rules, slots (values that an event can
 * have), checks (comparisons of slots) and codes (what is left of a condition for events of a certain kind). Equal ones
 * have one number in the whole program, whatever the number of rules they come from, and an eval keeps what it knows of
 * the event at hand by these numbers. */
#ifndef SKR_PROG_H
#define SKR_PROG_H

#include "check.h"

#include <stdatomic.h>

/* Of lib/match: known here by name only. */
typedef struct skr_strset skr_strset;
typedef struct skr_netset skr_netset;
typedef struct skr_paths skr_paths;
typedef struct skr_ipart skr_ipart;
typedef struct skr_regex skr_regex;
typedef struct skr_regex_scratch skr_regex_scratch;

#define SKR_NO_ID UINT32_MAX

/* ---- Slots ---- */

/* How the values of a slot are taken down. */
typedef struct skr_form {
    uint8_t store; /* their kind; SAKER_DYN: any */
    bool many;     /* more than one */
    bool whole;    /* texts without a NUL */
    bool none;     /* of no use: four bytes are moved at once */
} skr_form;

typedef struct skr_slot {
    saker_get_fn *get; /* FIELD: its extractor; else NULL */
    skr_form form;
    uint8_t kind;  /* skr_expr_kind */
    saker_arg arg; /* FIELD */
    uint8_t type;  /* saker_type; 0: a list of several types */
    uint8_t store; /* of its values; SAKER_DYN: any */
    uint8_t xform;
    bool is_list, any, pair, by_kind;
    int16_t letter;
    uint32_t count; /* of items */
    const uint32_t *items;
    saker_value value; /* TEXT */
} skr_slot;

/* ---- Checks ---- */

typedef enum skr_pred {
    SKR_P_EXISTS,
    SKR_P_NEVER, /* false for every value */
    SKR_P_BOOL_EQ,
    SKR_P_BOOL_NE,
    SKR_P_INT_EQ,
    SKR_P_INT_NE,
    SKR_P_INT_LT,
    SKR_P_INT_LE,
    SKR_P_INT_GT,
    SKR_P_INT_GE,
    SKR_P_UINT_EQ,
    SKR_P_UINT_NE,
    SKR_P_UINT_LT,
    SKR_P_UINT_LE,
    SKR_P_UINT_GT,
    SKR_P_UINT_GE,
    SKR_P_FLOAT, /* by op */
    SKR_P_STR_EQ,
    SKR_P_STR_NE,
    SKR_P_STR_ORDER, /* by op */
    SKR_P_CONTAINS,
    SKR_P_ICONTAINS,
    SKR_P_STARTS,
    SKR_P_ENDS,
    SKR_P_GLOB,
    SKR_P_IGLOB,
    SKR_P_REGEX,
    SKR_P_PATHS,
    SKR_P_IP_EQ,
    SKR_P_IP_NE,
    SKR_P_NET_EQ,
    SKR_P_NET_NE,
    SKR_P_SET,      /* among the literals, by skr_set_key */
    SKR_P_NET_SET,  /* addresses in addresses or networks */
    SKR_P_MODIFIER, /* `op` on each literal, joined by the modifier */
    SKR_P_FIELD     /* against the values of another slot */
} skr_pred;

/* How the values of a slot make one answer. */
typedef enum skr_over {
    SKR_OVER_ONE,  /* there is one value          */
    SKR_OVER_SOME, /* some value                  */
    SKR_OVER_EACH, /* every value of a list, also when there is none */
    SKR_OVER_BOTH  /* every value, and there is one at least */
} skr_over;

typedef struct skr_check {
    uint8_t pred, over, op, modifier;
    uint8_t store; /* of the literals: the kind of value that `pred` is for */
    bool negate;   /* sets: true for values outside */
    uint32_t slot, right;
    uint32_t cost; /* estimate, to order conjuncts */
    uint32_t count;
    const saker_value *values; /* the literals */
    union {
        saker_value v; /* the only literal */
        const skr_strset *set;
        const skr_netset *nets;
        const skr_paths *paths;
        const skr_ipart *ipart;  /* one, or one per literal (MODIFIER) */
        skr_regex *const *regex; /* one, or one per literal */
    } as;
} skr_check;

/* ---- Codes ---- */

/* A jump is an index into the code of the rule or one of these. */
#define SKR_TRUE UINT32_MAX
#define SKR_FALSE (UINT32_MAX - 1)

typedef struct skr_step {
    uint32_t check, yes, no;
} skr_step;

typedef struct skr_code {
    const skr_step *steps; /* none: always true */
    uint32_t count;
} skr_code;

/* A rule as it stands in the list of a class of kinds. */
typedef struct skr_entry {
    uint32_t rule, code;
} skr_entry;

/* Kinds that all checks on the kind see alike. */
typedef struct skr_class {
    const skr_entry *entries; /* in the order of the rules */
    uint32_t count;
    const struct skr_index *index; /* NULL: test the list in turn */
} skr_class;

/* The tree of a rule as written, for the naive evaluator. */
typedef struct skr_plain skr_plain;
struct skr_plain {
    skr_node_kind kind; /* AND, OR, NOT, CMP */
    skr_op op;          /* CMP: as written, not EQ2 */
    skr_modifier modifier;
    uint32_t check;
    uint32_t count;
    const skr_plain **items;
};

/* ---- Formats ---- */

typedef struct skr_piece {
    skr_str text;   /* of the template: what is printed, or the token's canonical text */
    uint32_t slot;  /* SKR_NO_ID: plain text */
    uint32_t width; /* 0: none */
    bool never;     /* a field that has no value in outputs */
} skr_piece;

/* A key of JSON's output_fields. */
typedef struct skr_key {
    skr_str name;
    uint32_t slot;
    bool never, plain; /* plain: a field, not a transformer */
} skr_key;

typedef struct skr_template {
    skr_piece *pieces;
    size_t count;
    skr_key *keys; /* sorted, each once */
    size_t key_count;
    bool star;
} skr_template;

/* A field that an append adds to the JSON of a rule. */
typedef struct skr_extra {
    skr_str name;
    const skr_template *format; /* of a raw field: one piece */
    bool raw;
} skr_extra;

/* ---- Program ---- */

typedef struct skr_rule {
    saker_rule pub;
    const char **tags; /* in order */
    uint32_t space;    /* index of its schema */
    const skr_template *output;
    const skr_extra *extra; /* by name */
    size_t extra_count;
    const skr_plain *plain; /* NULL unless naive */
} skr_rule;

typedef struct skr_space { /* a schema in a program */
    const saker_schema *pub;
    const uint32_t *class_of; /* by kind; class 0 for kinds that are not decided */
    const skr_class *classes;
    uint32_t class_count;
} skr_space;

struct skr_program {
    atomic_size_t refs;
    skr_mem mem;
    skr_arena arena;
    uint32_t flags; /* saker_options.flags */
    int32_t utc_offset;
    size_t max_memory; /* of an eval */
    skr_space *spaces;
    uint32_t space_count;
    skr_rule *rules;
    uint32_t rule_count;
    SKR_VEC(skr_slot) slots;
    SKR_VEC(skr_check) checks;
    SKR_VEC(skr_regex *) regexes;
    const skr_code *codes;
    uint32_t code_count;
    uint32_t most_entries;      /* of a list with an index          */
    uint32_t most_found;        /* postings of one look-up in any index */
    uint32_t most_subs;         /* indexes that follow from one         */
    const skr_template *format; /* of a program that is a format only */
};

#endif
