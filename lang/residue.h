/* SPDX-License-Identifier: Apache-2.0 */
/* What is left of a condition when some of its checks are decided: negations inward, nests of one operator flattened,
 * constants and duplicates gone, cheap parts first. Residues are hash-consed; each becomes a code at most once. Inside
 * lang only. */
#ifndef SKR_RESIDUE_H
#define SKR_RESIDUE_H

#include "prog.h"

typedef enum skr_residue_kind { SKR_R_FALSE, SKR_R_TRUE, SKR_R_CHECK, SKR_R_AND, SKR_R_OR } skr_residue_kind;

/* Numbers of the two constants. */
enum { SKR_RESIDUE_FALSE, SKR_RESIDUE_TRUE };

typedef struct skr_residue {
    uint8_t kind;
    bool negated;   /* CHECK */
    uint32_t check; /* CHECK */
    uint32_t cost;
    float truth;   /* how often it is likely to hold: a guess */
    uint32_t code; /* SKR_NO_ID: none yet */
    uint32_t count;
    const uint32_t *kids;
} skr_residue;

typedef struct skr_residues {
    skr_mem *mem;
    skr_arena *keep;
    skr_program *p;
    skr_map ids;
    skr_buf key;
    SKR_VEC(skr_residue) all;
    SKR_VEC(uint64_t) stack; /* parts under construction: rank << 32 | number */
    SKR_VEC(skr_step) steps;
    SKR_VEC(skr_code) codes;
    SKR_VEC(uint32_t) of_code; /* the residue that each code asks */
} skr_residues;

/* Answers that are known before any event: a bit for each check with a row. */
typedef struct skr_facts {
    const uint32_t *row_of; /* by check; SKR_NO_ID: none */
    const uint64_t *bits;   /* NULL: nothing is known    */
} skr_facts;

bool skr_residues_init(skr_residues *rs, skr_mem *mem, skr_arena *keep, skr_program *p);
void skr_residues_free(skr_residues *rs);

/* SKR_NO_ID: out of memory. */
uint32_t skr_residue_of(skr_residues *rs, const skr_plain *tree, const skr_facts *facts);
/* The code of a residue that is not FALSE; its steps lie in the program's arena. SKR_NO_ID: out of memory. */
uint32_t skr_residue_code(skr_residues *rs, uint32_t residue);

#endif
