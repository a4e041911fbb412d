/* SPDX-License-Identifier: Apache-2.0 */
/* What must be found in an event for a residue to hold. A clause is a list of atoms, each a value of a slot that an
 * index can look up; when the residue holds, one of its atoms is there. The converse need not be so: a clause only says
 * which rules are worth a full look. Inside lang only. */
#ifndef SKR_WITNESS_H
#define SKR_WITNESS_H

#include "radix.h"
#include "residue.h"

/* Structures that answer "which of these are in the value" in one go. */
typedef enum skr_family_kind {
    SKR_FAM_FORWARD,  /* texts equal to a key, beginning with it, or paths below it */
    SKR_FAM_BACKWARD, /* texts ending in a key      */
    SKR_FAM_TEXT,     /* texts that have a key somewhere, in any case */
    SKR_FAM_NUMBER,   /* integers equal to a key    */
    SKR_FAM_ADDRESS,  /* addresses equal to a key   */
    SKR_FAM_SET       /* values in one large set    */
} skr_family_kind;

typedef struct skr_atom {
    uint32_t slot;
    uint8_t family; /* skr_family_kind */
    bool directory; /* the front part of a path, known to be all of its directory */
    uint8_t when;   /* skr_radix_when, FORWARD */
    skr_str key;    /* text, or the bytes of an address; lower case is not made here */
    uint64_t number;
    const skr_strset *set; /* SET */
} skr_atom;

typedef struct skr_clause {
    const skr_atom *atoms;
    uint32_t count; /* 0: there is no such clause, the residue can hold on any event */
    double chance;  /* that an event has one of them: a guess from the lengths of the literals */
} skr_clause;

typedef struct skr_witnesses {
    skr_residues *rs;
    skr_arena *a;
    skr_mem *mem;
    SKR_VEC(const skr_clause *) known; /* by residue */
    SKR_VEC(skr_atom) atoms;           /* under construction */
    const saker_field *directory;      /* a field of directories that was met last */
    uint32_t path;                     /* slot of the paths that they are of; SKR_NO_ID: none */
    size_t joined;                     /* atoms of clauses of several parts */
    size_t filed;                      /* atoms of long clauses that indexes may file rules under */
} skr_witnesses;

void skr_witnesses_init(skr_witnesses *w, skr_residues *rs, skr_arena *a);
void skr_witnesses_free(skr_witnesses *w);

/* NULL: out of memory. */
const skr_clause *skr_witness_of(skr_witnesses *w, uint32_t residue);

#endif
