/* SPDX-License-Identifier: Apache-2.0 */
/* The builder: typed comparisons become numbered slots and checks of the program that is being made. Inside lang only.
 */
#ifndef SKR_BUILD_H
#define SKR_BUILD_H

#include "prog.h"

/* The literals of a comparison; equal ones are kept once, and so is what is made of them. */
typedef struct skr_literals {
    const saker_value *values;
    uint32_t count;
    skr_op op;     /* regex and hex literals are not what they are for other operators */
    uint32_t next; /* with the same hash, or SKR_NO_ID */
    const skr_strset *set;
    const skr_netset *nets;
    const skr_paths *paths;
    const skr_ipart *iparts;
    skr_regex *const *regexes;
} skr_literals;

/* What came of the tree of a macro that several rules share. */
typedef struct skr_built {
    const skr_plain *tree;
    size_t nodes; /* of the limit */
} skr_built;

/* A token of outputs: a field without brackets. */
typedef struct skr_token {
    size_t len;
    skr_key key; /* of a builder that keeps templates */
} skr_token;

struct skr_builder {
    skr_mem *mem; /* the compiler's */
    skr_limits limits;
    skr_arena work; /* the condition at hand */
    skr_arena said; /* strings of issues    */
    skr_arena keep; /* until freeze         */
    skr_program *p;
    SKR_VEC(const skr_schema *) schemas;
    SKR_VEC(skr_rule) rules;
    SKR_VEC(skr_literals) literals;
    skr_map slot_ids, check_ids, literal_ids, shared_ids; /* keys in keep */
    skr_map regex_ids;                                    /* by text, in the program */
    skr_map built_ids;                                    /* by root and schema */
    SKR_VEC(skr_built) built;
    skr_map token_ids; /* of the schema `tokens_of`, by the text that could be a field's name */
    SKR_VEC(skr_token) tokens;
    const skr_schema *tokens_of;
    skr_sums sums;
    size_t printed; /* bytes of canonical text: see print_compiled() */
    skr_buf key;
    bool broken; /* memory ran out half-way, or frozen */
};

/* The value under the key at hand (b->key). *fresh: there was none, and it is `next`. SKR_NO_ID: out of memory. */
uint32_t skr_build_intern(skr_builder *b, skr_map *map, size_t next, bool *fresh);
/* SKR_NO_ID: out of memory. */
uint32_t skr_build_slot(skr_builder *b, const skr_expr *e);
/* `literals`: number of the literals, if it is known; else SKR_NO_ID. */
uint32_t skr_build_check(skr_builder *b, const skr_test *t, uint32_t literals);
/* The number of shared literals, as those of a test like `t`; they are read once. */
uint32_t skr_build_shared(skr_builder *b, skr_checker *c, const skr_test *t, const skr_shared *s);

/* Compiles an output (format.c) into the program's arena, or, without `keep`, only checks it. Faults go to the
 * checker's sink. */
int skr_build_template(skr_builder *b, skr_checker *c, skr_str text, const skr_template **t, bool keep);

/* Classes of kinds and codes of all rules (plan.c); slots and checks are complete. */
int skr_plan(skr_builder *b);

#endif
